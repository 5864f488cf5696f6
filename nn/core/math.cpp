#include "nn/core/math.h"

#include <bit>
#include <cmath>
#include <limits>

namespace nn::math {
namespace {

using detail::expm1_small;
using detail::kInverseFactorial;
using detail::kLn2High;
using detail::kLn2Low;

// pi/2 in three parts, in the same way as ln 2 in math.h.
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

/// x * 2^n for n in [-1022, 1023].
double scale(double x, int n) {
  return x * std::bit_cast<double>(static_cast<std::uint64_t>(n + 1023) << 52);
}

/// sin r and cos r for |r| <= pi/4: Taylor series, remainders under 1e-17.
double sin_small(double r) {
  const double z = r * r;
  double sum = 0;
  for (std::size_t k = 8; k >= 1; --k) {
    const double c = kInverseFactorial[2 * k + 1];
    sum = sum * z + (k % 2 == 0 ? c : -c);
  }
  return r + r * (z * sum);
}

double cos_small(double r) {
  const double z = r * r;
  double sum = 0;
  for (std::size_t k = 9; k >= 2; --k) {
    const double c = kInverseFactorial[2 * k];
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

double exp(double x) {
  if (x != x) return kNan;
  if (x > 709.78) return kInfinity;
  if (x < -745) return 0;
  const double n = nearest(x * (1 / (kLn2High + kLn2Low)));
  const double r = (x - n * kLn2High) - n * kLn2Low;
  const double y = 1 + expm1_small(r);
  const int k = static_cast<int>(n);
  // In two steps, because 2^k itself may be no normal number (k = 1024, or below -1022).
  return scale(scale(y, k / 2), k - k / 2);
}

double log(double x) {
  if (x != x || x < 0) return kNan;
  if (x == 0) return -kInfinity;
  if (x == kInfinity) return x;
  int e = 0;
  if (x < 0x1p-1022) {
    x *= 0x1p54;
    e = -54;
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  e += static_cast<int>(bits >> 52) - 1023;
  double m = std::bit_cast<double>((bits & 0xFFFFFFFFFFFFFULL) | (1023ULL << 52));  // [1, 2)
  if (m > 1.4142135623730951) {
    m *= 0.5;
    ++e;
  }
  // log m = 2 artanh(s), s = (m - 1)/(m + 1), |s| <= 0.1716: odd series up to s^25.
  const double f = m - 1;
  const double s = f / (m + 1);
  const double z = s * s;
  double sum = 0;
  for (int k = 12; k >= 1; --k) sum = sum * z + 1.0 / (2 * k + 1);
  const double tail = 2 * s * (z * sum);
  const double n = e;
  return n * kLn2High + (2 * s + (tail + n * kLn2Low));
}

double log1p(double x) {
  const double u = 1 + x;
  if (u == 1) return x;
  if (u == kInfinity) return u;
  return log(u) * (x / (u - 1));
}

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
