// Scalar specification of conv2d (docs/ops/conv2d.md). Each output is one chain over (kh, kw, Cin)
// in this order; the backward loops are the forward loops with the roles changed.
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
          T sum{0};
          for (index a = 0; a < s.kernel_h; ++a) {
            const index h = i * s.stride + a - s.pad.top;
            if (h < 0 || h >= x.shape.h) continue;
            for (index b = 0; b < s.kernel_w; ++b) {
              const index v = j * s.stride + b - s.pad.left;
              if (v < 0 || v >= x.shape.w) continue;
              for (index c = 0; c < x.shape.c; ++c) sum += x(n, h, v, c) * w(a, b, c, o);
            }
          }
          y(n, i, j, o) = bias.data == nullptr ? sum : sum + bias[o];
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
          T sum{0};
          for (index a = 0; a < s.kernel_h; ++a) {
            const index i = h + s.pad.top - a;  // = output row * stride
            if (i < 0 || i % s.stride != 0 || i / s.stride >= dy.shape.h) continue;
            for (index b = 0; b < s.kernel_w; ++b) {
              const index j = v + s.pad.left - b;
              if (j < 0 || j % s.stride != 0 || j / s.stride >= dy.shape.w) continue;
              for (index o = 0; o < dy.shape.c; ++o) {
                sum += dy(n, i / s.stride, j / s.stride, o) * w(a, b, c, o);
              }
            }
          }
          dx.put(at++, sum);
        }
      }
    }
  }
}

/// dw[a,b,c,o] = sum_{n,i,j} x[n, i*s + a - top, j*s + b - left, c] * dy[n,i,j,o]
template <class T>
void conv2d_backward_weight(const Conv2dSpec& s, In<T> x, In<T> dy, Out<T> dw) {
  index at = 0;
  for (index a = 0; a < s.kernel_h; ++a) {
    for (index b = 0; b < s.kernel_w; ++b) {
      for (index c = 0; c < x.shape.c; ++c) {
        for (index o = 0; o < dy.shape.c; ++o) {
          T sum{0};
          for (index n = 0; n < dy.shape.n; ++n) {
            for (index i = 0; i < dy.shape.h; ++i) {
              const index h = i * s.stride + a - s.pad.top;
              if (h < 0 || h >= x.shape.h) continue;
              for (index j = 0; j < dy.shape.w; ++j) {
                const index v = j * s.stride + b - s.pad.left;
                if (v < 0 || v >= x.shape.w) continue;
                sum += x(n, h, v, c) * dy(n, i, j, o);
              }
            }
          }
          dw.put(at++, sum);
        }
      }
    }
  }
}

/// db[o] = sum of dy[..., o]
template <class T>
void bias_backward(In<T> dy, Out<T> db) {
  for (index o = 0; o < dy.shape.c; ++o) {
    T sum{0};
    for (index p = 0; p < dy.shape.pixels(); ++p) sum += dy[p * dy.shape.c + o];
    db.put(o, sum);
  }
}

}  // namespace nn::ref
