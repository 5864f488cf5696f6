// The gradient of a bias: db[c] = sum of dy[..., c] over all pixels. Parts are of 512 pixels; the
// images' sums are floats and are added in the order of the tree (nn/core/image_tree.h).
#include "nn/backend/gpu/kernels/channel_sums.h"
#include "nn/backend/gpu/kernels/tree.h"

namespace nn::gpu {

GPU_KERNEL(kChannelThreads, bias_parts, ChannelParts s, const float* dy, float* sums) {
  sum_part(s, sums, [&](int i) { return dy[i]; });
}

/// Thread c adds up channel c.
GPU_KERNEL(kChannelThreads, bias_sum, ChannelParts s, const float* sums, Store db) {
  const int c = global_index();
  if (c >= s.channels) return;
  db.put(c, tree_sum<float>(0, s.images, [&](int image) {
           return static_cast<float>(image_sum(s, sums, image, c));
         }));
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
#include "nn/backend/gpu/gpu_backend.h"

namespace nn::gpu {

void GpuBackend::run(const BiasBackward& k) const {
  const Shape& shape = k.dy.shape();
  const ChannelParts s(count_of(shape.n), count_of(shape.h * shape.w), count_of(shape.c), 512);
  const int groups = ceil_div(s.channels, kChannelThreads);
  Call c = call();
  auto* sums = c.workspace<float>(index{s.parts()} * s.channels);
  c.launch(bias_parts, {s.parts(), groups}, s, c.in(k.dy), sums);
  c.launch(bias_sum, {groups}, s, sums, c.out(k.db));
  c.finish();
}

}  // namespace nn::gpu
#endif
