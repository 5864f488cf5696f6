#include "data/measure/summary.h"

#include <cmath>
#include <limits>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/rng.h"
#include "tests/catch.h"
#include "tests/golden/metrics_golden.h"

using data::bootstrap_difference;
using data::bootstrap_mean;
using data::Summary;

TEST_CASE("bootstrap agrees with numpy on the same random numbers") {
  const Summary s =
      bootstrap_mean(metrics_golden::kBootstrapValues, metrics_golden::kBootstrapSeed);
  CHECK(s.mean == Approx(metrics_golden::kBootstrap[0]).epsilon(1e-13));
  CHECK(s.lo == Approx(metrics_golden::kBootstrap[1]).epsilon(1e-13));
  CHECK(s.hi == Approx(metrics_golden::kBootstrap[2]).epsilon(1e-13));
  CHECK(s.count == 11);
}

TEST_CASE("bootstrap: seeds, constants and single values") {
  const std::vector<double> values{1.137, 5.71, 2.934, 8.113, 4.457, 9.291, 3.018};
  const Summary a = bootstrap_mean(values, 1);
  const Summary b = bootstrap_mean(values, 1);
  const Summary c = bootstrap_mean(values, 2);
  CHECK(a.lo == b.lo);
  CHECK(a.hi == b.hi);
  CHECK((a.lo != c.lo || a.hi != c.hi));
  CHECK(a.lo < a.mean);
  CHECK(a.mean < a.hi);

  const Summary one = bootstrap_mean(std::vector<double>{3.25}, 1);
  CHECK(one.mean == 3.25);
  CHECK(one.lo == 3.25);
  CHECK(one.hi == 3.25);
  CHECK(one.count == 1);

  const Summary same = bootstrap_mean(std::vector<double>(20, -2.5), 1);
  CHECK(same.lo == -2.5);
  CHECK(same.hi == -2.5);
}

TEST_CASE("the interval covers the true mean about as often as it says") {
  // 400 experiments of 40 normal numbers. The percentile bootstrap covers a little less than 95 %
  // at this size (about 94 %); the standard error of the count is 1.2 %.
  nn::Rng rng(3, nn::Purpose::test);
  int covered = 0;
  double width = 0.0;
  constexpr int kExperiments = 400;
  for (int k = 0; k < kExperiments; ++k) {
    std::vector<double> values(40);
    for (double& v : values) v = 7.0 + 2.0 * rng.normal();
    const Summary s = bootstrap_mean(values, static_cast<std::uint64_t>(k));
    if (s.lo <= 7.0 && 7.0 <= s.hi) ++covered;
    width += (s.hi - s.lo) / kExperiments;
  }
  CHECK(covered > 0.90 * kExperiments);
  CHECK(covered < 0.98 * kExperiments);
  CHECK(width == Approx(2.0 * 1.96 * 2.0 / std::sqrt(40.0)).epsilon(0.05));
}

TEST_CASE("paired differences are as exact as they are steady") {
  // Slices differ by 20 dB, the gain never: the difference has no spread at all.
  const std::vector<double> cubic{20, 25, 30, 35, 40};
  const std::vector<double> model{21.5, 26.5, 31.5, 36.5, 41.5};
  const Summary gain = bootstrap_difference(model, cubic, 9);
  CHECK(gain.mean == 1.5);
  CHECK(gain.lo == 1.5);
  CHECK(gain.hi == 1.5);
}

TEST_CASE("slices won") {
  CHECK(data::slices_won(std::vector<double>{30, 31, 32, 100},
                         std::vector<double>{29, 31, 33, 100}) == 1);
  CHECK(data::slices_won({}, {}) == 0);
}

TEST_CASE("summaries refuse nothing, NaN and unequal lengths") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(bootstrap_mean({}, 1), nn::Error);
  CHECK_THROWS_AS(bootstrap_mean(std::vector<double>{1, nan}, 1), nn::Error);
  CHECK_THROWS_AS(bootstrap_mean(std::vector<double>{infinity}, 1), nn::Error);
  CHECK_THROWS_AS(bootstrap_difference(std::vector<double>{1, 2}, std::vector<double>{1}, 1),
                  nn::Error);
  CHECK_THROWS_AS(data::slices_won(std::vector<double>{1}, std::vector<double>{1, 2}), nn::Error);
  CHECK_THROWS_AS(data::slices_won(std::vector<double>{nan}, std::vector<double>{1}), nn::Error);
}

TEST_CASE("a ratio of sums weighs slices by their pixels") {
  // 10 over 1 pixel and 10 over 9: the mean over pixels is 2, not the mean of 10 and 10/9.
  const std::vector<double> sums{10, 10, 0};
  const std::vector<double> pixels{1, 9, 0};
  const Summary s = data::bootstrap_ratio(sums, pixels, 4);
  CHECK(s.mean == 2);
  CHECK(s.count == 2);  // the last slice carries nothing
  CHECK(s.lo == Approx(10.0 / 9.0));
  CHECK(s.hi == 10);  // both draws the first
  CHECK(data::bootstrap_ratio(sums, pixels, 4).hi == s.hi);
}

TEST_CASE("with equal denominators a ratio is a mean, interval and all") {
  const std::vector<double> values{1.137, 5.71, 2.934, 8.113, 4.457, 9.291, 3.018};
  const Summary mean = bootstrap_mean(values, 8);
  const Summary ratio = data::bootstrap_ratio(values, std::vector<double>(7, 1.0), 8);
  CHECK(ratio.mean == Approx(mean.mean).epsilon(1e-14));
  CHECK(ratio.lo == Approx(mean.lo).epsilon(1e-14));
  CHECK(ratio.hi == Approx(mean.hi).epsilon(1e-14));
}

TEST_CASE("ratios refuse nothing, NaN, unequal lengths and denominators below 0") {
  using V = std::vector<double>;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_AS(data::bootstrap_ratio(V{}, V{}, 1), nn::Error);
  CHECK_THROWS_AS(data::bootstrap_ratio(V{1}, V{0}, 1), nn::Error);
  CHECK_THROWS_AS(data::bootstrap_ratio(V{1}, V{1, 2}, 1), nn::Error);
  CHECK_THROWS_AS(data::bootstrap_ratio(V{nan}, V{1}, 1), nn::Error);
  CHECK_THROWS_AS(data::bootstrap_ratio(V{1, 1}, V{2, -1}, 1), nn::Error);
}
