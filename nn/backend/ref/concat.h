// Scalar specification of concat along channels (docs/learn/ops/concat.md).
#pragma once

#include "nn/backend/ref/view.h"

namespace nn::ref {

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

}  // namespace nn::ref
