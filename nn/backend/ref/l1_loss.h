// Scalar specification of l1_loss (docs/ops/l1_loss.md).
#pragma once

#include "nn/backend/ref/view.h"

namespace nn::ref {

template <class T>
void l1_loss_forward(In<T> a, In<T> b, View<T> loss) {
  T sum{0};
  for (index i = 0; i < a.numel(); ++i) {
    const T d = a[i] - b[i];
    sum += real_part(d) < 0 ? -d : d;
  }
  loss[0] = sum / T(static_cast<double>(a.numel()));
}

template <class T>
void l1_loss_backward(In<T> a, In<T> b, In<T> dloss, Out<T> da) {
  const T g = dloss[0] / T(static_cast<double>(a.numel()));
  for (index i = 0; i < a.numel(); ++i) {
    const auto d = real_part(a[i] - b[i]);
    da.put(i, d > 0 ? g : d < 0 ? -g : T{0});
  }
}

}  // namespace nn::ref
