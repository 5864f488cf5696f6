// Scalar specification of scale by a constant (docs/ops/scale.md). Its own adjoint.
#pragma once

#include "nn/backend/ref/view.h"

namespace nn::ref {

template <class T>
void scale(In<T> x, double factor, Out<T> y) {
  for (index i = 0; i < x.numel(); ++i) y.put(i, T(factor) * x[i]);
}

}  // namespace nn::ref
