// Elementary functions built from +, -, *, / and bit operations only, so that they give the same
// bits with every C library. std::sqrt needs no copy: IEEE 754 rounds it correctly.
//
// The complex overloads exist for the complex-step proofs (nn/check), where no bits are promised.
#pragma once

#include <complex>
#include <cstdint>

#include "nn/core/elementary.h"
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

/// Within 4 ulp. It has no branches and no calls, so the compiler can vectorise a loop over an
/// image.
inline double tanh(double x) { return elementary::tanh(x); }

inline float exp(float x) { return static_cast<float>(exp(static_cast<double>(x))); }
inline float log1p(float x) { return static_cast<float>(log1p(static_cast<double>(x))); }
inline float tanh(float x) { return static_cast<float>(tanh(static_cast<double>(x))); }

inline std::complex<double> exp(const std::complex<double>& z) { return std::exp(z); }
inline std::complex<double> log1p(const std::complex<double>& z) { return std::log(1.0 + z); }
inline std::complex<double> tanh(const std::complex<double>& z) { return std::tanh(z); }

}  // namespace nn::math
