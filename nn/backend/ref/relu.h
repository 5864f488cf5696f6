// Scalar specification of relu (docs/ops/relu.md). Asked as <=, so that NaN passes: every
// comparison with it is false.
#pragma once

#include "nn/backend/ref/view.h"

namespace nn::ref {

template <class T>
void relu_forward(In<T> x, View<T> y) {
  for (index i = 0; i < x.numel(); ++i) y[i] = real_part(x[i]) <= 0 ? T{0} : x[i];
}

template <class T>
void relu_backward(In<T> x, In<T> dy, Out<T> dx) {
  for (index i = 0; i < x.numel(); ++i) dx.put(i, real_part(x[i]) <= 0 ? T{0} : dy[i]);
}

}  // namespace nn::ref
