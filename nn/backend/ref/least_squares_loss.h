// Scalar specification of least_squares_loss (Mao et al., LSGAN, 2017;
// docs/ops/least_squares_loss.md).
#pragma once

#include "nn/backend/ref/view.h"

namespace nn::ref {

template <class T>
void least_squares_loss_forward(In<T> x, double label, View<T> loss) {
  T sum{0};
  for (index i = 0; i < x.numel(); ++i) sum += (x[i] - T(label)) * (x[i] - T(label));
  loss[0] = sum / T(static_cast<double>(x.numel()));
}

template <class T>
void least_squares_loss_backward(In<T> x, double label, In<T> dloss, Out<T> dx) {
  const T g = T{2} * dloss[0] / T(static_cast<double>(x.numel()));
  for (index i = 0; i < x.numel(); ++i) dx.put(i, g * (x[i] - T(label)));
}

}  // namespace nn::ref
