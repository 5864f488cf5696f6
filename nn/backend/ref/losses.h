// Scalar specification of the losses: weighted_mean, l1_loss, mse_loss, bce_with_logits,
// least_squares_loss (docs/learn/ops has a page for each). Each is a mean over all values, whose
// sum is formed for each image; the images' sums are added in the order of image_tree.h.
#pragma once

#include "nn/backend/ref/view.h"
#include "nn/core/math.h"

namespace nn::ref {

/// The mean of term(i) over all values of a batch of shape `s`.
template <class T, class F>
T mean_of(const Shape& s, const F& term) {
  const index size = s.numel() / s.n;
  const T sum = sum_images(0, s.n, [&](index n) {
    T image{0};
    for (index i = n * size; i < (n + 1) * size; ++i) image += term(i);
    return image;
  });
  return sum / T(static_cast<double>(s.numel()));
}

template <class T>
void weighted_mean_forward(In<T> x, In<T> w, View<T> y) {
  y[0] = mean_of<T>(x.shape, [&](index i) { return w[i] * x[i]; });
}

template <class T>
void weighted_mean_backward(In<T> w, In<T> dy, Out<T> dx) {
  const T g = dy[0] / T(static_cast<double>(w.numel()));
  for (index i = 0; i < w.numel(); ++i) dx.put(i, g * w[i]);
}

template <class T>
void l1_loss_forward(In<T> a, In<T> b, View<T> loss) {
  loss[0] = mean_of<T>(a.shape, [&](index i) {
    const T d = a[i] - b[i];
    return real_part(d) < 0 ? -d : d;
  });
}

template <class T>
void l1_loss_backward(In<T> a, In<T> b, In<T> dloss, Out<T> da) {
  const T g = dloss[0] / T(static_cast<double>(a.numel()));
  for (index i = 0; i < a.numel(); ++i) {
    const auto d = real_part(a[i] - b[i]);
    da.put(i, d > 0 ? g : d < 0 ? -g : T{0});
  }
}

template <class T>
void mse_loss_forward(In<T> a, In<T> b, View<T> loss) {
  loss[0] = mean_of<T>(a.shape, [&](index i) { return (a[i] - b[i]) * (a[i] - b[i]); });
}

template <class T>
void mse_loss_backward(In<T> a, In<T> b, In<T> dloss, Out<T> da) {
  const T g = T{2} * dloss[0] / T(static_cast<double>(a.numel()));
  for (index i = 0; i < a.numel(); ++i) da.put(i, g * (a[i] - b[i]));
}

// Goodfellow et al. 2014, in the numerically safe form.

/// max(x, 0) - x * label + log(1 + e^-|x|): no overflow for any x.
template <class T>
T bce_of_logit(const T& x, double label) {
  const bool positive = real_part(x) > 0;
  const T magnitude = positive ? x : -x;
  const T tail = math::log1p(math::exp(-magnitude));
  return (positive ? x : T{0}) - x * T(label) + tail;
}

template <class T>
T sigmoid(const T& x) {
  if (real_part(x) > 0) return T{1} / (T{1} + math::exp(-x));
  const T e = math::exp(x);
  return e / (T{1} + e);
}

template <class T>
void bce_with_logits_forward(In<T> x, double label, View<T> loss) {
  loss[0] = mean_of<T>(x.shape, [&](index i) { return bce_of_logit<T>(x[i], label); });
}

template <class T>
void bce_with_logits_backward(In<T> x, double label, In<T> dloss, Out<T> dx) {
  const T g = dloss[0] / T(static_cast<double>(x.numel()));
  for (index i = 0; i < x.numel(); ++i) dx.put(i, g * (sigmoid<T>(x[i]) - T(label)));
}

// LSGAN: Mao et al. 2017.

template <class T>
void least_squares_loss_forward(In<T> x, double label, View<T> loss) {
  loss[0] = mean_of<T>(x.shape, [&](index i) { return (x[i] - T(label)) * (x[i] - T(label)); });
}

template <class T>
void least_squares_loss_backward(In<T> x, double label, In<T> dloss, Out<T> dx) {
  const T g = T{2} * dloss[0] / T(static_cast<double>(x.numel()));
  for (index i = 0; i < x.numel(); ++i) dx.put(i, g * (x[i] - T(label)));
}

}  // namespace nn::ref
