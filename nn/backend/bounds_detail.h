// What the files of bounds share. Not for others.
#pragma once

#include <cmath>
#include <limits>

#include "nn/backend/bounds.h"

namespace nn::bounds::detail {

/// An exact result (to double rounding) and a bound on the error of the float one.
struct Approximation {
  double value, error;
};

/// The bounds are computed in double: this covers their own roundings.
inline constexpr double kSlack = 1 + 0x1p-20;

inline double wide(const Tensor& t, index i) { return static_cast<double>(t.data()[i]); }

/// Bound of a result that is stored, or added to what was there: one more rounding.
inline double stored(const Approximation& a, const Tensor* before, index i) {
  if (before == nullptr) return kSlack * a.error;
  return kSlack * (a.error + kU * (std::fabs(wide(*before, i) + a.value) + a.error) + kTiny);
}

/// The bound of element i from f(i), an Approximation.
template <class F>
Errors each(index count, const Tensor* before, const F& f) {
  Errors errors(static_cast<std::size_t>(count));
  for (index i = 0; i < count; ++i) errors[static_cast<std::size_t>(i)] = stored(f(i), before, i);
  return errors;
}

/// What n roundings do to a product whose exact value is `value` and whose factors were already
/// wrong by `error` in all.
inline double rounded(double value, double error, int n) {
  const double magnitude = std::fabs(value);
  return (magnitude + error) * (1 + gamma(n)) - magnitude;
}

}  // namespace nn::bounds::detail
