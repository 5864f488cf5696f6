#include "data/measure/metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/rng.h"
#include "tests/catch.h"
#include "tests/golden/metrics_golden.h"

namespace {

using data::kWindows;
using nn::real;
using nn::Shape;
using nn::Tensor;

constexpr data::MetricWindow kFull = kWindows[0];
constexpr data::MetricWindow kSoft = kWindows[1];
constexpr data::MetricWindow kBone = kWindows[2];

template <class Values>
Tensor golden_slice(const Values& values) {
  Tensor t({1, metrics_golden::kHeight, metrics_golden::kWidth, 1});
  for (nn::index i = 0; i < t.numel(); ++i) {
    t.data()[i] = static_cast<real>(values[static_cast<std::size_t>(i)]);
  }
  return t;
}

Tensor noise(const Shape& shape, double mean, double sigma, std::uint32_t stream) {
  nn::Rng rng(5, nn::Purpose::test, stream);
  Tensor t(shape);
  for (real& v : t.values()) v = static_cast<real>(mean + sigma * rng.normal());
  return t;
}

/// A slice from text: '.' is -1000 HU, '#' is 0 HU, 'b' is 500 HU.
Tensor drawn(const std::vector<std::string>& rows) {
  Tensor t({1, static_cast<nn::index>(rows.size()), static_cast<nn::index>(rows[0].size()), 1});
  real* out = t.data();
  for (const std::string& row : rows) {
    for (const char c : row) *out++ = c == '.' ? real{-1000} : c == '#' ? real{0} : real{500};
  }
  return t;
}

std::vector<std::string> shown(const Tensor& t) {
  const std::vector<std::uint8_t> mask = data::body_mask(t);
  std::vector<std::string> rows;
  for (nn::index y = 0; y < t.shape().h; ++y) {
    std::string row;
    for (nn::index x = 0; x < t.shape().w; ++x) {
      row += mask[static_cast<std::size_t>(y * t.shape().w + x)] == 1 ? '#' : '.';
    }
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

TEST_CASE("metrics agree with numpy") {
  const Tensor truth = golden_slice(metrics_golden::kTruth);
  const Tensor prediction = golden_slice(metrics_golden::kPrediction);
  const data::SliceMetrics m = data::measure(truth, prediction);
  for (std::size_t i = 0; i < data::kWindowCount; ++i) {
    CHECK(m.psnr[i] == Approx(metrics_golden::kPsnr[i]).epsilon(1e-12));
    CHECK(m.ssim[i] == Approx(metrics_golden::kSsim[i]).epsilon(1e-10));
    CHECK(data::psnr(truth, prediction, kWindows[i]) == m.psnr[i]);
    CHECK(data::ssim(truth, prediction, kWindows[i]) == m.ssim[i]);
  }
  REQUIRE(m.body_absolute.mean());
  CHECK(*m.body_absolute.mean() == Approx(metrics_golden::kMaeBody).epsilon(1e-12));
  for (std::size_t i = 0; i < data::kTissueCount; ++i) {
    CHECK(m.tissue_signed[i].pixels == metrics_golden::kTissuePixels[i]);
    REQUIRE(m.tissue_signed[i].mean());
    CHECK(*m.tissue_signed[i].mean() == Approx(metrics_golden::kTissueError[i]).epsilon(1e-12));
  }
  const std::vector<std::uint8_t> mask = data::body_mask(truth);
  for (std::size_t i = 0; i < mask.size(); ++i) CHECK(mask[i] == metrics_golden::kBody[i]);
}

TEST_CASE("PSNR by hand") {
  const Shape shape{1, 2, 2, 1};
  const Tensor truth = Tensor::zeros(shape);
  SECTION("a tenth of the window is 20 dB, a thousandth 60 dB") {
    CHECK(data::psnr(truth, Tensor::full(shape, 30), kSoft) == Approx(20.0).epsilon(1e-12));
    CHECK(data::psnr(truth, Tensor::full(shape, -30), kSoft) == Approx(20.0).epsilon(1e-12));
    CHECK(data::psnr(truth, Tensor::full(shape, 3.072F), kFull) == Approx(60.0).epsilon(1e-7));
  }
  SECTION("one pixel in four: a quarter of the squared error, 10 log10(4) more") {
    Tensor prediction = truth.clone();
    prediction.data()[3] = 30;
    CHECK(data::psnr(truth, prediction, kSoft) == Approx(20.0 + 10.0 * std::log10(4.0)));
  }
  SECTION("what lies outside of the window on the same side does not count") {
    CHECK(data::psnr(Tensor::full(shape, 300), Tensor::full(shape, 900), kSoft) == data::kPsnrCap);
    CHECK(data::psnr(Tensor::full(shape, -50), Tensor::full(shape, -900), kSoft) ==
          Approx(10.0 * std::log10(300.0 * 300.0 / (50.0 * 50.0))));
    CHECK(data::psnr(Tensor::full(shape, 0), Tensor::full(shape, 100), kBone) == data::kPsnrCap);
  }
  SECTION("padding below -1024 is no error") {
    CHECK(data::psnr(Tensor::full(shape, -3024), Tensor::full(shape, -1024), kFull) ==
          data::kPsnrCap);
  }
  SECTION("the cap") {
    CHECK(data::psnr(truth, truth, kFull) == 100.0);
    CHECK(data::psnr(truth, Tensor::full(shape, 1e-6F), kFull) == 100.0);
  }
  SECTION("symmetric") {
    const Tensor x = noise({1, 9, 7, 1}, 50, 80, 1);
    const Tensor y = noise({1, 9, 7, 1}, 50, 80, 2);
    CHECK(data::psnr(x, y, kSoft) == data::psnr(y, x, kSoft));
  }
}

TEST_CASE("SSIM by hand and by property") {
  const Shape shape{1, 12, 13, 1};
  SECTION("identical images") {
    const Tensor x = noise(shape, 40, 60, 1);
    CHECK(data::ssim(x, x, kSoft) == Approx(1.0).epsilon(1e-12));
  }
  SECTION("two constants: only the luminance term is left") {
    // Counted from -100: 150 and 50, L = 300, C1 = 9
    const double expected = (2.0 * 150.0 * 50.0 + 9.0) / (150.0 * 150.0 + 50.0 * 50.0 + 9.0);
    CHECK(data::ssim(Tensor::full(shape, 50), Tensor::full(shape, -50), kSoft) ==
          Approx(expected).epsilon(1e-10));
  }
  SECTION("an inverted image is worse than noise of the same strength") {
    const Tensor x = noise(shape, 50, 40, 1);
    Tensor inverted = x.clone();
    for (real& v : inverted.values()) v = 100 - v;
    CHECK(data::ssim(x, inverted, kSoft) < 0.0);
    CHECK(data::ssim(x, noise(shape, 50, 40, 2), kSoft) > data::ssim(x, inverted, kSoft));
  }
  SECTION("symmetric") {
    const Tensor x = noise(shape, 50, 80, 1);
    const Tensor y = noise(shape, 20, 80, 2);
    CHECK(data::ssim(x, y, kSoft) == Approx(data::ssim(y, x, kSoft)).epsilon(1e-13));
  }
  SECTION("11 x 11 is one value, 10 x 11 is refused") {
    const Tensor x = Tensor::zeros({1, 11, 11, 1});
    CHECK(data::ssim(x, x, kFull) == Approx(1.0));
    const Tensor low = Tensor::zeros({1, 10, 11, 1});
    const Tensor narrow = Tensor::zeros({1, 11, 10, 1});
    CHECK_THROWS_AS(data::ssim(low, low, kFull), nn::Error);
    CHECK_THROWS_AS(data::ssim(narrow, narrow, kFull), nn::Error);
    CHECK_THROWS_AS(data::measure(narrow, narrow), nn::Error);
  }
}

TEST_CASE("SSIM agrees with its definition, neighbourhood by neighbourhood") {
  const Tensor x = noise({1, 17, 14, 1}, 60, 90, 1);
  const Tensor y = noise({1, 17, 14, 1}, 30, 90, 2);
  const double peak = kSoft.hi - kSoft.lo;
  const auto value = [&](const Tensor& t, nn::index r, nn::index c) {
    return std::clamp(static_cast<double>(t.at(0, r, c, 0)), kSoft.lo, kSoft.hi) - kSoft.lo;
  };
  double weights = 0.0;
  const auto weight = [](nn::index i, nn::index j) {
    return std::exp(-static_cast<double>((i - 5) * (i - 5) + (j - 5) * (j - 5)) / 4.5);
  };
  for (nn::index i = 0; i < 11; ++i) {
    for (nn::index j = 0; j < 11; ++j) weights += weight(i, j);
  }
  double total = 0.0;
  for (nn::index r = 0; r < 7; ++r) {
    for (nn::index c = 0; c < 4; ++c) {
      const auto mean = [&](const auto& f) {
        double sum = 0.0;
        for (nn::index i = 0; i < 11; ++i) {
          for (nn::index j = 0; j < 11; ++j) sum += weight(i, j) / weights * f(r + i, c + j);
        }
        return sum;
      };
      const double mx = mean([&](nn::index i, nn::index j) { return value(x, i, j); });
      const double my = mean([&](nn::index i, nn::index j) { return value(y, i, j); });
      const double vx =
          mean([&](nn::index i, nn::index j) { return std::pow(value(x, i, j) - mx, 2); });
      const double vy =
          mean([&](nn::index i, nn::index j) { return std::pow(value(y, i, j) - my, 2); });
      const double cov = mean(
          [&](nn::index i, nn::index j) { return (value(x, i, j) - mx) * (value(y, i, j) - my); });
      const double c1 = std::pow(0.01 * peak, 2);
      const double c2 = std::pow(0.03 * peak, 2);
      total += (2 * mx * my + c1) * (2 * cov + c2) / ((mx * mx + my * my + c1) * (vx + vy + c2));
    }
  }
  CHECK(data::ssim(x, y, kSoft) == Approx(total / 28.0).epsilon(1e-11));
}

TEST_CASE("the body is the largest region with its holes filled") {
  SECTION("table, blanket and lungs") {
    CHECK(shown(drawn({
              "............",
              "..######....",
              ".##....##..#",
              ".#..##..#..#",
              ".##....##...",
              "..######....",
              "............",
              ".##########.",
          })) == std::vector<std::string>{
                     "............",
                     "..######....",
                     ".########...",
                     ".########...",
                     ".########...",
                     "..######....",
                     "............",
                     "............",
                 });
  }
  SECTION("regions that touch at a corner are two; a diagonal skin is tight") {
    CHECK(shown(drawn({
              "##.....",
              "##.##..",
              "..#..#.",
              "..####.",
          })) == std::vector<std::string>{
                     ".......",
                     ".......",
                     "..#..#.",
                     "..####.",
                 });
    CHECK(shown(drawn({
              "...##..",
              "..##.#.",
              ".##..##",
              "..####.",
          })) == std::vector<std::string>{
                     "...##..",
                     "..####.",
                     ".######",
                     "..####.",
                 });
  }
  SECTION("a hole that opens to the border of the image stays open") {
    CHECK(shown(drawn({"###", "#.#", "#.#"})) == std::vector<std::string>{"###", "#.#", "#.#"});
  }
  SECTION("the end of a row is no neighbour of the start of the next") {
    CHECK(shown(drawn({"#..#", "#..."})) == std::vector<std::string>{"#...", "#..."});
    CHECK(shown(drawn({"...#", "#..#"})) == std::vector<std::string>{"...#", "...#"});
  }
  SECTION("of equals, the first") {
    CHECK(shown(drawn({"##.##"})) == std::vector<std::string>{"##..."});
  }
  SECTION("-500 HU is not above -500 HU") {
    CHECK(data::body_mask(Tensor::full({1, 2, 1, 1}, -500)) == std::vector<std::uint8_t>{0, 0});
    CHECK(data::body_mask(Tensor::full({1, 2, 1, 1}, -499)) == std::vector<std::uint8_t>{1, 1});
  }
}

TEST_CASE("a slice of air has no body and no value") {
  const Tensor air = Tensor::full({1, 11, 12, 1}, -1000);
  const data::SliceMetrics m = data::measure(air, air);
  CHECK_FALSE(m.body_absolute.mean());
  for (const data::ErrorSum& e : m.tissue_signed) CHECK_FALSE(e.mean());
  CHECK(m.psnr[0] == data::kPsnrCap);
}

TEST_CASE("errors in HU by tissue") {
  // A body of 12 x 12: columns of -800 and -300.5 (air), -300 and -101 (none), -100, 0 and 200
  // (soft), 200.5 and 4000 (bone), framed by 0.
  const std::vector<real> column{0, -800, -300.5F, -300, -101, -100, 0, 200, 200.5F, 4000, 0, 0};
  Tensor truth = Tensor::zeros({1, 12, 12, 1});
  for (nn::index y = 1; y < 11; ++y) {
    for (nn::index x = 0; x < 12; ++x) truth.at(0, y, x, 0) = column[static_cast<std::size_t>(x)];
  }
  Tensor prediction = truth.clone();
  for (real& v : prediction.values()) v += 10;
  for (nn::index y = 1; y < 11; ++y) prediction.at(0, y, 1, 0) -= 40;  // -30 at -800
  const data::SliceMetrics m = data::measure(truth, prediction);

  CHECK(m.body_absolute.pixels == 144);
  // 144 pixels of 10, ten of them 30 instead, and the metal clamped on both sides: 0.
  CHECK(m.body_absolute.sum == Approx(144 * 10 + 10 * 20 - 10 * 10));
  const data::ErrorSum& air = m.tissue_signed[static_cast<std::size_t>(data::Tissue::air)];
  const data::ErrorSum& soft = m.tissue_signed[static_cast<std::size_t>(data::Tissue::soft)];
  const data::ErrorSum& bone = m.tissue_signed[static_cast<std::size_t>(data::Tissue::bone)];
  CHECK(air.pixels == 20);
  CHECK(*air.mean() == Approx(-10.0));
  CHECK(soft.pixels == 24 + 60);
  CHECK(*soft.mean() == Approx(10.0));
  CHECK(bone.pixels == 20);
  CHECK(*bone.mean() == Approx(5.0));

  data::ErrorSum both = air;
  both += soft;
  CHECK(both.pixels == 104);
  CHECK(*both.mean() == Approx((840.0 - 200.0) / 104.0));
}

TEST_CASE("metrics refuse NaN, infinity and wrong shapes") {
  const Tensor x = Tensor::zeros({1, 12, 12, 1});
  for (const real poison :
       {std::numeric_limits<real>::quiet_NaN(), std::numeric_limits<real>::infinity()}) {
    Tensor bad = x.clone();
    bad.data()[77] = poison;
    CHECK_THROWS_AS(data::psnr(x, bad, kFull), nn::Error);
    CHECK_THROWS_AS(data::psnr(bad, x, kFull), nn::Error);
    CHECK_THROWS_AS(data::ssim(x, bad, kFull), nn::Error);
    CHECK_THROWS_AS(data::measure(bad, x), nn::Error);
    CHECK_THROWS_AS(data::body_mask(bad), nn::Error);
  }
  CHECK_THROWS_AS(data::psnr(x, Tensor::zeros({1, 12, 13, 1}), kFull), nn::Error);
  CHECK_THROWS_AS(data::measure(Tensor(), Tensor()), nn::Error);
  const Tensor two = Tensor::zeros({2, 12, 12, 1});
  CHECK_THROWS_AS(data::measure(two, two), nn::Error);
  const Tensor channels = Tensor::zeros({1, 12, 12, 2});
  CHECK_THROWS_AS(data::psnr(channels, channels, kFull), nn::Error);
  CHECK_THROWS_AS(data::psnr(x, x, {"empty", 5, 5}), nn::Error);
}

TEST_CASE("ignored pixels count in no metric") {
  const Tensor truth = noise({1, 20, 24, 1}, 30, 10, 1);
  Tensor prediction = noise({1, 20, 24, 1}, 30, 10, 2);
  std::vector<std::uint8_t> ignored(480);
  for (const std::size_t i : {0U, 100U, 250U, 479U}) ignored[i] = 1;
  const data::SliceMetrics before = data::measure(truth, prediction, ignored);
  for (const std::size_t i : {0U, 100U, 250U, 479U}) prediction.data()[i] = 3000;
  const data::SliceMetrics after = data::measure(truth, prediction, ignored);
  CHECK(after.psnr == before.psnr);
  CHECK(after.ssim == before.ssim);
  CHECK(after.body_absolute.sum == before.body_absolute.sum);
  CHECK(after.body_absolute.pixels == 476);
  CHECK(data::measure(truth, prediction).psnr[0] < before.psnr[0] - 5);

  // PSNR over the others only, by hand: an error of 12 HU in one of 476 pixels.
  Tensor one = truth.clone();
  one.data()[300] += 12;
  const double mse = 144.0 / 476;
  CHECK(data::measure(truth, one, ignored).psnr[0] ==
        Approx(10 * std::log10(3072.0 * 3072.0 / mse)).epsilon(1e-5));
  const std::vector<std::uint8_t> all(480, 1);
  CHECK_THROWS_AS(data::measure(truth, one, all), nn::Error);
  const std::vector<std::uint8_t> short_mask(3);
  CHECK_THROWS_AS(data::measure(truth, one, short_mask), nn::Error);
}

TEST_CASE("errors by tissue by hand, signed and absolute") {
  // A ring of bone with soft tissue around, 12 x 12 for SSIM; all of it body.
  Tensor truth = Tensor::full({1, 12, 12, 1}, 40);
  Tensor prediction = truth.clone();
  for (const nn::index i : {0, 1, 2, 3}) truth.data()[i] = 500;
  for (const nn::index i : {0, 1}) prediction.data()[i] = 520;  // +20, +20
  for (const nn::index i : {2, 3}) prediction.data()[i] = 470;  // -30, -30
  prediction.data()[100] = 54;                                  // +14 on one of 140
  const data::SliceMetrics m = data::measure(truth, prediction);
  CHECK(*m.tissue_signed[2].mean() == Approx(-5));
  CHECK(*m.tissue_absolute[2].mean() == Approx(25));
  CHECK(m.tissue_absolute[2].pixels == 4);
  CHECK(*m.tissue_absolute[1].mean() == Approx(0.1));
  CHECK_FALSE(m.tissue_absolute[0].mean());
}

TEST_CASE("pure tissue by hand: all three slices must be of it") {
  Tensor truth = Tensor::full({1, 12, 12, 1}, 40);
  Tensor before = truth.clone();
  Tensor after = truth.clone();
  for (nn::index i = 0; i < 10; ++i) truth.data()[i] = before.data()[i] = after.data()[i] = 600;
  before.data()[0] = 150;   // soft before: not pure
  after.data()[1] = -1000;  // air after: not pure
  before.data()[50] = 201;  // bone before a soft truth: not pure
  after.data()[51] = -101;  // in no class
  Tensor prediction = truth.clone();
  const std::vector<double> errors{1000, 1000, 1, 2, 3, 4, 5, 6, 7, 100};
  for (std::size_t i = 0; i < errors.size(); ++i) {
    prediction.data()[i] += static_cast<real>(errors[i]);
  }
  for (nn::index i = 10; i < truth.numel(); ++i) prediction.data()[i] += 5;
  prediction.data()[50] = 900;
  prediction.data()[51] = 900;
  const auto pure = data::pure_tissue_errors(truth, prediction, before, after);
  CHECK(pure[2].errors.pixels == 8);
  CHECK(*pure[2].errors.mean() == Approx(128.0 / 8.0));
  CHECK(pure[2].median == Approx(4.5));  // 1 2 3 4 | 5 6 7 100
  CHECK(pure[1].errors.pixels == 144 - 10 - 2);
  CHECK(*pure[1].errors.mean() == Approx(5));
  CHECK(pure[1].median == 5);
  CHECK(pure[0].errors.pixels == 0);
  CHECK(pure[0].median == 0);

  std::vector<std::uint8_t> ignored(144, 0);
  ignored[9] = 1;
  const auto fewer = data::pure_tissue_errors(truth, prediction, before, after, ignored);
  CHECK(fewer[2].errors.pixels == 7);
  CHECK(fewer[2].median == 4);  // 1 2 3 | 4 | 5 6 7
}

TEST_CASE("a constant shift shows in pure tissue, regression to the mean does not") {
  // Bone of 350 HU beside soft tissue of 50, with so much noise that values cross 200 HU.
  const Shape shape{1, 64, 64, 1};
  const auto scan = [&](std::uint32_t stream) {
    Tensor t = noise(shape, 50, 90, stream);
    for (nn::index i = 0; i < t.numel() / 2; ++i) t.data()[i] += 300;
    return t;
  };
  const Tensor before = scan(31);
  const Tensor truth = scan(32);
  const Tensor after = scan(33);
  Tensor mean = before.clone();
  for (nn::index i = 0; i < mean.numel(); ++i) {
    mean.data()[i] = 0.5F * (before.data()[i] + after.data()[i]);
  }
  const auto by_truth = data::measure(truth, mean).tissue_signed[2];
  const auto pure = data::pure_tissue_errors(truth, mean, before, after)[2];
  CHECK(*by_truth.mean() < -15);
  CHECK(std::abs(*pure.errors.mean()) < 5);
  for (real& v : mean.values()) v += 7;
  const auto shifted = data::pure_tissue_errors(truth, mean, before, after)[2];
  CHECK(*shifted.errors.mean() - *pure.errors.mean() == Approx(7).epsilon(1e-3));
  CHECK(shifted.median - pure.median == Approx(7).epsilon(1e-3));
}
