// Bounds of the losses: means of terms forward, a scaled term backward.
#include "nn/backend/bounds_detail.h"
#include "nn/core/math.h"

namespace nn::bounds {

using detail::Approximation;
using detail::each;
using detail::kSlack;
using detail::rounded;
using detail::wide;

namespace {

/// Mean of `count` terms known within their own error: count - 1 additions, the count as a float,
/// the division, the rounding to float.
template <class F>
Errors mean(index count, const F& term) {
  double magnitudes = 0;
  double errors = 0;
  for (index i = 0; i < count; ++i) {
    const Approximation t = term(i);
    magnitudes += std::fabs(t.value) + t.error;
    errors += t.error;
  }
  const auto n = static_cast<double>(count);
  return {kSlack * ((gamma(n + 2) * magnitudes + errors) / n + 2 * kTiny)};
}

/// (x - label)^2; a label that is no float is rounded to one first.
Approximation square_of_difference(double x, double label) {
  const double d = std::fabs(x - label);
  const double moved = d + kU * std::fabs(label);
  return {d * d, moved * moved * (1 + gamma(3)) - d * d + kTiny};
}

double whole(const Tensor& dloss, index count) {
  return wide(dloss, 0) / static_cast<double>(count);
}

}  // namespace

Errors weighted_mean_forward(const Tensor& x, const Tensor& w) {
  return mean(x.numel(), [&](index i) {
    const double term = wide(x, i) * wide(w, i);
    return Approximation{term, kU * std::fabs(term) + kTiny};
  });
}

Errors weighted_mean_backward(const Tensor& w, const Tensor& dy, const Tensor* before) {
  const double g = whole(dy, w.numel());
  return each(w.numel(), before, [&](index i) {
    const double value = g * wide(w, i);
    return Approximation{value, gamma(3) * std::fabs(value) + (1 + std::fabs(wide(w, i))) * kTiny};
  });
}

Errors l1_loss_forward(const Tensor& a, const Tensor& b) {
  return mean(a.numel(), [&](index i) {
    const double d = wide(a, i) - wide(b, i);
    return Approximation{std::fabs(d), kU * std::fabs(d) + kTiny};
  });
}

// The sign is exact unless the difference underflows; g has the roundings of count and division.
Errors l1_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                        const Tensor* before) {
  const double g = whole(dloss, a.numel());
  return each(a.numel(), before, [&](index i) {
    const double d = wide(a, i) - wide(b, i);
    const double sign = d > 0 ? 1 : d < 0 ? -1 : 0;
    const bool flushed = d != 0 && std::fabs(d) < kTiny;
    return Approximation{sign * g,
                         gamma(2) * std::fabs(sign * g) + (flushed ? std::fabs(g) : 0) + kTiny};
  });
}

Errors mse_loss_forward(const Tensor& a, const Tensor& b) {
  return mean(a.numel(), [&](index i) { return square_of_difference(wide(a, i) - wide(b, i), 0); });
}

Errors mse_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                         const Tensor* before) {
  const double g = 2 * whole(dloss, a.numel());
  return each(a.numel(), before, [&](index i) {
    const double value = g * (wide(a, i) - wide(b, i));
    return Approximation{value, gamma(5) * std::fabs(value) + (2 + std::fabs(g)) * kTiny};
  });
}

// max(x, 0) - x * label + log1p(e^-|x|). The last term: e^-|x| within kElementary moves log1p by no
// more than the same relative amount, as e / (1 + e) <= log1p(e); log1p adds its own.
Errors bce_with_logits_forward(const Tensor& x, double label) {
  return mean(x.numel(), [&](index i) {
    const double v = wide(x, i);
    const double part = (v > 0 ? v : 0) - v * label;
    const double tail = math::log1p(math::exp(-std::fabs(v)));
    const double part_error = rounded(part, gamma(2) * std::fabs(v * label), 1);
    const double tail_error = 2 * kElementary * (1 + kElementary) * tail + 2 * kTiny;
    const double value = part + tail;
    const double error = part_error + tail_error;
    return Approximation{value, error + kU * (std::fabs(value) + error) + 3 * kTiny};
  });
}

// sigmoid: e^-|x| within kElementary, twice (numerator and sum), the sum and the quotient rounded.
Errors bce_with_logits_backward(const Tensor& x, double label, const Tensor& dloss,
                                const Tensor* before) {
  const double g = whole(dloss, x.numel());
  return each(x.numel(), before, [&](index i) {
    const double e = math::exp(-std::fabs(wide(x, i)));
    const double sigmoid = (wide(x, i) > 0 ? 1 : e) / (1 + e);
    const double difference = sigmoid - label;
    const double error = (2 * kElementary + gamma(3)) * sigmoid + kU * std::fabs(label) + 2 * kTiny;
    return Approximation{g * difference, std::fabs(g) * rounded(difference, error, 5) + 2 * kTiny};
  });
}

Errors least_squares_loss_forward(const Tensor& x, double label) {
  return mean(x.numel(), [&](index i) { return square_of_difference(wide(x, i), label); });
}

Errors least_squares_loss_backward(const Tensor& x, double label, const Tensor& dloss,
                                   const Tensor* before) {
  const double g = 2 * whole(dloss, x.numel());
  return each(x.numel(), before, [&](index i) {
    const double d = wide(x, i) - label;
    const double error = std::fabs(g) * (kU * std::fabs(label) + kTiny);
    return Approximation{g * d, rounded(g * d, error, 5) + 2 * kTiny};
  });
}

}  // namespace nn::bounds
