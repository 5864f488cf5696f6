#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

void CpuBackend::concat_forward(const Tensor& a, const Tensor& b, Tensor& y) const {
  const index ca = a.shape().c;
  const index cb = b.shape().c;
  parallel_chunks(y.shape().pixels(), 1024, [&](index begin, index end) {
    for (index p = begin; p < end; ++p) {
      float* out = y.data() + p * (ca + cb);
      std::copy_n(a.data() + p * ca, ca, out);
      std::copy_n(b.data() + p * cb, cb, out + ca);
    }
  });
}

void CpuBackend::concat_backward(const Tensor& dy, index first, GradOut dx) const {
  const index total = dy.shape().c;
  const index channels = dx.tensor->shape().c;
  parallel_chunks(dy.shape().pixels(), 1024, [&](index begin, index end) {
    for (index p = begin; p < end; ++p) {
      const float* src = dy.data() + p * total + first;
      float* out = dx.tensor->data() + p * channels;
      if (dx.write == Write::set) {
        std::copy_n(src, channels, out);
      } else {
        for (index c = 0; c < channels; ++c) out[c] += src[c];
      }
    }
  });
}

}  // namespace nn
