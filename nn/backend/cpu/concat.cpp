#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

void CpuBackend::run(const ConcatForward& k) const {
  const index ca = k.a.shape().c;
  const index cb = k.b.shape().c;
  const float* a = k.a.data();
  const float* b = k.b.data();
  float* y = k.y.tensor->data();
  parallel_chunks(k.y.tensor->shape().pixels(), 1024, [&](index begin, index end) {
    for (index p = begin; p < end; ++p) {
      float* out = y + p * (ca + cb);
      std::copy_n(a + p * ca, ca, out);
      std::copy_n(b + p * cb, cb, out + ca);
    }
  });
}

void CpuBackend::run(const ConcatBackward& k) const {
  const index total = k.dy.shape().c;
  const index channels = k.dx.tensor->shape().c;
  const float* dy = k.dy.data() + k.first;
  float* dx = k.dx.tensor->data();
  parallel_chunks(k.dy.shape().pixels(), 1024, [&](index begin, index end) {
    for (index p = begin; p < end; ++p) {
      const float* src = dy + p * total;
      float* out = dx + p * channels;
      if (k.dx.write == Write::set) {
        std::copy_n(src, channels, out);
      } else {
        for (index c = 0; c < channels; ++c) out[c] += src[c];
      }
    }
  });
}

}  // namespace nn
