#include "data/draw/reformat_picture.h"

#include <gif_lib.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "data/draw/marks.h"
#include "data/files/sha256.h"
#include "data/phantom/phantom.h"
#include "nn/core/error.h"
#include "tests/catch.h"
#include "tests/data/test_files.h"
#include "train/predict/interpolate.h"

namespace {

data::Volume phantom() {
  data::PhantomOptions o;
  o.slices = 12;
  o.size = 32;
  return data::make_phantom(o);
}

// Of a picture of `size` pixels and 200 at most: 12-pixel letters, and above the panel a gap of 12,
// three lines of 18 and half a gap.
constexpr nn::index kTop = 12 + 3 * 18 + 6;

bool black_ground(data::Color c) { return c == data::Color{0, 0, 0}; }

/// Pixels of the first panel that differ from the second one's.
nn::index differences(const data::Canvas& c) {
  constexpr nn::index kNext = 220 + 12;  // narrow panels stand in columns of 220
  nn::index count = 0;
  for (nn::index y = kTop; y < c.height() - 42; ++y) {
    for (nn::index x = 22; x < 222; ++x) {
      count += c.pixel(x, y) == c.pixel(x + kNext, y) ? 0 : 1;
    }
  }
  return count;
}

/// With everything black but the marks.
data::ReformatOptions dark() {
  data::ReformatOptions o;
  o.size = 200;
  o.window = {5000, 6000};
  return o;
}

/// Pixels with ink in a part of the panel at the left, which begins at (0, 0).
nn::index ink(const data::Canvas& c, nn::index x, nn::index y, nn::index w, nn::index h) {
  nn::index count = 0;
  for (nn::index r = 0; r < h; ++r) {
    for (nn::index k = 0; k < w; ++k)
      count += black_ground(c.pixel(22 + x + k, kTop + y + r)) ? 0 : 1;
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

  const std::vector<data::SliceNote> notes = data::notes_of(smooth);
  REQUIRE(notes.size() == 23);
  for (std::size_t k = 0; k < notes.size(); ++k) {
    CHECK((notes[k].kind == data::SliceNote::Kind::synthetic) == (k % 2 == 1));
  }
  CHECK(notes[1].method == "cubic");
  CHECK(notes[1].t == 0.5);
  o.notes = {{}};
  CHECK_THROWS_AS(data::reformat_picture(scan, &smooth, o), nn::Error);
}

TEST_CASE("sides and scale appear only where they are known", "[reformat]") {
  data::Volume scan = phantom();
  const data::Canvas head = data::reformat_picture(scan, nullptr, dark());
  CHECK(ink(head, 85, 0, 30, 16) > 10);  // H
  const nn::index height = head.height() - kTop - 12 - 12 - 18;
  CHECK(ink(head, 0, height / 2 - 8, 16, 16) > 10);    // R
  CHECK(ink(head, 184, height / 2 - 8, 16, 16) > 10);  // L

  // The bar, as many pixels as its millimetres are.
  const data::Placement place(scan);
  const data::Frame frame =
      data::frame_around(data::view_of(data::Plane::coronal, place), {place}, 200);
  const double mm = data::scale_bar_length(frame.width, frame.pixel);
  REQUIRE(mm > 0);
  nn::index longest = 0;
  for (nn::index y = 0; y < height; ++y) {
    nn::index run = 0;
    for (nn::index x = 0; x < 100; ++x) {
      run = head.pixel(22 + x, kTop + y) == data::kLetters ? run + 1 : 0;
      longest = std::max(longest, run);
    }
  }
  CHECK(longest == static_cast<nn::index>(std::lround(mm / frame.pixel)));

  scan.unit = data::Unit::grey8;
  scan.oriented = false;
  scan.slope = 0.01;
  scan.intercept = 0;
  const data::Canvas picture = data::reformat_picture(scan, nullptr, dark());
  CHECK(picture.width() < head.width());  // no HU, so no bar of them
  for (nn::index y = kTop; y < picture.height() - 42; ++y) {
    for (nn::index x = 22; x < 222; ++x) CHECK(picture.pixel(x, y).r < 150);  // no letters
  }
}

TEST_CASE("a synthetic slice says so, a measured one does not", "[reformat]") {
  const data::Volume scan = phantom();
  data::ReformatOptions o = dark();
  o.plane = data::Plane::slices;
  o.notes.assign(12, {});
  o.notes[4] = {data::SliceNote::Kind::synthetic, 0.5, "cubic"};
  o.notes[6].kind = data::SliceNote::Kind::unknown;
  const data::Placement place(scan);
  const auto label = [&](nn::index k) {
    o.at = place.depth(k);
    return ink(data::reformat_picture(scan, nullptr, o), 4, 20, 150, 18);
  };
  CHECK(label(3) == 0);
  CHECK(label(4) > 300);
  CHECK(label(6) > 300);
  o.at = place.depth(4);
  o.plane = data::Plane::coronal;  // across slices: one label would be wrong
  o.at = 0;
  CHECK(ink(data::reformat_picture(scan, nullptr, o), 4, 20, 150, 18) == 0);
}

TEST_CASE("an animation has its speed", "[reformat]") {
  const data_test::TempDir dir;
  const data::Volume scan = phantom();
  data::ReformatOptions o;
  o.size = 64;
  for (const auto& [fps, delay] : {std::pair{6, 17}, std::pair{50, 2}, std::pair{1, 100}}) {
    data::OutputSet outputs(true);
    data::write_slices_gif(outputs, dir / "a.gif", scan, nullptr, o, fps);
    outputs.commit();
    int code = 0;
    GifFileType* gif = DGifOpenFileName((dir / "a.gif").c_str(), &code);
    REQUIRE(gif != nullptr);
    REQUIRE(DGifSlurp(gif) == GIF_OK);
    CHECK(gif->ImageCount == 12);
    GraphicsControlBlock control{};
    REQUIRE(DGifSavedExtensionToGCB(gif, 3, &control) == GIF_OK);
    CHECK(control.DelayTime == delay);
    DGifCloseFile(gif, &code);
  }
  data::OutputSet outputs(true);
  CHECK_THROWS_AS(data::write_slices_gif(outputs, dir / "a.gif", scan, nullptr, o, 0), nn::Error);
  CHECK_THROWS_AS(data::write_slices_gif(outputs, dir / "a.gif", scan, nullptr, o, 51), nn::Error);
}

TEST_CASE("pictures have the same bytes with every compiler and on every machine", "[reformat]") {
  const data_test::TempDir dir;
  const data::Volume scan = phantom();
  data::ReformatOptions o;
  o.size = 200;
  const data::Canvas picture = data::reformat_picture(scan, &scan, o);
  CHECK(data::sha256_of(picture.rgb().data(), picture.rgb().size()) ==
        "945e192a55db1c1077fcf68c22d54b66be487485c24114af552fe78d9b1487f9");
  data::OutputSet outputs(true);
  data::write_slices_gif(outputs, dir / "a.gif", scan, nullptr, o, 6);
  outputs.commit();
  CHECK(data::sha256_of_file(dir / "a.gif") ==
        "bec0e58a8b9329d23d08ac6540ce98989ec058f3efebfa49f7d4a1f43235ff8a");
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
