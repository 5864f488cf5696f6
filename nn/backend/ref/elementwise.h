// Scalar specification of the ops that compute each value from the values at the same place: add,
// scale, multiply, relu, leaky_relu, tanh, dropout (docs/learn/ops has a page for each). run()
// after each says which kernel it is, for tensors of any kind of number: `on` makes views of them
// (OnTensors in view.h).
#pragma once

#include "nn/backend/ref/view.h"
#include "nn/core/math.h"

namespace nn::ref {

// Scalar specification of concat along channels (docs/learn/ops/concat.md).

template <class T>
void concat_forward(In<T> a, In<T> b, View<T> y) {
  for (index p = 0; p < y.shape.pixels(); ++p) {
    T* out = y.data + p * y.shape.c;
    for (index c = 0; c < a.shape.c; ++c) out[c] = a[p * a.shape.c + c];
    for (index c = 0; c < b.shape.c; ++c) out[a.shape.c + c] = b[p * b.shape.c + c];
  }
}

template <class T>
void concat_backward(In<T> dy, index first, Out<T> dx) {
  const index channels = dx.view.shape.c;
  for (index p = 0; p < dy.shape.pixels(); ++p) {
    for (index c = 0; c < channels; ++c) dx.put(p * channels + c, dy[p * dy.shape.c + first + c]);
  }
}

// The gradient of add is scale by 1 for both summands.
template <class T>
void add_forward(In<T> a, In<T> b, View<T> y) {
  for (index i = 0; i < y.numel(); ++i) y[i] = a[i] + b[i];
}
template <class On>
void run(const AddForward& k, On& on) {
  add_forward<typename On::Scalar>(on.in(k.a), on.in(k.b), on.view(k.y));
}

// scale by a constant: its own adjoint.
template <class T>
void scale(In<T> x, double factor, Out<T> y) {
  for (index i = 0; i < x.numel(); ++i) y.put(i, T(factor) * x[i]);
}
template <class On>
void run(const Scale& k, On& on) {
  scale<typename On::Scalar>(on.in(k.x), k.factor, on.out(k.y));
}

template <class T>
void multiply(In<T> a, In<T> b, Out<T> y) {
  for (index i = 0; i < a.numel(); ++i) y.put(i, a[i] * b[i]);
}
template <class On>
void run(const Multiply& k, On& on) {
  multiply<typename On::Scalar>(on.in(k.a), on.in(k.b), on.out(k.y));
}

// relu (Nair & Hinton 2010) and leaky_relu (Maas, Hannun, Ng 2013). Compared with <=, which is
// false for NaN: so a NaN passes as it is.
template <class T>
void relu_forward(In<T> x, View<T> y) {
  for (index i = 0; i < x.numel(); ++i) y[i] = real_part(x[i]) <= 0 ? T{0} : x[i];
}
template <class On>
void run(const ReluForward& k, On& on) {
  relu_forward<typename On::Scalar>(on.in(k.x), on.view(k.y));
}

template <class T>
void relu_backward(In<T> x, In<T> dy, Out<T> dx) {
  for (index i = 0; i < x.numel(); ++i) dx.put(i, real_part(x[i]) <= 0 ? T{0} : dy[i]);
}
template <class On>
void run(const ReluBackward& k, On& on) {
  relu_backward<typename On::Scalar>(on.in(k.x), on.in(k.dy), on.out(k.dx));
}

template <class T>
void leaky_relu_forward(In<T> x, double slope, View<T> y) {
  for (index i = 0; i < x.numel(); ++i) y[i] = real_part(x[i]) <= 0 ? T(slope) * x[i] : x[i];
}
template <class On>
void run(const LeakyReluForward& k, On& on) {
  leaky_relu_forward<typename On::Scalar>(on.in(k.x), k.slope, on.view(k.y));
}

template <class T>
void leaky_relu_backward(In<T> x, double slope, In<T> dy, Out<T> dx) {
  for (index i = 0; i < x.numel(); ++i) dx.put(i, real_part(x[i]) <= 0 ? T(slope) * dy[i] : dy[i]);
}
template <class On>
void run(const LeakyReluBackward& k, On& on) {
  leaky_relu_backward<typename On::Scalar>(on.in(k.x), k.slope, on.in(k.dy), on.out(k.dx));
}

template <class T>
void tanh_forward(In<T> x, View<T> y) {
  using math::tanh;  // and that of T, where it has one of its own
  for (index i = 0; i < x.numel(); ++i) y[i] = tanh(x[i]);
}
template <class On>
void run(const TanhForward& k, On& on) {
  tanh_forward<typename On::Scalar>(on.in(k.x), on.view(k.y));
}

template <class T>
void tanh_backward(In<T> y, In<T> dy, Out<T> dx) {
  for (index i = 0; i < y.numel(); ++i) dx.put(i, dy[i] * (T{1} - y[i] * y[i]));
}
template <class On>
void run(const TanhBackward& k, On& on) {
  tanh_backward<typename On::Scalar>(on.in(k.y), on.in(k.dy), on.out(k.dx));
}

// Inverted dropout (Srivastava et al. 2014). The mask is never stored: the i-th random number of
// the stream says whether value i is kept.
/// A value is dropped when its 32 random bits are below rate * 2^32.
inline std::uint32_t dropout_threshold(double rate) {
  return static_cast<std::uint32_t>(rate * 4294967296.0);
}

template <class T>
void dropout(In<T> x, double rate, const Rng& rng, Out<T> y, index skip = 0) {
  const std::uint32_t threshold = dropout_threshold(rate);
  const T keep = T(1.0 / (1.0 - rate));
  for (index i = 0; i < x.numel(); ++i) {
    const bool kept = rng.bits_at(static_cast<std::uint64_t>(skip + i)) >= threshold;
    y.put(i, kept ? x[i] * keep : T{0});
  }
}
template <class On>
void run(const Dropout& k, On& on) {
  dropout<typename On::Scalar>(on.in(k.x), k.rate, k.rng, on.out(k.y), k.skip);
}

}  // namespace nn::ref
