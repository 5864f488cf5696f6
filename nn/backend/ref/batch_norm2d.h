// Scalar specification of batch_norm2d (Ioffe & Szegedy 2015; docs/ops/batch_norm2d.md).
#pragma once

#include "nn/backend/ref/norm.h"

namespace nn::ref {

template <class T>
void batch_norm2d_forward(In<T> x, In<T> gamma, In<T> beta, double eps,
                          const Epilogue<std::type_identity_t<T>>& then, View<T> y, View<T> mean,
                          View<T> inv_std) {
  detail::norm_forward<T>(1, x, gamma, beta, eps, then, y, mean, inv_std);
}

template <class T>
void batch_norm2d_inference(In<T> x, In<T> gamma, In<T> beta, In<T> mean, In<T> inv_std,
                            const Epilogue<std::type_identity_t<T>>& then, View<T> y) {
  for (index k = 0; k < x.numel(); ++k) {
    const index c = k % x.shape.c;
    y[k] = detail::finished<T>(then, k, gamma[c] * ((x[k] - mean[c]) * inv_std[c]) + beta[c]);
  }
}

template <class T>
void batch_norm2d_backward(In<T> x, In<T> gamma, In<T> mean, In<T> inv_std, In<T> y, double slope,
                           In<T> dy, const NormGrads<T>& d) {
  detail::norm_backward<T>(1, x, gamma, mean, inv_std, y, slope, dy, d);
}

}  // namespace nn::ref
