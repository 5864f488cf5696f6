// Scalar specification of bce_with_logits (Goodfellow et al. 2014 in its numerically safe form;
// docs/ops/bce_with_logits.md).
#pragma once

#include "nn/backend/ref/view.h"
#include "nn/core/math.h"

namespace nn::ref {

/// max(x, 0) - x * label + log(1 + e^-|x|): no overflow for any x.
template <class T>
T bce_of_logit(const T& x, double label) {
  const bool positive = real_part(x) > 0;
  const T magnitude = positive ? x : -x;
  const T tail = math::log1p(math::exp(-magnitude));
  return (positive ? x : T{0}) - x * T(label) + tail;
}

template <class T>
T sigmoid(const T& x) {
  if (real_part(x) > 0) return T{1} / (T{1} + math::exp(-x));
  const T e = math::exp(x);
  return e / (T{1} + e);
}

template <class T>
void bce_with_logits_forward(In<T> x, double label, View<T> loss) {
  T sum{0};
  for (index i = 0; i < x.numel(); ++i) sum += bce_of_logit<T>(x[i], label);
  loss[0] = sum / T(static_cast<double>(x.numel()));
}

template <class T>
void bce_with_logits_backward(In<T> x, double label, In<T> dloss, Out<T> dx) {
  const T g = dloss[0] / T(static_cast<double>(x.numel()));
  for (index i = 0; i < x.numel(); ++i) dx.put(i, g * (sigmoid<T>(x[i]) - T(label)));
}

}  // namespace nn::ref
