// Montages and plots: that they hold what they promise, where they promise it. Whether they are
// pleasant to look at is for eyes.
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/rng.h"
#include "tests/catch.h"
#include "train/evaluate/montage.h"
#include "train/evaluate/plot.h"

namespace {

using nn::index;
using nn::real;
using nn::Tensor;
using train::Canvas;
using train::Color;
using train::MontageSlice;
using train::MontageStyle;
using train::PlotStyle;
using train::Series;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Whether `part` lies somewhere in `whole`, frame of one pixel left out.
bool contains(const Canvas& whole, const Canvas& part) {
  for (index y = 0; y + part.height() <= whole.height(); ++y) {
    for (index x = 0; x + part.width() <= whole.width(); ++x) {
      bool same = true;
      for (index r = 1; same && r + 1 < part.height(); ++r) {
        for (index c = 1; same && c + 1 < part.width(); ++c) {
          same = whole.pixel(x + c, y + r) == part.pixel(c, r);
        }
      }
      if (same) return true;
    }
  }
  return false;
}

MontageSlice example(std::uint32_t stream) {
  nn::Rng rng(2, nn::Purpose::test, stream);
  const auto slice = [&](double mean) {
    Tensor t({1, 16, 20, 1});
    for (real& v : t.values()) v = static_cast<real>(mean + 60.0 * rng.normal());
    return t;
  };
  return {slice(0), slice(20), slice(40), slice(60), slice(80), "slice " + std::to_string(stream)};
}

index ink(const Canvas& canvas, Color color) {
  index n = 0;
  for (index y = 0; y < canvas.height(); ++y) {
    for (index x = 0; x < canvas.width(); ++x) n += canvas.pixel(x, y) == color ? 1 : 0;
  }
  return n;
}

constexpr Color kFirstColor{0, 114, 178};

}  // namespace

TEST_CASE("a montage holds all panels, errors on one scale") {
  const std::vector<MontageSlice> slices{example(1), example(2)};
  MontageStyle style;
  style.scale = 2;
  style.error_limit = 150;
  style.title = "title";
  const Canvas canvas = train::montage(slices, style);
  for (const MontageSlice& s : slices) {
    for (const Tensor* t : {&s.a, &s.c, &s.truth, &s.prediction, &s.cubic}) {
      CHECK(contains(canvas, train::grey_image(*t, style.lo, style.hi, 2)));
    }
    CHECK(contains(canvas, train::difference_image(s.prediction, s.truth, 150, 2)));
    CHECK(contains(canvas, train::difference_image(s.cubic, s.truth, 150, 2)));
  }
  CHECK_FALSE(contains(canvas, train::difference_image(slices[0].cubic, slices[0].truth, 140, 2)));
}

TEST_CASE("a montage takes padding for what it is") {
  MontageSlice s = example(1);
  s.truth.fill(-3024);
  s.prediction.fill(-1024);
  s.cubic.fill(-1000);
  MontageStyle style;
  style.scale = 1;
  const Canvas canvas = train::montage({&s, 1}, style);
  CHECK(contains(canvas, train::difference_image(s.prediction, s.prediction, 100, 1)));
}

