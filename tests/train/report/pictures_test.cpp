// Montages: that they hold what they promise, where they promise it. Whether they are pleasant to
// look at is for eyes.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/rng.h"
#include "tests/catch.h"
#include "train/report/montage.h"

namespace {

using data::Canvas;
using data::Color;
using nn::real;
using nn::Tensor;
using train::MontageStyle;
using train::ShownSlice;

/// Whether `part` lies somewhere in `whole`, frame of one pixel left out.
bool contains(const Canvas& whole, const Canvas& part) {
  for (nn::index y = 0; y + part.height() <= whole.height(); ++y) {
    for (nn::index x = 0; x + part.width() <= whole.width(); ++x) {
      bool same = true;
      for (nn::index r = 1; same && r + 1 < part.height(); ++r) {
        for (nn::index c = 1; same && c + 1 < part.width(); ++c) {
          same = whole.pixel(x + c, y + r) == part.pixel(c, r);
        }
      }
      if (same) return true;
    }
  }
  return false;
}

ShownSlice example(std::uint32_t stream, nn::index size = 20) {
  nn::Rng rng(2, nn::Purpose::test, stream);
  const auto slice = [&](double mean) {
    Tensor t({1, size - 4, size, 1});
    for (real& v : t.values()) v = static_cast<real>(mean + 60.0 * rng.normal());
    return t;
  };
  return {slice(0), slice(20), slice(40), slice(60), slice(80), "slice " + std::to_string(stream)};
}

}  // namespace

TEST_CASE("slices of scans of different sizes stand below each other, each in its own size") {
  const std::vector<ShownSlice> slices{example(1, 20), example(2, 33)};
  MontageStyle style;
  style.scale = 2;
  const Canvas both = train::montage(slices, style);
  nn::index height = 0;
  nn::index width = 0;
  for (const ShownSlice& s : slices) {
    const Canvas alone = train::montage({&s, 1}, style);
    height += alone.height();
    width = std::max(width, alone.width());
    CHECK(contains(both, data::grey_image(s.truth, style.lo, style.hi, 2)));
    CHECK(contains(both, data::difference_image(s.cubic, s.truth, style.error_limit, 2)));
  }
  CHECK(both.width() == width);
  CHECK(both.height() > height * 3 / 4);  // the margin at the top once
  CHECK(both.height() <= height);
}

TEST_CASE("a montage holds all panels, errors on one scale", "[optimised]") {
  const std::vector<ShownSlice> slices{example(1), example(2)};
  MontageStyle style;
  style.scale = 2;
  style.error_limit = 150;
  style.title = "title";
  const Canvas canvas = train::montage(slices, style);
  for (const ShownSlice& s : slices) {
    for (const Tensor* t : {&s.a, &s.c, &s.truth, &s.prediction, &s.cubic}) {
      CHECK(contains(canvas, data::grey_image(*t, style.lo, style.hi, 2)));
    }
    CHECK(contains(canvas, data::difference_image(s.prediction, s.truth, 150, 2)));
    CHECK(contains(canvas, data::difference_image(s.cubic, s.truth, 150, 2)));
  }
  CHECK_FALSE(contains(canvas, data::difference_image(slices[0].cubic, slices[0].truth, 140, 2)));
}

TEST_CASE("a montage takes padding for what it is") {
  ShownSlice s = example(1);
  s.truth.fill(-3024);
  s.prediction.fill(-1024);
  s.cubic.fill(-1000);
  MontageStyle style;
  style.scale = 1;
  const Canvas canvas = train::montage({&s, 1}, style);
  CHECK(contains(canvas, data::difference_image(s.prediction, s.prediction, 100, 1)));
}

TEST_CASE("montages grow with their slices, and small slices are magnified") {
  const std::vector<ShownSlice> slices{example(1), example(2), example(3)};
  const auto first = [&](std::size_t n) {
    return train::montage(std::span<const ShownSlice>(slices).first(n), {});
  };
  const Canvas one = first(1);
  const Canvas two = first(2);
  const Canvas three = first(3);
  CHECK(one.width() == three.width());
  CHECK(three.height() - two.height() == two.height() - one.height());
  CHECK(one.width() >= 4 * 256);
  CHECK(first(2).rgb() == two.rgb());
}

TEST_CASE("montages refuse what they cannot show") {
  CHECK_THROWS_AS(train::montage({}, {}), nn::Error);
  const ShownSlice good = example(1);
  ShownSlice bad = good;
  bad.c = Tensor::zeros({1, 20, 16, 1});
  CHECK_THROWS_AS(train::montage({&bad, 1}, {}), nn::Error);
  bad = good;
  bad.prediction = good.prediction.clone();
  bad.prediction.data()[3] = std::numeric_limits<real>::quiet_NaN();
  CHECK_THROWS_AS(train::montage({&bad, 1}, {}), nn::Error);
  MontageStyle style;
  style.hi = style.lo;
  CHECK_THROWS_AS(train::montage({&good, 1}, style), nn::Error);
  style = {};
  style.error_limit = 0;
  CHECK_THROWS_AS(train::montage({&good, 1}, style), nn::Error);
}

TEST_CASE("long names do not leave their panel") {
  ShownSlice s = example(1);
  s.title = std::string(500, 'x');
  MontageStyle style;
  style.scale = 1;
  style.prediction_name = std::string(300, 'W');
  for (std::size_t i = 0; i < 100; ++i) style.title += "\xC3\xB1";
  const Canvas canvas = train::montage({&s, 1}, style);
  const Color background = canvas.pixel(0, 0);
  for (nn::index y = 0; y < canvas.height(); ++y) {
    CHECK(canvas.pixel(canvas.width() - 1, y) == background);
  }
}
