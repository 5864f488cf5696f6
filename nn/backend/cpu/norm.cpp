#include "nn/backend/cpu/norm.h"

#include <cmath>
#include <vector>

#include "nn/backend/cpu/loops.h"

namespace nn::cpu {
namespace {

/// How the pixels of all groups are cut: parts of equal size that never cross a group, about 8192
/// values each.
struct Parts {
  index group_pixels, part_pixels, per_group, total;

  Parts(index groups, const Shape& x) {
    group_pixels = x.pixels() / groups;
    part_pixels = std::max<index>(1, 8192 / x.c);
    per_group = (group_pixels + part_pixels - 1) / part_pixels;
    total = groups * per_group;
  }

  /// body(part, group, first pixel, last pixel)
  template <class F>
  void for_each(const F& body) const {
    parallel_for(total, [&](index part) {
      const index g = part / per_group;
      const index begin = part % per_group * part_pixels;
      const index end = std::min(begin + part_pixels, group_pixels);
      body(part, g, g * group_pixels + begin, g * group_pixels + end);
    });
  }
};

/// sum[g, c] over the parts of a group, in order and in double.
std::vector<double> combine(const Parts& parts, index groups, index channels,
                            const Tensor& partial) {
  std::vector<double> sums(static_cast<std::size_t>(groups * channels));
  parallel_for(groups, [&](index g) {
    for (index q = 0; q < parts.per_group; ++q) {
      const float* row = partial.data() + (g * parts.per_group + q) * channels;
      double* sum = sums.data() + g * channels;
      for (index c = 0; c < channels; ++c) sum[c] += static_cast<double>(row[c]);
    }
  });
  return sums;
}

}  // namespace

void norm_forward(index groups, const Tensor& x, const Tensor& gamma, const Tensor& beta,
                  double eps, Tensor& y, Tensor& mean, Tensor& inv_std) {
  const index channels = x.shape().c;
  const Parts parts(groups, x.shape());
  const auto m = static_cast<double>(parts.group_pixels);
  Tensor partial = Tensor::zeros({1, 1, parts.total, channels});

  parts.for_each([&](index part, index, index first, index last) {
    float* sum = partial.data() + part * channels;
    for (index p = first; p < last; ++p) {
      const float* row = x.data() + p * channels;
      for (index c = 0; c < channels; ++c) sum[c] += row[c];
    }
  });
  const std::vector<double> sums = combine(parts, groups, channels, partial);
  for (std::size_t k = 0; k < sums.size(); ++k) mean.data()[k] = static_cast<float>(sums[k] / m);

  // Around the mean, not sum of squares minus square of sum: that one cancels.
  partial.fill(0);
  parts.for_each([&](index part, index g, index first, index last) {
    float* sum = partial.data() + part * channels;
    const float* mu = mean.data() + g * channels;
    for (index p = first; p < last; ++p) {
      const float* row = x.data() + p * channels;
      for (index c = 0; c < channels; ++c) {
        const float d = row[c] - mu[c];
        sum[c] += d * d;
      }
    }
  });
  const std::vector<double> squares = combine(parts, groups, channels, partial);
  for (std::size_t k = 0; k < squares.size(); ++k) {
    inv_std.data()[k] = static_cast<float>(1.0 / std::sqrt(squares[k] / m + eps));
  }
  norm_apply(groups, x, gamma, beta, mean, inv_std, y);
}

void norm_apply(index groups, const Tensor& x, const Tensor& gamma, const Tensor& beta,
                const Tensor& mean, const Tensor& inv_std, Tensor& y) {
  const index channels = x.shape().c;
  const Parts parts(groups, x.shape());
  parts.for_each([&](index, index g, index first, index last) {
    const float* mu = mean.data() + g * channels;
    const float* inverse = inv_std.data() + g * channels;
    for (index p = first; p < last; ++p) {
      const float* row = x.data() + p * channels;
      float* out = y.data() + p * channels;
      for (index c = 0; c < channels; ++c) {
        out[c] = gamma.data()[c] * ((row[c] - mu[c]) * inverse[c]) + beta.data()[c];
      }
    }
  });
}

void norm_backward(index groups, const Tensor& x, const Tensor& gamma, const Tensor& mean,
                   const Tensor& inv_std, const Tensor& dy, GradOut dx, GradOut dgamma,
                   GradOut dbeta) {
  const index channels = x.shape().c;
  const Parts parts(groups, x.shape());
  const auto m = static_cast<double>(parts.group_pixels);
  Tensor partial_dy = Tensor::zeros({1, 1, parts.total, channels});
  Tensor partial_dy_xhat = Tensor::zeros({1, 1, parts.total, channels});
  parts.for_each([&](index part, index g, index first, index last) {
    float* sum_dy = partial_dy.data() + part * channels;
    float* sum_dy_xhat = partial_dy_xhat.data() + part * channels;
    const float* mu = mean.data() + g * channels;
    const float* inverse = inv_std.data() + g * channels;
    for (index p = first; p < last; ++p) {
      const float* row = x.data() + p * channels;
      const float* grad = dy.data() + p * channels;
      for (index c = 0; c < channels; ++c) {
        sum_dy[c] += grad[c];
        sum_dy_xhat[c] += grad[c] * ((row[c] - mu[c]) * inverse[c]);
      }
    }
  });
  const std::vector<double> dy_sums = combine(parts, groups, channels, partial_dy);
  const std::vector<double> dy_xhat_sums = combine(parts, groups, channels, partial_dy_xhat);

  const auto over_groups = [&](const std::vector<double>& sums, index c) {
    double total = 0;
    for (index g = 0; g < groups; ++g) total += sums[static_cast<std::size_t>(g * channels + c)];
    return static_cast<float>(total);
  };
  if (dgamma) store(dgamma, [&](index c) { return over_groups(dy_xhat_sums, c); });
  if (dbeta) store(dbeta, [&](index c) { return over_groups(dy_sums, c); });
  if (!dx) return;

  // dx = gain * (dy - mean(dy) - xhat * mean(dy * xhat)), gain = gamma * inv_std
  std::vector<float> mean_dy(dy_sums.size());
  std::vector<float> mean_dy_xhat(dy_sums.size());
  for (std::size_t k = 0; k < dy_sums.size(); ++k) {
    mean_dy[k] = static_cast<float>(dy_sums[k] / m);
    mean_dy_xhat[k] = static_cast<float>(dy_xhat_sums[k] / m);
  }
  parts.for_each([&](index, index g, index first, index last) {
    const float* mu = mean.data() + g * channels;
    const float* inverse = inv_std.data() + g * channels;
    const float* m1 = mean_dy.data() + g * channels;
    const float* m2 = mean_dy_xhat.data() + g * channels;
    for (index p = first; p < last; ++p) {
      const float* row = x.data() + p * channels;
      const float* grad = dy.data() + p * channels;
      float* out = dx.tensor->data() + p * channels;
      if (dx.write == Write::set) {
        for (index c = 0; c < channels; ++c) {
          const float xhat = (row[c] - mu[c]) * inverse[c];
          out[c] = gamma.data()[c] * inverse[c] * (grad[c] - m1[c] - xhat * m2[c]);
        }
      } else {
        for (index c = 0; c < channels; ++c) {
          const float xhat = (row[c] - mu[c]) * inverse[c];
          out[c] += gamma.data()[c] * inverse[c] * (grad[c] - m1[c] - xhat * m2[c]);
        }
      }
    }
  });
}

}  // namespace nn::cpu
