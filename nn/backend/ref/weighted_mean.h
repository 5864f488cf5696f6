// Scalar specification of weighted_mean (docs/ops/weighted_mean.md).
#pragma once

#include "nn/backend/ref/view.h"

namespace nn::ref {

template <class T>
void weighted_mean_forward(In<T> x, In<T> w, View<T> y) {
  T sum{0};
  for (index i = 0; i < x.numel(); ++i) sum += w[i] * x[i];
  y[0] = sum / T(static_cast<double>(x.numel()));
}

template <class T>
void weighted_mean_backward(In<T> w, In<T> dy, Out<T> dx) {
  const T g = dy[0] / T(static_cast<double>(w.numel()));
  for (index i = 0; i < w.numel(); ++i) dx.put(i, g * w[i]);
}

}  // namespace nn::ref
