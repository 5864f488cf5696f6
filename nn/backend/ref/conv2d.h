// Scalar specification of conv2d (docs/learn/ops/conv2d.md). Each output is one chain of
// multiply-adds over (kh, kw, Cin) in this order, from the bias or from what is there; the backward
// loops are the forward loops with the roles changed.
#pragma once

#include "nn/backend/ref/view.h"

namespace nn::ref {

/// y[n,i,j,o] = bias[o] + sum_{a,b,c} x[n, i*s + a - top, j*s + b - left, c] * w[a,b,c,o]
template <class T>
void conv2d_forward(const Conv2dSpec& s, In<T> x, In<T> w, In<T> bias, View<T> y) {
  for (index n = 0; n < y.shape.n; ++n) {
    for (index i = 0; i < y.shape.h; ++i) {
      for (index j = 0; j < y.shape.w; ++j) {
        for (index o = 0; o < y.shape.c; ++o) {
          T sum = bias.data == nullptr ? T{0} : bias[o];
          for (index a = 0; a < s.kernel_h; ++a) {
            const index h = i * s.stride + a - s.pad.top;
            if (h < 0 || h >= x.shape.h) continue;
            for (index b = 0; b < s.kernel_w; ++b) {
              const index v = j * s.stride + b - s.pad.left;
              if (v < 0 || v >= x.shape.w) continue;
              for (index c = 0; c < x.shape.c; ++c) {
                sum = multiply_add(x(n, h, v, c), w(a, b, c, o), sum);
              }
            }
          }
          y(n, i, j, o) = sum;
        }
      }
    }
  }
}

/// dx[n,h,v,c] = sum over the outputs (i, j) and taps (a, b) that read pixel (h, v).
template <class T>
void conv2d_backward_data(const Conv2dSpec& s, In<T> dy, In<T> w, Out<T> dx) {
  const Shape& xs = dx.view.shape;
  index at = 0;
  for (index n = 0; n < xs.n; ++n) {
    for (index h = 0; h < xs.h; ++h) {
      for (index v = 0; v < xs.w; ++v) {
        for (index c = 0; c < xs.c; ++c) {
          T sum = dx.start(at);
          for (index a = 0; a < s.kernel_h; ++a) {
            const index i = h + s.pad.top - a;  // = output row * stride
            if (i < 0 || i % s.stride != 0 || i / s.stride >= dy.shape.h) continue;
            for (index b = 0; b < s.kernel_w; ++b) {
              const index j = v + s.pad.left - b;
              if (j < 0 || j % s.stride != 0 || j / s.stride >= dy.shape.w) continue;
              for (index o = 0; o < dy.shape.c; ++o) {
                sum = multiply_add(dy(n, i / s.stride, j / s.stride, o), w(a, b, c, o), sum);
              }
            }
          }
          dx.view[at++] = sum;
        }
      }
    }
  }
}

/// A sum over the pixels of an image in parts of kChainPixels: each part is a chain, and the parts
/// are added in order. The first one starts from what is there.
template <class T>
class PixelSum {
 public:
  explicit PixelSum(T start) : sum_(start) {}
  /// Adds a * b at a pixel; pixels come in order.
  void add(index pixel, const T& a, const T& b) {
    if (pixel < kChainPixels) {
      sum_ = multiply_add(a, b, sum_);
      return;
    }
    if (pixel / kChainPixels != number_) {
      sum_ += part_;
      part_ = T{0};
      number_ = pixel / kChainPixels;
    }
    part_ = multiply_add(a, b, part_);
  }
  T total() const { return sum_ + part_; }

 private:
  T sum_;
  T part_{0};
  index number_ = 0;
};

namespace detail {

/// The sum over one image: dw[a,b,c,o] = sum_{i,j} x[i*s + a - top, j*s + b - left, c] * dy[i,j,o]
template <class T>
void weights_of_image(const Conv2dSpec& s, View<const T> x, View<const T> dy, Out<T> dw) {
  index at = 0;
  for (index a = 0; a < s.kernel_h; ++a) {
    for (index b = 0; b < s.kernel_w; ++b) {
      for (index c = 0; c < x.shape.c; ++c) {
        for (index o = 0; o < dy.shape.c; ++o) {
          PixelSum<T> sum(dw.start(at));
          for (index p = 0; p < dy.shape.pixels(); ++p) {
            const index h = p / dy.shape.w * s.stride + a - s.pad.top;
            const index v = p % dy.shape.w * s.stride + b - s.pad.left;
            if (h < 0 || h >= x.shape.h || v < 0 || v >= x.shape.w) continue;
            sum.add(p, x(0, h, v, c), dy[p * dy.shape.c + o]);
          }
          dw.view[at++] = sum.total();
        }
      }
    }
  }
}

/// The sum over one image.
template <class T>
void bias_of_image(View<const T> dy, Out<T> db) {
  for (index o = 0; o < dy.shape.c; ++o) {
    T sum{0};
    for (index p = 0; p < dy.shape.pixels(); ++p) sum += dy[p * dy.shape.c + o];
    db.put(o, sum);
  }
}

}  // namespace detail

/// dw[a,b,c,o] = sum_{n,i,j} x[n, i*s + a - top, j*s + b - left, c] * dy[n,i,j,o]
template <class T>
void conv2d_backward_weight(const Conv2dSpec& s, In<T> x, In<T> dy, Out<T> dw) {
  over_images(x.shape.n, dw, [&](index n, Out<T> sum) {
    detail::weights_of_image<T>(s, x.image(n), dy.image(n), sum);
  });
}

/// db[o] = sum of dy[..., o]
template <class T>
void bias_backward(In<T> dy, Out<T> db) {
  over_images(dy.shape.n, db,
              [&](index n, Out<T> sum) { detail::bias_of_image<T>(dy.image(n), sum); });
}

}  // namespace nn::ref
