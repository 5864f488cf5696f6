// Scalar specification of the normalisations over groups of consecutive images, with what follows
// them in the same pass. batch_norm2d (Ioffe & Szegedy 2015; docs/learn/ops/batch_norm2d.md) has
// one group, instance_norm2d (Ulyanov, Vedaldi, Lempitsky 2016; docs/learn/ops/instance_norm2d.md)
// one for each image. Sums are formed for each image and added in the order of image_tree.h.
#pragma once

#include <algorithm>
#include <cmath>
#include <complex>

#include "nn/backend/ref/view.h"

namespace nn::ref {

/// nn::Epilogue and nn::NormGrads for any scalar type.
template <class T>
struct Epilogue {
  View<const T> added{};
  double slope = 1;
};
template <class T>
struct NormGrads {
  Out<T> x{}, gamma{}, beta{}, added{};
};

namespace detail {

/// leaky_relu, and with slope 0 relu, one value forward or back: `value` is scaled where `sign` is
/// not above 0.
template <class T>
T bent(const T& sign, double slope, const T& value) {
  if (!(real_part(sign) <= 0)) return value;
  return slope == 0 ? T{0} : T(slope) * value;
}

/// y of one value's z = gamma * xhat + beta.
template <class T>
T finished(const Epilogue<T>& then, index k, const T& z) {
  const T sum = then.added.data != nullptr ? z + then.added[k] : z;
  return bent(sum, then.slope, sum);
}

/// The sum of term(k) over channel c of images [first, first + images) of a batch of shape `s`,
/// where k counts the batch's values.
template <class T, class F>
T sum_channel(const Shape& s, index first, index images, index c, const F& term) {
  return sum_images(first, images, [&](index n) {
    T sum{0};
    for (index p = n * s.h * s.w; p < (n + 1) * s.h * s.w; ++p) sum += term(p * s.c + c);
    return sum;
  });
}

}  // namespace detail

/// mean[g,c], inv_std[g,c] = 1 / sqrt(biased variance + eps); z = gamma * xhat + beta.
template <class T>
void norm_forward(index groups, In<T> x, In<T> gamma, In<T> beta, double eps,
                  const Epilogue<std::type_identity_t<T>>& then, View<T> y, View<T> mean,
                  View<T> inv_std) {
  using std::sqrt;
  const index channels = x.shape.c;
  const index images = x.shape.n / groups;
  const index m = x.shape.pixels() / groups;
  for (index g = 0; g < groups; ++g) {
    for (index c = 0; c < channels; ++c) {
      const auto sum_of = [&](const auto& term) {
        return detail::sum_channel<T>(x.shape, g * images, images, c, term);
      };
      const index first = g * m * channels + c;
      const T mu = sum_of([&](index k) { return x[k]; }) / T(static_cast<double>(m));
      const T squares = sum_of([&](index k) { return (x[k] - mu) * (x[k] - mu); });
      const T inverse = T{1} / sqrt(squares / T(static_cast<double>(m)) + T(eps));
      mean[g * channels + c] = mu;
      inv_std[g * channels + c] = inverse;
      for (index p = 0; p < m; ++p) {
        const index k = first + p * channels;
        y[k] = detail::finished<T>(then, k, gamma[c] * ((x[k] - mu) * inverse) + beta[c]);
      }
    }
  }
}

/// The same with given statistics.
template <class T>
void norm_inference(index groups, In<T> x, In<T> gamma, In<T> beta, In<T> mean, In<T> inv_std,
                    const Epilogue<std::type_identity_t<T>>& then, View<T> y) {
  const index group = x.numel() / groups;
  for (index k = 0; k < x.numel(); ++k) {
    const index c = k % x.shape.c;
    const index s = k / group * x.shape.c + c;
    y[k] = detail::finished<T>(then, k, gamma[c] * ((x[k] - mean[s]) * inv_std[s]) + beta[c]);
  }
}

/// nn::RunningStatistics, in double whatever the scalar type.
template <class T>
void running_statistics(In<T> mean, In<T> inv_std, double eps, double momentum, double unbiased,
                        View<T> running_mean, View<T> running_var) {
  const auto follow = [&](T& running, double value) {
    running = static_cast<T>(momentum * static_cast<double>(running) + (1 - momentum) * value);
  };
  for (index c = 0; c < mean.numel(); ++c) {
    const auto inverse = static_cast<double>(inv_std[c]);
    follow(running_mean[c], static_cast<double>(mean[c]));
    follow(running_var[c], std::max(0.0, 1 / (inverse * inverse) - eps) * unbiased);
  }
}

/// With dz = dy where y is above 0, else slope * dy (the gradient of what was added), and with
/// xhat = (x - mean) * inv_std and sums over the m pixels of a group:
///   dbeta = sum dz, dgamma = sum dz * xhat (both over the whole batch),
///   dx = gamma * inv_std * (dz - sum(dz) / m - xhat * sum(dz * xhat) / m)
template <class T>
void norm_backward(index groups, In<T> x, In<T> gamma, In<T> mean, In<T> inv_std, In<T> y,
                   double slope, In<T> dy, const NormGrads<T>& d) {
  const index channels = x.shape.c;
  const index images = x.shape.n / groups;
  const index m = x.shape.pixels() / groups;
  const auto dz = [&](index k) { return slope == 1 ? dy[k] : detail::bent<T>(y[k], slope, dy[k]); };
  const auto xhat = [&](index k) {
    const index s = k / (m * channels) * channels + k % channels;
    return (x[k] - mean[s]) * inv_std[s];
  };
  const auto dz_xhat = [&](index k) { return dz(k) * xhat(k); };
  for (index c = 0; c < channels; ++c) {
    const auto sum_of = [&](index first, index count, const auto& term) {
      return detail::sum_channel<T>(x.shape, first, count, c, term);
    };
    if (d.gamma) d.gamma.put(c, sum_of(0, x.shape.n, dz_xhat));
    if (d.beta) d.beta.put(c, sum_of(0, x.shape.n, dz));
    for (index g = 0; g < groups && d.x; ++g) {
      const T count = T(static_cast<double>(m));
      const T mean_dz = sum_of(g * images, images, dz) / count;
      const T mean_dz_xhat = sum_of(g * images, images, dz_xhat) / count;
      for (index p = 0; p < m; ++p) {
        const index k = (g * m + p) * channels + c;
        d.x.put(k,
                gamma[c] * inv_std[g * channels + c] * (dz(k) - mean_dz - xhat(k) * mean_dz_xhat));
      }
    }
  }
  for (index k = 0; k < x.numel() && d.added; ++k) d.added.put(k, dz(k));
}

}  // namespace nn::ref
