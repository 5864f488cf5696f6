// What the scalar specification works on: a shape and a pointer of any scalar type, float, double
// or complex<double>. No blocking, no vectors, no threads: this folder is to be obviously right.
#pragma once

#include <cmath>
#include <type_traits>
#include <vector>

#include "nn/backend/kernels.h"
#include "nn/core/image_tree.h"

namespace nn::ref {

template <class T>
struct View {
  Shape shape;
  T* data = nullptr;

  T& operator()(index n, index h, index w, index c) const {
    return data[((n * shape.h + h) * shape.w + w) * shape.c + c];
  }
  T& operator[](index i) const { return data[i]; }
  index numel() const { return shape.numel(); }
  /// Image n by itself.
  View image(index n) const {
    const Shape one{1, shape.h, shape.w, shape.c};
    return {one, data + n * one.numel()};
  }
  // NOLINTNEXTLINE(google-explicit-constructor): a view of T is a view of const T
  operator View<const T>() const requires(!std::is_const_v<T>) { return {shape, data}; }
};

/// Where a gradient goes; `data` null: nobody asked.
template <class T>
struct Out {
  View<T> view;
  Write write = Write::set;
  explicit operator bool() const { return view.data != nullptr; }
  /// What a sum that is added up in place starts from.
  T start(index i) const { return write == Write::set ? T{0} : view.data[i]; }
  void put(index i, T value) const {
    if (write == Write::set) {
      view.data[i] = value;
    } else {
      view.data[i] += value;
    }
  }
};

/// A kernel's tensors as views, to run the specification on them. Bounds have another one, for
/// numbers that know their error (nn/backend/bounds_pointwise.cpp).
struct OnTensors {
  using Scalar = real;
  static View<const real> in(const Tensor& t) { return {t.shape(), t.data()}; }
  static Out<real> out(Destination d) {
    return d ? Out<real>{{d.tensor->shape(), d.tensor->data()}, d.write} : Out<real>{};
  }
  /// Where a kernel only ever sets.
  static View<real> view(Destination d) { return out(d).view; }
};

/// Lets a caller pass View<T> where View<const T> is expected.
template <class T>
using In = View<const std::type_identity_t<T>>;

/// out = the sum over images of what sum(n, Out) writes for image n, in the order of image_tree.h.
/// A single image's sum may start from what is there; several images' sums are formed from zero.
template <class T, class F>
void over_images(index images, Out<T> out, const F& sum) {
  if (images == 1) return sum(0, out);
  const auto size = static_cast<std::size_t>(out.view.numel());
  std::vector<std::vector<T>> slots(static_cast<std::size_t>(tree_slots(images)),
                                    std::vector<T>(size));
  const auto slot = [&](index k) -> std::vector<T>& { return slots[static_cast<std::size_t>(k)]; };
  walk_images(0, images, [&](index n, index first, index joins) {
    sum(n, Out<T>{{out.view.shape, slot(first + joins).data()}, Write::set});
    for (index k = first + joins - 1; k >= first; --k) {
      for (std::size_t i = 0; i < size; ++i) slot(k)[i] += slot(k + 1)[i];
    }
  });
  for (std::size_t i = 0; i < size; ++i) out.put(static_cast<index>(i), slot(0)[i]);
}

/// a * b + sum; in float rounded once, as the fast kernels do, so that both give the same bits.
template <class T>
T multiply_add(const T& a, const T& b, const T& sum) {
  if constexpr (std::is_same_v<T, float>) {
    return std::fma(a, b, sum);
  } else {
    return a * b + sum;
  }
}

/// The real part: what kinks branch on, so that the complex step sees the side that the real
/// argument is on.
template <class T>
auto real_part(const T& x) {
  if constexpr (requires { x.real(); }) {
    return x.real();
  } else {
    return x;
  }
}

}  // namespace nn::ref
