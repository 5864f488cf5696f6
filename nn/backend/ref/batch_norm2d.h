// Scalar specification of batch_norm2d (Ioffe & Szegedy 2015; docs/ops/batch_norm2d.md).
#pragma once

#include "nn/backend/ref/norm.h"

namespace nn::ref {

template <class T>
void batch_norm2d_forward(In<T> x, In<T> gamma, In<T> beta, double eps, View<T> y, View<T> mean,
                          View<T> inv_std) {
  detail::norm_forward<T>(1, x, gamma, beta, eps, y, mean, inv_std);
}

template <class T>
void batch_norm2d_inference(In<T> x, In<T> gamma, In<T> beta, In<T> mean, In<T> inv_std,
                            View<T> y) {
  for (index k = 0; k < x.numel(); ++k) {
    const index c = k % x.shape.c;
    y[k] = gamma[c] * ((x[k] - mean[c]) * inv_std[c]) + beta[c];
  }
}

template <class T>
void batch_norm2d_backward(In<T> x, In<T> gamma, In<T> mean, In<T> inv_std, In<T> dy, Out<T> dx,
                           Out<T> dgamma, Out<T> dbeta) {
  detail::norm_backward<T>(1, x, gamma, mean, inv_std, dy, dx, dgamma, dbeta);
}

}  // namespace nn::ref
