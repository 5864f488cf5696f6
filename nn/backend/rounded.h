// A number that knows how far a float computation of it may be off. The scalar specification run on
// such numbers gives its own bound: every operation adds one rounding (docs/audit/bounds.md).
#pragma once

#include <cmath>

#include "nn/backend/bounds.h"
#include "nn/core/math.h"

namespace nn::bounds {

struct Rounded {
  double value = 0;
  double error = 0;  ///< bounds |computed - value|

  Rounded() = default;
  /// A constant: rounded where it is no float.
  explicit Rounded(double v)
      : value(v), error(static_cast<double>(static_cast<float>(v)) == v ? 0 : kU * std::fabs(v)) {}
  Rounded(double v, double e) : value(v), error(e) {}
  /// Of two branches that of the exact value.
  double real() const { return value; }

  friend Rounded operator-(const Rounded& a) { return {-a.value, a.error}; }
  friend Rounded operator+(const Rounded& a, const Rounded& b) {
    return once(a.value + b.value, a.error + b.error);
  }
  friend Rounded operator-(const Rounded& a, const Rounded& b) { return a + -b; }
  friend Rounded operator*(const Rounded& a, const Rounded& b) {
    return once(a.value * b.value,
                std::fabs(a.value) * b.error + std::fabs(b.value) * a.error + a.error * b.error);
  }
  friend Rounded operator/(const Rounded& a, const Rounded& b) {
    const double quotient = a.value / b.value;
    const double least = std::fabs(b.value) - b.error;  // of the divisor's size
    const double inputs = (a.error + std::fabs(quotient) * b.error) / least;
    return once(quotient, least > 0 ? inputs : HUGE_VAL);
  }
  Rounded& operator+=(const Rounded& b) { return *this = *this + b; }

  // An error e of x makes exp(x) wrong by a factor within exp(e). tanh, and log1p of what is not
  // negative, are nowhere steeper than 1.
  friend Rounded exp(const Rounded& x) {
    const double y = math::exp(x.value);
    return elementary(y, y * std::expm1(x.error));
  }
  friend Rounded log1p(const Rounded& x) { return elementary(math::log1p(x.value), x.error); }
  friend Rounded tanh(const Rounded& x) { return elementary(math::tanh(x.value), x.error); }

 private:
  /// The result of one operation, whose inputs alone make it wrong by `e`.
  static Rounded once(double v, double e) { return {v, e + kU * (std::fabs(v) + e) + kTiny}; }
  static Rounded elementary(double v, double e) {
    return {v, e + kElementary * (std::fabs(v) + e) + kTiny};
  }
};

}  // namespace nn::bounds
