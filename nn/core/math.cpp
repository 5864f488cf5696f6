#include "nn/core/math.h"

#include <cmath>
#include <limits>

namespace nn::math {
namespace {

constexpr elementary::InverseFactorials kInverse;

// pi/2 in three parts, in the same way as ln 2 in elementary.h.
constexpr double kHalfPi1 = 0x1.921fb544p+0;
constexpr double kHalfPi2 = 0x1.0b4611a6p-34;
constexpr double kHalfPi3 = 0x1.3198a2e037073p-69;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Nearest integer, ties to even, by the rounding of the addition itself; |x| < 2^51.
double nearest(double x) {
  constexpr double kShift = 0x1.8p52;
  volatile double y = x + kShift;  // volatile: no compiler may simplify (x + c) - c
  return y - kShift;
}

/// sin r and cos r for |r| <= pi/4: Taylor series, remainders under 1e-17.
double sin_small(double r) {
  const double z = r * r;
  double sum = 0;
  for (int k = 8; k >= 1; --k) {
    const double c = kInverse.of[2 * k + 1];
    sum = sum * z + (k % 2 == 0 ? c : -c);
  }
  return r + r * (z * sum);
}

double cos_small(double r) {
  const double z = r * r;
  double sum = 0;
  for (int k = 9; k >= 2; --k) {
    const double c = kInverse.of[2 * k];
    sum = sum * z + (k % 2 == 0 ? c : -c);
  }
  return 1 - (0.5 * z - z * (z * sum));
}

/// sin(x + quarter * pi/2).
double sin_shifted(double x, int quarter) {
  if (!(std::fabs(x) <= 1e5)) return kNan;
  const double n = nearest(x * (2 / kPi));
  const double r = ((x - n * kHalfPi1) - n * kHalfPi2) - n * kHalfPi3;
  switch ((static_cast<int>(n) + quarter) & 3) {
    case 0:
      return sin_small(r);
    case 1:
      return cos_small(r);
    case 2:
      return -sin_small(r);
    default:
      return -cos_small(r);
  }
}

}  // namespace

double exp(double x) { return x != x ? kNan : elementary::exp(x); }

double log(double x) {
  if (x != x || x < 0) return kNan;
  if (x == 0) return -kInfinity;
  if (x == kInfinity) return x;
  return x < 0x1p-1022 ? elementary::log_of_normal(x * 0x1p54, -54) : elementary::log_of_normal(x);
}

double log1p(double x) { return x != x ? kNan : elementary::log1p(x); }

double sin(double x) { return sin_shifted(x, 0); }
double cos(double x) { return sin_shifted(x, 1); }

double ipow(double b, std::uint64_t n) {
  double result = 1;
  while (n > 0) {
    if ((n & 1) != 0) result *= b;
    b *= b;
    n >>= 1;
  }
  return result;
}

}  // namespace nn::math
