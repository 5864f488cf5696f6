// What batch_norm2d and instance_norm2d share in the specification: normalisation over groups of
// consecutive pixels. Batch norm has one group, instance norm one for each image.
#pragma once

#include <cmath>
#include <complex>

#include "nn/backend/ref/view.h"

namespace nn::ref::detail {

/// mean[g,c], inv_std[g,c] = 1 / sqrt(biased variance + eps); y = gamma * xhat + beta.
template <class T>
void norm_forward(index groups, In<T> x, In<T> gamma, In<T> beta, double eps, View<T> y,
                  View<T> mean, View<T> inv_std) {
  using std::sqrt;
  const index channels = x.shape.c;
  const index m = x.shape.pixels() / groups;
  for (index g = 0; g < groups; ++g) {
    for (index c = 0; c < channels; ++c) {
      const index first = g * m * channels + c;
      T sum{0};
      for (index p = 0; p < m; ++p) sum += x[first + p * channels];
      const T mu = sum / T(static_cast<double>(m));
      T squares{0};
      for (index p = 0; p < m; ++p) {
        const T d = x[first + p * channels] - mu;
        squares += d * d;
      }
      const T inverse = T{1} / sqrt(squares / T(static_cast<double>(m)) + T(eps));
      mean[g * channels + c] = mu;
      inv_std[g * channels + c] = inverse;
      for (index p = 0; p < m; ++p) {
        const index k = first + p * channels;
        y[k] = gamma[c] * ((x[k] - mu) * inverse) + beta[c];
      }
    }
  }
}

/// With xhat = (x - mean) * inv_std and sums over the m pixels of a group:
///   dbeta = sum dy, dgamma = sum dy * xhat (both over all groups),
///   dx = gamma * inv_std * (dy - sum(dy) / m - xhat * sum(dy * xhat) / m)
template <class T>
void norm_backward(index groups, In<T> x, In<T> gamma, In<T> mean, In<T> inv_std, In<T> dy,
                   Out<T> dx, Out<T> dgamma, Out<T> dbeta) {
  const index channels = x.shape.c;
  const index m = x.shape.pixels() / groups;
  for (index c = 0; c < channels; ++c) {
    T all_dy{0};
    T all_dy_xhat{0};
    for (index g = 0; g < groups; ++g) {
      const index first = g * m * channels + c;
      const T mu = mean[g * channels + c];
      const T inverse = inv_std[g * channels + c];
      T sum_dy{0};
      T sum_dy_xhat{0};
      for (index p = 0; p < m; ++p) {
        const index k = first + p * channels;
        sum_dy += dy[k];
        sum_dy_xhat += dy[k] * ((x[k] - mu) * inverse);
      }
      all_dy += sum_dy;
      all_dy_xhat += sum_dy_xhat;
      if (!dx) continue;
      const T count = T(static_cast<double>(m));
      for (index p = 0; p < m; ++p) {
        const index k = first + p * channels;
        const T xhat = (x[k] - mu) * inverse;
        dx.put(k, gamma[c] * inverse * (dy[k] - sum_dy / count - xhat * (sum_dy_xhat / count)));
      }
    }
    if (dgamma) dgamma.put(c, all_dy_xhat);
    if (dbeta) dbeta.put(c, all_dy);
  }
}

}  // namespace nn::ref::detail
