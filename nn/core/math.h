// Elementary functions built from +, -, *, / and bit operations only, so that they give the same
// bits with every C library. std::sqrt needs no copy: IEEE 754 rounds it correctly.
//
// The complex overloads exist for the complex-step proofs (nn/check), where no bits are promised.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <complex>
#include <cstdint>

#include "nn/core/real.h"

namespace nn::math {

inline constexpr double kPi = 3.14159265358979323846;

/// e^x, within 2 units in the last place; 0 below -745, infinity above 709.78.
double exp(double x);
/// Natural logarithm, within 2 ulp; -infinity at 0, NaN below.
double log(double x);
/// log(1 + x) for x >= 0, accurate for small x (Kahan's correction).
double log1p(double x);
/// Within 2 ulp for |x| <= 1e5, the range that this project needs; NaN beyond it.
double sin(double x);
double cos(double x);
/// b^n for n >= 0 by repeated squaring.
double ipow(double b, std::uint64_t n);

namespace detail {

// ln 2 in two parts (Cody & Waite 1980): the leading part has trailing zero bits, so that a small
// integer times it is exact.
inline constexpr double kLn2High = 0x1.62e42feep-1;
inline constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

/// 1/k! for k = 0..19, each the nearest double.
inline constexpr auto kInverseFactorial = [] {
  std::array<double, 20> a{};
  double factorial = 1;  // exact up to 22!
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (k > 0) factorial *= static_cast<double>(k);
    a[k] = 1 / factorial;
  }
  return a;
}();

/// e^r - 1 for |r| <= 0.35: Taylor series up to r^14/14!, remainder under 1e-18.
inline double expm1_small(double r) {
  double sum = 0;
  for (std::size_t k = 14; k >= 1; --k) sum = sum * r + kInverseFactorial[k];
  return sum * r;
}

}  // namespace detail

/// Within 4 ulp. It has no branches and no calls, so the compiler can vectorise a loop over an
/// image.
inline double tanh(double x) {
  constexpr double kShift = 0x1.8p52;             // adding it rounds to a whole number
  const double a = std::min(std::fabs(x), 22.0);  // tanh(22) rounds to 1
  const double whole = -2 * a * (1 / (detail::kLn2High + detail::kLn2Low)) + kShift;
  const double n = whole - kShift;
  const double r = (-2 * a - n * detail::kLn2High) - n * detail::kLn2Low;
  // 2^n: the last bits of `whole` hold n, and a double's exponent begins at bit 52.
  const double scale = std::bit_cast<double>((std::bit_cast<std::uint64_t>(whole) + 1023) << 52);
  const double e = scale * detail::expm1_small(r) + (scale - 1);  // e^(-2a) - 1
  return std::copysign(e / (e + 2), x);
}

inline float exp(float x) { return static_cast<float>(exp(static_cast<double>(x))); }
inline float log1p(float x) { return static_cast<float>(log1p(static_cast<double>(x))); }
inline float tanh(float x) { return static_cast<float>(tanh(static_cast<double>(x))); }

inline std::complex<double> exp(const std::complex<double>& z) { return std::exp(z); }
inline std::complex<double> log1p(const std::complex<double>& z) { return std::log(1.0 + z); }
inline std::complex<double> tanh(const std::complex<double>& z) { return std::tanh(z); }

}  // namespace nn::math
