// Montages: that they hold what they promise, where they promise it. Whether they are pleasant to
// look at is for eyes.
#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "data/draw/marks.h"
#include "data/files/sha256.h"
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
  return {slice(0),  slice(20), slice(40), slice(60), slice(80), "slice " + std::to_string(stream),
          slice(70), {}};
}

constexpr Color kAmber{255, 190, 80};  // of the word SYNTHETIC alone

nn::index count(const Canvas& canvas, Color color, nn::index x, nn::index y, nn::index w,
                nn::index h) {
  nn::index n = 0;
  for (nn::index r = y; r < y + h; ++r) {
    for (nn::index c = x; c < x + w; ++c) n += canvas.pixel(c, r) == color ? 1 : 0;
  }
  return n;
}

/// Slices of one value, large enough for marks: their panels are plain but for these.
ShownSlice plain(nn::index size) {
  const Tensor zero = Tensor::zeros({1, size, size, 1});
  return {zero, zero, zero, zero, zero, "", zero, {0.5, {"R", "L", "A", "P"}}};
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
    for (const Tensor* t : {&s.a, &s.c, &s.truth, &s.prediction, &s.cubic, &s.registered}) {
      CHECK(contains(canvas, data::grey_image(*t, style.lo, style.hi, 2)));
    }
    CHECK(contains(canvas, data::difference_image(s.prediction, s.truth, 150, 2)));
    CHECK(contains(canvas, data::difference_image(s.cubic, s.truth, 150, 2)));
    CHECK(contains(canvas, data::difference_image(s.registered, s.truth, 150, 2)));
  }
  CHECK_FALSE(contains(canvas, data::difference_image(slices[0].cubic, slices[0].truth, 140, 2)));
}

TEST_CASE("synthetic panels say so, and panels have a scale bar of their length", "[optimised]") {
  // Gaps of 12 pixels, panels of 256 in columns of 256; a line of text has 18, a caption 39.
  const ShownSlice slice = plain(256);
  MontageStyle style;
  style.scale = 1;
  const Canvas canvas = train::montage({&slice, 1}, style);
  const auto left = [](nn::index column) { return 12 + column * (256 + 12); };
  const auto top = [](nn::index row) { return 12 + 39 + row * (39 + 256 + 12); };
  // 50 mm at 0.5 mm a pixel would be 100 pixels, above 3 tenths of 256.
  const auto bar = [&](nn::index column, nn::index row) {
    nn::index longest = 0;
    for (nn::index y = top(row); y < top(row) + 256; ++y) {
      nn::index run = 0;
      for (nn::index x = left(column); x < left(column) + 256; ++x) {
        run = canvas.pixel(x, y) == data::kLetters ? run + 1 : 0;
        longest = std::max(longest, run);
      }
    }
    return longest;
  };
  for (const nn::index column : {0, 1, 2}) {
    INFO(column);
    CHECK(count(canvas, kAmber, left(column), top(0), 256, 256) == 0);
    CHECK(count(canvas, kAmber, left(column), top(1), 256, 256) > 30);
    CHECK(count(canvas, kAmber, left(column), top(2), 256, 256) == 0);
    CHECK(bar(column, 0) == 40);  // 20 mm
    CHECK(bar(column, 1) == 40);
    CHECK(bar(column, 2) < 20);  // error maps have none
  }

  ShownSlice unknown = slice;
  unknown.place = {};
  const Canvas without = train::montage({&unknown, 1}, style);
  CHECK(count(without, data::kLetters, left(0), top(0), 256, 256) == 0);
  CHECK(count(without, kAmber, left(0), top(1), 256, 256) > 30);
  const ShownSlice small = plain(40);
  CHECK(count(train::montage({&small, 1}, style), kAmber, 0, 0, 700, 300) == 0);
}

TEST_CASE("a montage without registration has a column less of panels") {
  ShownSlice s = example(1);
  const Tensor registered = s.registered;
  s.registered = {};
  MontageStyle style;
  style.scale = 2;
  const Canvas canvas = train::montage({&s, 1}, style);
  CHECK(contains(canvas, data::grey_image(s.prediction, style.lo, style.hi, 2)));
  CHECK_FALSE(contains(canvas, data::grey_image(registered, style.lo, style.hi, 2)));
}

TEST_CASE("montages have the same bytes with every compiler and on every machine") {
  const ShownSlice s = example(1, 130);
  ShownSlice marked = s;
  marked.place = {0.5, {"R", "L", "A", "P"}};
  MontageStyle style;
  style.scale = 1;
  style.title = "\u00D1and\u00FA";
  style.note = data::window_text(style.lo, style.hi);
  const Canvas canvas = train::montage({&marked, 1}, style);
  CHECK(data::sha256_of(canvas.rgb().data(), canvas.rgb().size()) ==
        "aaa3ca6b806c2557e21a4d20bf96fb18fbf7d502bb399ce3b65fe9f960b2abfd");
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
