// Scalar specification of mse_loss (docs/ops/mse_loss.md).
#pragma once

#include "nn/backend/ref/view.h"

namespace nn::ref {

template <class T>
void mse_loss_forward(In<T> a, In<T> b, View<T> loss) {
  T sum{0};
  for (index i = 0; i < a.numel(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  loss[0] = sum / T(static_cast<double>(a.numel()));
}

template <class T>
void mse_loss_backward(In<T> a, In<T> b, In<T> dloss, Out<T> da) {
  const T g = T{2} * dloss[0] / T(static_cast<double>(a.numel()));
  for (index i = 0; i < a.numel(); ++i) da.put(i, g * (a[i] - b[i]));
}

}  // namespace nn::ref
