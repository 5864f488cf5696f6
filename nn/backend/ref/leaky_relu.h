// Scalar specification of leaky_relu (Maas, Hannun, Ng 2013; docs/ops/leaky_relu.md).
// Asked as <=, as in relu, so that NaN passes as it is.
#pragma once

#include "nn/backend/ref/view.h"

namespace nn::ref {

template <class T>
void leaky_relu_forward(In<T> x, double slope, View<T> y) {
  for (index i = 0; i < x.numel(); ++i) y[i] = real_part(x[i]) <= 0 ? T(slope) * x[i] : x[i];
}

template <class T>
void leaky_relu_backward(In<T> x, double slope, In<T> dy, Out<T> dx) {
  for (index i = 0; i < x.numel(); ++i) dx.put(i, real_part(x[i]) <= 0 ? T(slope) * dy[i] : dy[i]);
}

}  // namespace nn::ref
