// Scalar specification of instance_norm2d (Ulyanov, Vedaldi, Lempitsky 2016;
// docs/ops/instance_norm2d.md).
#pragma once

#include "nn/backend/ref/norm.h"

namespace nn::ref {

template <class T>
void instance_norm2d_forward(In<T> x, In<T> gamma, In<T> beta, double eps, View<T> y, View<T> mean,
                             View<T> inv_std) {
  detail::norm_forward<T>(x.shape.n, x, gamma, beta, eps, y, mean, inv_std);
}

template <class T>
void instance_norm2d_backward(In<T> x, In<T> gamma, In<T> mean, In<T> inv_std, In<T> dy, Out<T> dx,
                              Out<T> dgamma, Out<T> dbeta) {
  detail::norm_backward<T>(x.shape.n, x, gamma, mean, inv_std, dy, dx, dgamma, dbeta);
}

}  // namespace nn::ref
