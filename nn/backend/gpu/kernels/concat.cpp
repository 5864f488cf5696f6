// Concatenation along channels. Thread i computes value i of the result: channel i % C of pixel
// i / C. Formulas: nn/backend/ref/elementwise.h.
#include "nn/backend/gpu/kernel.h"

namespace nn::gpu {

/// Channels of a, then channels of b.
GPU_KERNEL(256, concat_forward, int count, const float* a, int a_channels, const float* b,
           int b_channels, Store y) {
  const int i = global_index();
  if (i >= count) return;
  const int pixel = i / (a_channels + b_channels);
  const int c = i % (a_channels + b_channels);
  y.put(i, c < a_channels ? a[pixel * a_channels + c] : b[pixel * b_channels + c - a_channels]);
}

/// Channels [first, first + channels) of dy, which has `all` of them.
GPU_KERNEL(256, concat_backward, int count, const float* dy, int all, int first, int channels,
           Store dx) {
  const int i = global_index();
  if (i < count) dx.put(i, dy[i / channels * all + first + i % channels]);
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
#include "nn/backend/gpu/gpu_backend.h"

namespace nn::gpu {

void GpuBackend::run(const ConcatForward& k) const {
  Call c = call();
  c.each(concat_forward, k.y, c.in(k.a), count_of(k.a.shape().c), c.in(k.b),
         count_of(k.b.shape().c));
}

void GpuBackend::run(const ConcatBackward& k) const {
  Call c = call();
  c.each(concat_backward, k.dx, c.in(k.dy), count_of(k.dy.shape().c), count_of(k.first),
         count_of(k.dx.tensor->shape().c));
}

}  // namespace nn::gpu
#endif
