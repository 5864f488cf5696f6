#include "data/draw/reformat_picture.h"

#include <set>
#include <vector>

#include "data/phantom/phantom.h"
#include "nn/core/error.h"
#include "tests/catch.h"
#include "train/predict/interpolate.h"

namespace {

data::Volume phantom() {
  data::PhantomOptions o;
  o.slices = 12;
  o.size = 32;
  return data::make_phantom(o);
}

/// Pixels of the panel at the left that differ from the one at the right.
nn::index differences(const data::Canvas& c) {
  const nn::index half = (c.width() - 10) / 2;
  nn::index count = 0;
  // Below the captions, and beside the scale that only the first panel has.
  for (nn::index y = 63; y < c.height() - 80; ++y) {
    for (nn::index x = 10; x < half; ++x) {
      count += c.pixel(x, y) == c.pixel(x + half, y) ? 0 : 1;
    }
  }
  return count;
}

}  // namespace

TEST_CASE("before and after show the same place", "[reformat]") {
  const data::Volume scan = phantom();
  data::ReformatOptions o;
  o.size = 200;
  const data::Canvas same = data::reformat_picture(scan, &scan, o);
  CHECK(differences(same) == 0);
  const train::Plan halves{std::vector<nn::index>(11, 2), {}};
  const data::Volume twice =
      train::interpolate(scan, halves, train::method_without_network("nearest"), {});
  const data::Volume smooth =
      train::interpolate(scan, halves, train::method_without_network("cubic"), {});
  // Slices that repeat their neighbour differ by half a step from thick ones; smooth ones by more.
  const nn::index repeated = differences(data::reformat_picture(scan, &twice, o));
  CHECK(differences(data::reformat_picture(scan, &smooth, o)) > repeated);
  CHECK(data::reformat_picture(scan, nullptr, o).width() < same.width());
  CHECK(data::slices_not_in(data::Placement(scan), data::Placement(smooth)) == 11);
  CHECK(data::slices_not_in(data::Placement(smooth), data::Placement(scan)) == 0);
}

TEST_CASE("letters appear only where orientation is known", "[reformat]") {
  data::Volume scan = phantom();
  data::ReformatOptions o;
  o.size = 200;
  o.window = {5000, 6000};  // everything black but the writing
  const auto bright = [&](const data::Canvas& c) {
    nn::index count = 0;
    for (nn::index y = 70; y < 90; ++y) {
      for (nn::index x = 80; x < 140; ++x) count += c.pixel(x, y).r > 200 ? 1 : 0;
    }
    return count;
  };
  CHECK(bright(data::reformat_picture(scan, nullptr, o)) > 10);  // S
  scan.unit = data::Unit::grey8;
  scan.oriented = false;
  scan.slope = 0.01;
  scan.intercept = 0;
  CHECK(bright(data::reformat_picture(scan, nullptr, o)) == 0);
}

TEST_CASE("a picture of nowhere is refused", "[reformat]") {
  const data::Volume scan = phantom();
  data::Volume grey = scan;
  grey.unit = data::Unit::grey8;
  grey.oriented = false;
  data::ReformatOptions o;
  CHECK_THROWS_AS(data::reformat_picture(scan, &grey, o), nn::Error);
  o.at = 500;
  CHECK_THROWS_AS(data::reformat_picture(scan, nullptr, o), nn::Error);
  o.at = 0;
  o.window = {10, 10};
  CHECK_THROWS_AS(data::reformat_picture(scan, nullptr, o), nn::Error);
}
