// The project's elementary functions against the C library's, in units in the last place, and their
// bits against a recorded sum, since every platform has to give the same.
#include "nn/core/math.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>

#include "nn/core/rng.h"
#include "tests/catch.h"
#include "tests/nn/ieee_mode.h"

namespace nn {
namespace {

using testing::IeeeMode;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();
constexpr int kCount = 100000;

/// |got - exact| in units in the last place of `exact`; the C library itself is within 1.
double ulps(double got, double exact) {
  if (got == exact) return 0;
  const double size = std::fabs(exact);
  return std::fabs(got - exact) / (std::nextafter(size, kInfinity) - size);
}

using Function = double (*)(double);

void check_within(double bound, const std::string& name, Function ours, Function theirs,
                  const std::function<double(Rng&)>& draw) {
  Rng rng(8, Purpose::test);
  double worst = 0;
  double worst_at = 0;
  for (int i = 0; i < kCount; ++i) {
    const double x = draw(rng);
    const double error = ulps(ours(x), theirs(x));
    if (!(error <= worst)) {
      worst = error;
      worst_at = x;
    }
  }
  INFO(name << "(" << worst_at << "): " << worst << " ulp");
  CHECK(worst <= bound);
}

/// Uniform on [low, high).
std::function<double(Rng&)> between(double low, double high) {
  return [=](Rng& rng) { return low + (high - low) * rng.uniform(); };
}

/// A random mantissa and sign at a random binary exponent in [low, high].
std::function<double(Rng&)> exponents(int low, int high, bool both_signs) {
  return [=](Rng& rng) {
    const auto range = static_cast<std::uint32_t>(high - low + 1);
    const double x = std::ldexp(1 + rng.uniform(), low + static_cast<int>(rng.below(range)));
    return both_signs && rng.below(2) == 0 ? -x : x;
  };
}

double std_exp(double x) { return std::exp(x); }
double std_log(double x) { return std::log(x); }
double std_log1p(double x) { return std::log1p(x); }
double std_sin(double x) { return std::sin(x); }
double std_cos(double x) { return std::cos(x); }
double std_tanh(double x) { return std::tanh(x); }

TEST_CASE("exp: within 2 ulp over its whole range", "[core][math]") {
  const IeeeMode mode;
  check_within(2, "exp", math::exp, std_exp, between(-708, 709.78));
  check_within(2, "exp", math::exp, std_exp, between(-1, 1));
  check_within(2, "exp", math::exp, std_exp, exponents(-60, 8, true));
  for (int i = 0; i < 1000; ++i) {  // results that are denormal: one unit of the least number
    const double x = -708.5 - 0.036 * i;
    CHECK(std::fabs(math::exp(x) - std::exp(x)) <= kLeast);
  }
}

TEST_CASE("exp: special values", "[core][math]") {
  const IeeeMode mode;
  CHECK(math::exp(0.0) == 1);
  CHECK(math::exp(-0.0) == 1);
  CHECK(math::exp(kLeast) == 1);
  CHECK(math::exp(kInfinity) == kInfinity);
  CHECK(math::exp(-kInfinity) == 0);
  CHECK(std::isnan(math::exp(kNan)));
  CHECK(std::isfinite(math::exp(709.78)));
  CHECK(math::exp(709.79) == kInfinity);
  CHECK(math::exp(1e300) == kInfinity);
  CHECK(math::exp(-745.2) == 0);
  CHECK(math::exp(-745.0) == kLeast);
  CHECK(math::exp(-1e300) == 0);
  CHECK(math::exp(1.0F) == static_cast<float>(math::exp(1.0)));
}

TEST_CASE("log: within 2 ulp over its whole range", "[core][math]") {
  const IeeeMode mode;
  check_within(2, "log", math::log, std_log, exponents(-1022, 1023, false));
  check_within(2, "log", math::log, std_log, between(0.5, 2));
  check_within(2, "log", math::log, std_log, exponents(-1074, -1023, false));
  const auto near_one = [](Rng& rng) {
    const double d = std::ldexp(1 + rng.uniform(), -2 - static_cast<int>(rng.below(50)));
    return rng.below(2) == 0 ? 1 - d / 2 : 1 + d;
  };
  check_within(2, "log", math::log, std_log, near_one);
}

TEST_CASE("log: special values", "[core][math]") {
  const IeeeMode mode;
  CHECK(math::log(1.0) == 0);
  CHECK(math::log(0.0) == -kInfinity);
  CHECK(math::log(-0.0) == -kInfinity);
  CHECK(math::log(kInfinity) == kInfinity);
  CHECK(std::isnan(math::log(-1.0)));
  CHECK(std::isnan(math::log(-kInfinity)));
  CHECK(std::isnan(math::log(kNan)));
  CHECK(ulps(math::log(kLeast), std::log(kLeast)) <= 2);
  CHECK(ulps(math::log(std::numeric_limits<double>::max()), 709.782712893384) <= 2);
}

TEST_CASE("log1p: within 4 ulp for arguments of 0 and more", "[core][math]") {
  const IeeeMode mode;
  check_within(4, "log1p", math::log1p, std_log1p, exponents(-100, 100, false));
  check_within(4, "log1p", math::log1p, std_log1p, between(0, 1));
  CHECK(math::log1p(0.0) == 0);
  CHECK(math::log1p(kLeast) == kLeast);
  CHECK(math::log1p(1e-300) == 1e-300);
  CHECK(math::log1p(kInfinity) == kInfinity);
  CHECK(std::isnan(math::log1p(kNan)));
}

TEST_CASE("sin, cos: within 2 ulp up to 1e5", "[core][math]") {
  check_within(2, "sin", math::sin, std_sin, between(-1e5, 1e5));
  check_within(2, "cos", math::cos, std_cos, between(-1e5, 1e5));
  check_within(2, "sin", math::sin, std_sin, between(-7, 7));
  check_within(2, "cos", math::cos, std_cos, between(-7, 7));
  check_within(2, "sin", math::sin, std_sin, exponents(-20, 16, true));
  // Doubles next to multiples of pi/2, where the reduced argument is a tiny difference.
  const auto near_zero = [](Rng& rng) {
    const double x = (static_cast<double>(rng.below(60000)) + 1) * (math::kPi / 2);
    const double next = std::nextafter(x, kInfinity);
    return rng.below(2) == 0 ? x : next;
  };
  check_within(2, "sin", math::sin, std_sin, near_zero);
  check_within(2, "cos", math::cos, std_cos, near_zero);
}

TEST_CASE("sin, cos: special values", "[core][math]") {
  const IeeeMode mode;
  CHECK(math::sin(0.0) == 0);
  CHECK(math::cos(0.0) == 1);
  CHECK(math::sin(kLeast) == kLeast);
  CHECK(math::sin(-1e-300) == -1e-300);
  for (const double x : {100001.0, -1e6, kInfinity, -kInfinity, kNan}) {
    CHECK(std::isnan(math::sin(x)));
    CHECK(std::isnan(math::cos(x)));
  }
}

TEST_CASE("tanh: within 4 ulp everywhere", "[core][math]") {
  const IeeeMode mode;
  check_within(4, "tanh", math::tanh, std_tanh, between(-22, 22));
  check_within(4, "tanh", math::tanh, std_tanh, between(-0.5, 0.5));
  check_within(4, "tanh", math::tanh, std_tanh, exponents(-100, 4, true));
  CHECK(math::tanh(0.0) == 0);
  CHECK(math::tanh(kLeast) == kLeast);
  CHECK(math::tanh(20.0) == 1);
  CHECK(math::tanh(kInfinity) == 1);
  CHECK(math::tanh(-kInfinity) == -1);
  CHECK(std::isnan(math::tanh(kNan)));
  CHECK(math::tanh(-0.3) == -math::tanh(0.3));
}

TEST_CASE("ipow: exact where the result is, close elsewhere", "[core][math]") {
  CHECK(math::ipow(3, 0) == 1);
  CHECK(math::ipow(0, 0) == 1);
  CHECK(math::ipow(0, 5) == 0);
  CHECK(math::ipow(3, 33) == 5559060566555523.0);
  CHECK(math::ipow(-2, 9) == -512);
  CHECK(math::ipow(2, 1023) == std::ldexp(1.0, 1023));
  CHECK(math::ipow(2, 1024) == kInfinity);
  CHECK(math::ipow(0.5, 1000) == std::ldexp(1.0, -1000));
  CHECK(math::ipow(0.5, 100000) == 0);
  // Adam's bias correction: one rounding for each factor at most.
  for (const double b : {0.5, 0.9, 0.999}) {
    for (const std::uint64_t n : {1U, 2U, 7U, 100U, 650U, 5000U}) {
      const double exact = std::pow(b, static_cast<double>(n));
      CHECK(math::ipow(b, n) == Approx(exact).epsilon(static_cast<double>(n) * 0x1p-53));
    }
  }
}

/// FNV-1a over the bits of f at `kCount` points.
std::uint64_t fingerprint(Function f, double low, double high) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (int i = 0; i <= kCount; ++i) {
    hash ^= std::bit_cast<std::uint64_t>(f(low + (high - low) * i / kCount));
    hash *= 0x100000001b3ULL;
  }
  return hash;
}

TEST_CASE("math: the same bits everywhere", "[core][math]") {
  CHECK(fingerprint(math::exp, -700, 700) == 0xf053737a69289f79ULL);
  CHECK(fingerprint(math::log, 1e-3, 1e3) == 0x7bcc6ae6510b10d1ULL);
  CHECK(fingerprint(math::log1p, 0, 10) == 0x56736a95f5f2c327ULL);
  CHECK(fingerprint(math::sin, -1e5, 1e5) == 0xa58b8b28a88fe657ULL);
  CHECK(fingerprint(math::cos, -1e5, 1e5) == 0x07bc9bb600ba6be7ULL);
  CHECK(fingerprint(math::tanh, -20, 20) == 0x7107879abbf7a917ULL);
}

}  // namespace
}  // namespace nn
