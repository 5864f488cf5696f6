#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

void CpuBackend::run(const ConcatForward& k) const {
  const index ca = k.a.shape().c;
  const index cb = k.b.shape().c;
  Tensor& y = *k.y.tensor;
  parallel_chunks(y.shape().pixels(), 1024, [&](index begin, index end) {
    for (index p = begin; p < end; ++p) {
      float* out = y.data() + p * (ca + cb);
      std::copy_n(k.a.data() + p * ca, ca, out);
      std::copy_n(k.b.data() + p * cb, cb, out + ca);
    }
  });
}

void CpuBackend::run(const ConcatBackward& k) const {
  const index total = k.dy.shape().c;
  const index channels = k.dx.tensor->shape().c;
  parallel_chunks(k.dy.shape().pixels(), 1024, [&](index begin, index end) {
    for (index p = begin; p < end; ++p) {
      const float* src = k.dy.data() + p * total + k.first;
      float* out = k.dx.tensor->data() + p * channels;
      if (k.dx.write == Write::set) {
        std::copy_n(src, channels, out);
      } else {
        for (index c = 0; c < channels; ++c) out[c] += src[c];
      }
    }
  });
}

}  // namespace nn
