// Scalar specification of instance_norm2d (Ulyanov, Vedaldi, Lempitsky 2016;
// docs/ops/instance_norm2d.md).
#pragma once

#include "nn/backend/ref/norm.h"

namespace nn::ref {

template <class T>
void instance_norm2d_forward(In<T> x, In<T> gamma, In<T> beta, double eps,
                             const Epilogue<std::type_identity_t<T>>& then, View<T> y, View<T> mean,
                             View<T> inv_std) {
  detail::norm_forward<T>(x.shape.n, x, gamma, beta, eps, then, y, mean, inv_std);
}

template <class T>
void instance_norm2d_backward(In<T> x, In<T> gamma, In<T> mean, In<T> inv_std, In<T> y,
                              double slope, In<T> dy, const NormGrads<T>& d) {
  detail::norm_backward<T>(x.shape.n, x, gamma, mean, inv_std, y, slope, dy, d);
}

}  // namespace nn::ref
