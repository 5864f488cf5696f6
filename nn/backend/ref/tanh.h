// Scalar specification of tanh (docs/ops/tanh.md).
#pragma once

#include "nn/backend/ref/view.h"
#include "nn/core/math.h"

namespace nn::ref {

template <class T>
void tanh_forward(In<T> x, View<T> y) {
  for (index i = 0; i < x.numel(); ++i) y[i] = math::tanh(x[i]);
}

template <class T>
void tanh_backward(In<T> y, In<T> dy, Out<T> dx) {
  for (index i = 0; i < y.numel(); ++i) dx.put(i, dy[i] * (T{1} - y[i] * y[i]));
}

}  // namespace nn::ref
