// Scalar specification of conv_transpose2d (docs/learn/ops/conv_transpose2d.md), written from its
// own definition, as a scatter, and not through conv2d: that the two are adjoint is then a test.
// Weights (kh, kw, Cout, Cin).
#pragma once

#include <algorithm>
#include <vector>

#include "nn/backend/ref/conv2d.h"

namespace nn::ref {

namespace detail {

/// Calls f(n, i, j, a, b, h, v) for every tap and input pixel (i, j) that lands inside the output
/// at (h, v) = (i*s + a - top, j*s + b - left). Taps outermost: no output hears twice from one tap,
/// so this makes each output's sum run over the taps in order.
template <class F>
void for_each_landing(const Conv2dSpec& s, const Shape& in, const Shape& out, F f) {
  for (index a = 0; a < s.kernel_h; ++a) {
    for (index b = 0; b < s.kernel_w; ++b) {
      for (index n = 0; n < in.n; ++n) {
        for (index i = 0; i < in.h; ++i) {
          const index h = i * s.stride + a - s.pad.top;
          if (h < 0 || h >= out.h) continue;
          for (index j = 0; j < in.w; ++j) {
            const index v = j * s.stride + b - s.pad.left;
            if (v < 0 || v >= out.w) continue;
            f(n, i, j, a, b, h, v);
          }
        }
      }
    }
  }
}

}  // namespace detail

/// Each input pixel paints its kernel: y[n, i*s + a - top, j*s + b - left, o] += x[n,i,j,c]
/// w[a,b,o,c]
template <class T>
void conv_transpose2d_forward(const Conv2dSpec& s, In<T> x, In<T> w, In<T> bias, View<T> y) {
  for (index k = 0; k < y.numel(); ++k) y[k] = bias.data == nullptr ? T{0} : bias[k % y.shape.c];
  detail::for_each_landing(s, x.shape, y.shape,
                           [&](index n, index i, index j, index a, index b, index h, index v) {
                             for (index o = 0; o < y.shape.c; ++o) {
                               T& sum = y(n, h, v, o);
                               for (index c = 0; c < x.shape.c; ++c) {
                                 sum = multiply_add(x(n, i, j, c), w(a, b, o, c), sum);
                               }
                             }
                           });
}

/// dx[n,i,j,c] = sum_{a,b,o} dy[n, i*s + a - top, j*s + b - left, o] w[a,b,o,c]
template <class T>
void conv_transpose2d_backward_data(const Conv2dSpec& s, In<T> dy, In<T> w, Out<T> dx) {
  const View<T>& out = dx.view;
  if (dx.write == Write::set) std::fill_n(out.data, out.numel(), T{0});
  detail::for_each_landing(s, out.shape, dy.shape,
                           [&](index n, index i, index j, index a, index b, index h, index v) {
                             for (index c = 0; c < out.shape.c; ++c) {
                               T& sum = out(n, i, j, c);
                               for (index o = 0; o < dy.shape.c; ++o) {
                                 sum = multiply_add(dy(n, h, v, o), w(a, b, o, c), sum);
                               }
                             }
                           });
}

namespace detail {

/// The sum over one image, in the parts of PixelSum (conv2d.h).
template <class T>
void transposed_weights_of_image(const Conv2dSpec& s, View<const T> x, View<const T> dy,
                                 Out<T> dw) {
  const View<T>& out = dw.view;
  std::vector<PixelSum<T>> sums;
  for (index i = 0; i < out.numel(); ++i) sums.emplace_back(dw.start(i));
  for_each_landing(
      s, x.shape, dy.shape, [&](index n, index i, index j, index a, index b, index h, index v) {
        const index pixel = i * x.shape.w + j;
        for (index o = 0; o < dy.shape.c; ++o) {
          for (index c = 0; c < x.shape.c; ++c) {
            const index at = ((a * s.kernel_w + b) * dy.shape.c + o) * x.shape.c + c;
            sums[static_cast<std::size_t>(at)].add(pixel, dy(n, h, v, o), x(n, i, j, c));
          }
        }
      });
  for (index i = 0; i < out.numel(); ++i) out[i] = sums[static_cast<std::size_t>(i)].total();
}

}  // namespace detail

/// dw[a,b,o,c] = sum_{n,i,j} dy[n, i*s + a - top, j*s + b - left, o] x[n,i,j,c]
template <class T>
void conv_transpose2d_backward_weight(const Conv2dSpec& s, In<T> x, In<T> dy, Out<T> dw) {
  over_images(x.shape.n, dw, [&](index n, Out<T> sum) {
    detail::transposed_weights_of_image<T>(s, x.image(n), dy.image(n), sum);
  });
}

}  // namespace nn::ref
