// Normalisations over groups of consecutive images, with what follows them in the same pass.
// Formulas: nn/backend/ref/norm.h. Parts are of about 8192 values (channel_sums.h); a group's sum
// is the sum of its images in double, in the order of the tree (nn/core/image_tree.h).
//
// Forward: sums of the parts, the mean, sums of squares around it, 1 / sqrt(variance + eps), y.
// Back: sums of the parts of dz and dz * xhat, then dgamma, dbeta and the means, then dx.
// A batch may be spread over ranks. Then `norm_group_sums` forms this rank's sums of each group,
// and the host joins them with those of the other ranks.
//
// Kernels over all values: thread i computes value i. Kernels over channels: thread c adds up
// channel c of one group, block_y().
#include "nn/backend/gpu/kernels/bend.h"
#include "nn/backend/gpu/kernels/channel_sums.h"
#include "nn/backend/gpu/kernels/tree.h"

namespace nn::gpu {

/// The sum of channel c over the images of a group.
GPU_DEVICE double group_sum(const ChannelParts& s, int group_images, int group, int c,
                            const float* sums) {
  return tree_sum<double>(group * group_images, group_images,
                          [&](int image) { return image_sum(s, sums, image, c); });
}

GPU_KERNEL(kChannelThreads, norm_sums, ChannelParts s, const float* x, float* sums) {
  sum_part(s, sums, [&](int i) { return x[i]; });
}

/// Around the mean, not the sum of squares minus the square of the sum: that one cancels.
GPU_KERNEL(kChannelThreads, norm_squares, ChannelParts s, int group_images, const float* x,
           const float* mean, float* sums) {
  const int group = block_x() / s.per_image / group_images;
  sum_part(s, sums, [&](int i) {
    const float d = x[i] - mean[group * s.channels + own_channel()];
    return d * d;
  });
}

/// The sums of a group of `pixels` pixels: of its parts, or those that ranks have joined.
struct GroupSums {
  ChannelParts s;
  int images;
  double pixels;
  const float* of_parts;
  const double* joined;  ///< null in one process
  GPU_DEVICE double operator()(int group, int c) const {
    return joined != nullptr ? joined[group * s.channels + c]
                             : group_sum(s, images, group, c, of_parts);
  }
};

GPU_KERNEL(kChannelThreads, norm_group_sums, GroupSums sums, double* out) {
  const int c = global_index();
  if (c < sums.s.channels) out[block_y() * sums.s.channels + c] = sums(block_y(), c);
}

GPU_KERNEL(kChannelThreads, norm_mean, GroupSums sums, float* mean) {
  const int c = global_index();
  if (c >= sums.s.channels) return;
  mean[block_y() * sums.s.channels + c] = static_cast<float>(sums(block_y(), c) / sums.pixels);
}

GPU_KERNEL(kChannelThreads, norm_inverse, GroupSums squares, double eps, float* inv_std) {
  const int c = global_index();
  if (c >= squares.s.channels) return;
  const double variance = squares(block_y(), c) / squares.pixels;
  inv_std[block_y() * squares.s.channels + c] = static_cast<float>(1.0 / sqrt(variance + eps));
}

GPU_KERNEL(kChannelThreads, norm_running, int channels, const float* mean, const float* inv_std,
           double eps, double momentum, double unbiased, float* running_mean, float* running_var) {
  const int c = global_index();
  if (c >= channels) return;
  const auto follow = [&](float& running, double value) {
    running = static_cast<float>(momentum * static_cast<double>(running) + (1 - momentum) * value);
  };
  const auto inverse = static_cast<double>(inv_std[c]);
  const double variance = 1 / (inverse * inverse) - eps;
  follow(running_mean[c], static_cast<double>(mean[c]));
  follow(running_var[c], (variance > 0 ? variance : 0.0) * unbiased);
}

/// What a kernel over all values knows of the group of each.
struct NormSizes {
  int count, channels, group_size;  ///< group_size: values of a group
  /// Where the statistics of value i are.
  GPU_DEVICE int statistic(int i) const { return i / group_size * channels + i % channels; }
};

GPU_KERNEL(256, norm_apply, NormSizes s, const float* x, const float* gamma, const float* beta,
           const float* mean, const float* inv_std, const float* added, Bend bend, float* y) {
  const int i = global_index();
  if (i >= s.count) return;
  const int c = i % s.channels;
  const int at = s.statistic(i);
  float z = gamma[c] * ((x[i] - mean[at]) * inv_std[at]) + beta[c];
  if (added != nullptr) z = z + added[i];
  y[i] = bend(z, z);
}

/// What the backward pass reads. dz = bend(sign, dy).
struct NormInputs {
  const float* x;
  const float* mean;
  const float* inv_std;
  const float* sign;
  const float* dy;
  Bend bend;
  GPU_DEVICE float dz(int i) const { return bend(sign[i], dy[i]); }
  GPU_DEVICE float xhat(int i, int at) const { return (x[i] - mean[at]) * inv_std[at]; }
};

GPU_KERNEL(kChannelThreads, norm_backward_sums, ChannelParts s, int group_images, NormInputs in,
           float* sums_dz, float* sums_dz_xhat) {
  const int at = block_x() / s.per_image / group_images * s.channels + own_channel();
  sum_part(s, sums_dz, [&](int i) { return in.dz(i); });
  sum_part(s, sums_dz_xhat, [&](int i) { return in.dz(i) * in.xhat(i, at); });
}

/// A gradient of gamma or beta: the images' sums as floats, added up over the batch.
GPU_KERNEL(kChannelThreads, norm_backward_vector, ChannelParts s, const float* sums, Store d) {
  const int c = global_index();
  if (c >= s.channels) return;
  d.put(c, tree_sum<float>(0, s.images, [&](int image) {
          return static_cast<float>(image_sum(s, sums, image, c));
        }));
}

/// dx = gamma * inv_std * (dz - mean(dz) - xhat * mean(dz * xhat))
GPU_KERNEL(256, norm_backward_x, NormSizes s, NormInputs in, const float* gamma,
           const float* mean_dz, const float* mean_dz_xhat, Store dx) {
  const int i = global_index();
  if (i >= s.count) return;
  const int at = s.statistic(i);
  const float gain = gamma[i % s.channels] * in.inv_std[at];
  dx.put(i, gain * (in.dz(i) - mean_dz[at] - in.xhat(i, at) * mean_dz_xhat[at]));
}

GPU_KERNEL(256, norm_backward_added, int count, NormInputs in, Store dadded) {
  const int i = global_index();
  if (i < count) dadded.put(i, in.dz(i));
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
#include "nn/backend/gpu/gpu_backend.h"
#include "nn/ranks/shared_batch.h"

namespace nn::gpu {
namespace {

/// The sizes of a norm over `groups` groups of the images of x, for all its kernels.
struct NormPlan {
  ChannelParts parts;
  int groups, group_images;
  NormSizes sizes;
  Grid part_grid, channel_grid, value_grid;

  NormPlan(index groups_wanted, const Shape& x)
      : parts(count_of(x.n), count_of(x.h * x.w), count_of(x.c),
              static_cast<int>(std::max<index>(1, 8192 / x.c))),
        groups(count_of(groups_wanted)),
        group_images(parts.images / groups),
        sizes{count_of(x.numel()), parts.channels, count_of(x.numel() / groups)},
        part_grid{parts.parts(), ceil_div(parts.channels, kChannelThreads)},
        channel_grid{part_grid.y, groups},
        value_grid(blocks_of(x.numel(), 256)) {}

  index partial_sums() const { return index{parts.parts()} * parts.channels; }

  /// The sum of each group over its parts, and over all ranks.
  GroupSums groups_of(Call& c, const float* of_parts, SharedBatch* batch) const {
    const auto images = static_cast<double>(batch == nullptr ? group_images : batch->images());
    GroupSums sums{parts, group_images, images * parts.image_pixels, of_parts, nullptr};
    if (batch == nullptr) return sums;
    auto* joined = c.workspace<double>(index{groups} * parts.channels);
    c.launch(norm_group_sums, channel_grid, sums, joined);
    c.join(*batch, joined, index{groups} * parts.channels);
    sums.joined = joined;
    return sums;
  }
};

Bend bend_of(double slope) { return {static_cast<float>(slope), slope == 0}; }

}  // namespace

void GpuBackend::run(const NormForward& k) const {
  const NormPlan plan(k.groups, k.x.shape());
  Call c = call();
  auto* sums = c.workspace<float>(plan.partial_sums());
  const float* x = c.in(k.x);
  float* mean = c.out(k.mean).to;
  float* inv_std = c.out(k.inv_std).to;
  c.launch(norm_sums, plan.part_grid, plan.parts, x, sums);
  c.launch(norm_mean, plan.channel_grid, plan.groups_of(c, sums, k.batch), mean);
  c.launch(norm_squares, plan.part_grid, plan.parts, plan.group_images, x, mean, sums);
  c.launch(norm_inverse, plan.channel_grid, plan.groups_of(c, sums, k.batch), k.eps, inv_std);
  c.launch(norm_apply, plan.value_grid, plan.sizes, x, c.in(k.gamma), c.in(k.beta), mean, inv_std,
           c.in(k.then.added), bend_of(k.then.slope), c.out(k.y).to);
  c.finish();
}

void GpuBackend::run(const NormInference& k) const {
  const NormPlan plan(k.groups, k.x.shape());
  Call c = call();
  c.launch(norm_apply, plan.value_grid, plan.sizes, c.in(k.x), c.in(k.gamma), c.in(k.beta),
           c.in(k.mean), c.in(k.inv_std), c.in(k.then.added), bend_of(k.then.slope), c.out(k.y).to);
  c.finish();
}

void GpuBackend::run(const RunningStatistics& k) const {
  Call c = call();
  const int channels = count_of(k.mean.numel());
  c.launch(norm_running, blocks_of(channels, kChannelThreads), channels, c.in(k.mean),
           c.in(k.inv_std), k.eps, k.momentum, k.unbiased, c.out(k.running_mean).to,
           c.out(k.running_var).to);
  c.finish();
}

void GpuBackend::run(const NormBackward& k) const {
  const NormPlan plan(k.groups, k.x.shape());
  Call c = call();
  // With slope 1 dz is dy whatever the sign.
  const NormInputs in{c.in(k.x),  c.in(k.mean),    c.in(k.inv_std), c.in(k.slope == 1 ? k.dy : k.y),
                      c.in(k.dy), bend_of(k.slope)};
  auto* sums_dz = c.workspace<float>(plan.partial_sums());
  auto* sums_dz_xhat = c.workspace<float>(plan.partial_sums());
  c.launch(norm_backward_sums, plan.part_grid, plan.parts, plan.group_images, in, sums_dz,
           sums_dz_xhat);
  const Grid channels{plan.channel_grid.x};
  if (k.dgamma) {
    c.launch(norm_backward_vector, channels, plan.parts, sums_dz_xhat, c.out(k.dgamma));
  }
  if (k.dbeta) c.launch(norm_backward_vector, channels, plan.parts, sums_dz, c.out(k.dbeta));
  if (k.dadded) {
    c.launch(norm_backward_added, plan.value_grid, plan.sizes.count, in, c.out(k.dadded));
  }
  if (k.dx) {
    auto* mean_dz = c.workspace<float>(k.mean.numel());
    auto* mean_dz_xhat = c.workspace<float>(k.mean.numel());
    for (const auto& [sums, mean] : {std::pair{sums_dz, mean_dz}, {sums_dz_xhat, mean_dz_xhat}}) {
      c.launch(norm_mean, plan.channel_grid, plan.groups_of(c, sums, k.batch), mean);
    }
    c.launch(norm_backward_x, plan.value_grid, plan.sizes, in, c.in(k.gamma), mean_dz, mean_dz_xhat,
             c.out(k.dx));
  }
  c.finish();
}

}  // namespace nn::gpu
#endif