TEST_CASE("montages grow with their slices, and small slices are magnified") {
  const std::vector<MontageSlice> slices{example(1), example(2), example(3)};
  const auto first = [&](std::size_t n) {
    return train::montage(std::span<const MontageSlice>(slices).first(n), {});
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
  const MontageSlice good = example(1);
  MontageSlice bad = good;
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
  MontageSlice s = example(1);
  s.title = std::string(500, 'x');
  MontageStyle style;
  style.scale = 1;
  style.prediction_name = std::string(300, 'W');
  for (std::size_t i = 0; i < 100; ++i) style.title += "\xC3\xB1";
  const Canvas canvas = train::montage({&s, 1}, style);
  const Color background = canvas.pixel(0, 0);
  for (index y = 0; y < canvas.height(); ++y) {
    CHECK(canvas.pixel(canvas.width() - 1, y) == background);
  }
}

TEST_CASE("a plot draws its curve where the data are") {
  // From the lower left to the upper right corner of the axes, whatever the scale.
  Series line{"rising", {}, {}};
  for (int k = 0; k <= 10; ++k) {
    line.x.push_back(k);
    line.y.push_back(std::pow(10.0, k - 5));
  }
  PlotStyle style;
  style.log_y = true;
  const Canvas canvas = train::line_plot({&line, 1}, style);
  CHECK(canvas.width() == 960);
  CHECK(canvas.height() == 540);
  std::vector<double> xs;
  std::vector<double> ys;
  for (index x = 90; x < canvas.width(); ++x) {
    for (index y = 60; y < canvas.height(); ++y) {
      if (canvas.pixel(x, y) != kFirstColor) continue;
      xs.push_back(static_cast<double>(x));
      ys.push_back(static_cast<double>(y));
    }
  }
  REQUIRE(xs.size() > 500);
  // A straight line on the logarithmic axis: all pixels near the chord.
  const double slope = (ys.back() - ys.front()) / (xs.back() - xs.front());
  CHECK(slope < 0.0);
  double worst = 0.0;
  for (std::size_t i = 0; i < xs.size(); ++i) {
    worst = std::max(worst, std::abs(ys[i] - ys.front() - slope * (xs[i] - xs.front())));
  }
  CHECK(worst < 3.0);

  style.log_y = false;
  const Canvas linear = train::line_plot({&line, 1}, style);
  CHECK(linear.rgb() != canvas.rgb());
}

TEST_CASE("points that cannot be drawn leave a gap and are counted in the legend") {
  const Series whole{"loss", {0, 1, 2, 3}, {1, 2, 1, 2}};
  const Series with_gap{"loss", {0, 1, 2, 3}, {1, kNan, 1, 2}};
  const Series negative{"loss", {0, 1, 2, 3}, {1, -2, 1, 2}};
  const Series counted{"loss (1 point not drawable)", {0, 1, 2, 3}, {1, 2, 1, 2}};
  PlotStyle style;
  style.log_y = true;
  const Canvas gap = train::line_plot({&with_gap, 1}, style);
  CHECK(ink(gap, kFirstColor) < ink(train::line_plot({&whole, 1}, style), kFirstColor));
  CHECK(gap.rgb() == train::line_plot({&negative, 1}, style).rgb());
  // The legend: the first rows of the picture, above the axes.
  const Canvas names = train::line_plot({&counted, 1}, style);
  const auto legend = static_cast<std::ptrdiff_t>(3 * style.width * 30);
  CHECK(std::equal(gap.rgb().begin(), gap.rgb().begin() + legend, names.rgb().begin()));
}

TEST_CASE("plots of little or odd data still come out") {
  const std::vector<Series> odd{
      {"empty", {}, {}},
      {"one point", {5}, {3}},
      {"constant", {1, 2, 3}, {7, 7, 7}},
      {"all NaN", {1, 2}, {kNan, kNan}},
      {"huge", {0, 1e9}, {-1e300, 1e300}},
      {"tiny", {0, 1e-9}, {1e-300, 2e-300}},
      {"zeros", {0, 1}, {0, 0}},
      {"close", {0, 1}, {1e9, 1e9 + 1}},
  };
  for (const bool log_y : {false, true}) {
    PlotStyle style;
    style.log_y = log_y;
    style.title = "odd";
    style.y_label = "loss";
    for (const Series& s : odd) CHECK(train::line_plot({&s, 1}, style).width() == 960);
    CHECK(train::line_plot(odd, style).height() == 540);
  }
}

TEST_CASE("plots refuse what they cannot show") {
  const Series good{"loss", {0, 1}, {1, 2}};
  const Series uneven{"loss", {0, 1}, {1}};
  CHECK_THROWS_AS(train::line_plot({}, {}), nn::Error);
  CHECK_THROWS_AS(train::line_plot({&uneven, 1}, {}), nn::Error);
  CHECK_THROWS_AS(train::line_plot(std::vector<Series>(9, good), {}), nn::Error);
  PlotStyle style;
  style.height = 100;
  CHECK_THROWS_AS(train::line_plot({&good, 1}, style), nn::Error);
}
