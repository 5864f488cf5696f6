// Normalisations over groups of consecutive images (batch norm: one group; instance norm: one for
// each image), with what follows them in the same pass over memory.
#include <cmath>
#include <vector>

#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"
#include "nn/backend/ref/norm.h"
#include "nn/ranks/shared_batch.h"

namespace nn {

using cpu::store;

namespace {

/// How the pixels of all images are cut: parts of equal size that never cross an image, about 8192
/// values each.
struct Parts {
  index images, group_images, image_pixels, part_pixels, per_image, total;

  Parts(index groups, const Shape& x) {
    images = x.n;
    group_images = x.n / groups;
    image_pixels = x.h * x.w;
    part_pixels = std::max<index>(1, 8192 / x.c);
    per_image = cpu::ceil_div(image_pixels, part_pixels);
    total = images * per_image;
  }

  /// Of a group, which has all of `batch` where that is not null.
  index group_pixels(const SharedBatch* batch) const {
    return (batch == nullptr ? group_images : batch->images()) * image_pixels;
  }

  /// body(part, group, first pixel, last pixel)
  template <class F>
  void for_each(const F& body) const {
    parallel_for(total, [&](index part) {
      const index n = part / per_image;
      const index begin = part % per_image * part_pixels;
      const index end = std::min(begin + part_pixels, image_pixels);
      body(part, n / group_images, n * image_pixels + begin, n * image_pixels + end);
    });
  }
};

/// sum[n, c] over the parts of an image, in order and in double.
std::vector<double> image_sums(const Parts& parts, index channels, const Tensor& partial) {
  std::vector<double> sums(static_cast<std::size_t>(parts.images * channels));
  parallel_for(parts.images, [&](index n) {
    for (index q = 0; q < parts.per_image; ++q) {
      const float* row = partial.data() + (n * parts.per_image + q) * channels;
      double* sum = sums.data() + n * channels;
      for (index c = 0; c < channels; ++c) sum[c] += static_cast<double>(row[c]);
    }
  });
  return sums;
}

/// sum[g, c] over the images of a group; `batch` is null, or has more images of the only group.
std::vector<double> group_sums(const Parts& parts, SharedBatch* batch, index channels,
                               const std::vector<double>& of_image) {
  std::vector<double> sums;
  for (index first = 0; first < parts.images; first += parts.group_images) {
    for (index c = 0; c < channels; ++c) {
      sums.push_back(sum_images(first, parts.group_images, [&](index n) {
        return of_image[static_cast<std::size_t>(n * channels + c)];
      }));
    }
  }
  if (batch != nullptr) batch->join(sums);
  return sums;
}

/// leaky_relu, and with slope 0 relu, one value forward or back: `value` is scaled where `sign` is
/// not above 0. Compared with <=, so that a NaN passes as it is.
struct Bend {
  explicit Bend(double s) : slope(static_cast<float>(s)), zero(s == 0) {}
  float operator()(float sign, float value) const {
    return sign <= 0 ? (zero ? 0.0F : slope * value) : value;
  }
  float slope;
  bool zero;
};

}  // namespace

void CpuBackend::run(const NormForward& k) const {
  const index groups = k.groups;
  const Tensor& x = k.x;
  Tensor& mean = *k.mean.tensor;
  Tensor& inv_std = *k.inv_std.tensor;
  const index channels = x.shape().c;
  const Parts parts(groups, x.shape());
  const auto m = static_cast<double>(parts.group_pixels(k.batch));
  Tensor partial = Tensor::zeros({1, 1, parts.total, channels});
  const float* xs = x.data();

  parts.for_each([&](index part, index, index first, index last) {
    float* sum = partial.data() + part * channels;
    for (index p = first; p < last; ++p) {
      const float* row = xs + p * channels;
      for (index c = 0; c < channels; ++c) sum[c] += row[c];
    }
  });
  const std::vector<double> sums =
      group_sums(parts, k.batch, channels, image_sums(parts, channels, partial));
  for (std::size_t i = 0; i < sums.size(); ++i) mean.data()[i] = static_cast<float>(sums[i] / m);

  // Around the mean, not sum of squares minus square of sum: that one cancels.
  partial.fill(0);
  parts.for_each([&](index part, index g, index first, index last) {
    float* sum = partial.data() + part * channels;
    const float* mu = mean.data() + g * channels;
    for (index p = first; p < last; ++p) {
      const float* row = xs + p * channels;
      for (index c = 0; c < channels; ++c) {
        const float d = row[c] - mu[c];
        sum[c] += d * d;
      }
    }
  });
  const std::vector<double> squares =
      group_sums(parts, k.batch, channels, image_sums(parts, channels, partial));
  for (std::size_t i = 0; i < squares.size(); ++i) {
    inv_std.data()[i] = static_cast<float>(1.0 / std::sqrt(squares[i] / m + k.eps));
  }
  run(NormInference{groups, x, k.gamma, k.beta, mean, inv_std, k.then, k.y});
}

void CpuBackend::run(const NormInference& k) const {
  const Tensor& x = k.x;
  const index channels = x.shape().c;
  const Parts parts(k.groups, x.shape());
  const float* xs = x.data();
  float* ys = k.y.tensor->data();
  parts.for_each([&](index, index g, index first, index last) {
    const float* gain = k.gamma.data();
    const float* shift = k.beta.data();
    const float* mu = k.mean.data() + g * channels;
    const float* inverse = k.inv_std.data() + g * channels;
    const Bend bend(k.then.slope);
    for (index p = first; p < last; ++p) {
      const float* row = xs + p * channels;
      float* out = ys + p * channels;
      if (k.then.added != nullptr) {
        const float* added = k.then.added->data() + p * channels;
        for (index c = 0; c < channels; ++c) {
          const float z = gain[c] * ((row[c] - mu[c]) * inverse[c]) + shift[c] + added[c];
          out[c] = bend(z, z);
        }
      } else {
        for (index c = 0; c < channels; ++c) {
          const float z = gain[c] * ((row[c] - mu[c]) * inverse[c]) + shift[c];
          out[c] = bend(z, z);
        }
      }
    }
  });
}

/// There are few channels: as the specification has it.
void CpuBackend::run(const RunningStatistics& k) const {
  using On = ref::OnTensors;
  ref::running_statistics<float>(On::in(k.mean), On::in(k.inv_std), k.eps, k.momentum, k.unbiased,
                                 On::view(k.running_mean), On::view(k.running_var));
}

void CpuBackend::run(const NormBackward& k) const {
  const index groups = k.groups;
  const Tensor& x = k.x;
  const Tensor& dy = k.dy;
  const index channels = x.shape().c;
  const Parts parts(groups, x.shape());
  const auto m = static_cast<double>(parts.group_pixels(k.batch));
  // dz = bend(sign, dy); with slope 1 that is dy whatever the sign.
  const Bend bend(k.slope);
  const float* xs = x.data();
  const float* dys = dy.data();
  const float* signs = k.slope == 1 ? dys : k.y.data();
  Tensor partial_dz = Tensor::zeros({1, 1, parts.total, channels});
  Tensor partial_dz_xhat = Tensor::zeros({1, 1, parts.total, channels});
  parts.for_each([&](index part, index g, index first, index last) {
    float* sum_dz = partial_dz.data() + part * channels;
    float* sum_dz_xhat = partial_dz_xhat.data() + part * channels;
    const float* mu = k.mean.data() + g * channels;
    const float* inverse = k.inv_std.data() + g * channels;
    const Bend b = bend;  // on this stack, as in store() of loops.h
    for (index p = first; p < last; ++p) {
      const float* row = xs + p * channels;
      const float* grad = dys + p * channels;
      const float* sign = signs + p * channels;
      // A loop for each sum: gcc makes no vectors of one that writes two and reads five.
      for (index c = 0; c < channels; ++c) sum_dz[c] += b(sign[c], grad[c]);
      for (index c = 0; c < channels; ++c) {
        sum_dz_xhat[c] += b(sign[c], grad[c]) * ((row[c] - mu[c]) * inverse[c]);
      }
      if (!k.dadded) continue;
      float* out = k.dadded.tensor->data() + p * channels;
      if (k.dadded.write == Write::set) {
        for (index c = 0; c < channels; ++c) out[c] = b(sign[c], grad[c]);
      } else {
        for (index c = 0; c < channels; ++c) out[c] += b(sign[c], grad[c]);
      }
    }
  });
  const std::vector<double> image_dz = image_sums(parts, channels, partial_dz);
  const std::vector<double> image_dz_xhat = image_sums(parts, channels, partial_dz_xhat);

  // As every gradient: the floats of the images, added up.
  const auto over_batch = [&](const std::vector<double>& sums, index c) {
    return sum_images(0, parts.images, [&](index n) {
      return static_cast<float>(sums[static_cast<std::size_t>(n * channels + c)]);
    });
  };
  if (k.dgamma) store(k.dgamma, [&](index c) { return over_batch(image_dz_xhat, c); });
  if (k.dbeta) store(k.dbeta, [&](index c) { return over_batch(image_dz, c); });
  if (!k.dx) return;
  const std::vector<double> dz_sums = group_sums(parts, k.batch, channels, image_dz);
  const std::vector<double> dz_xhat_sums = group_sums(parts, k.batch, channels, image_dz_xhat);

  // dx = gain * (dz - mean(dz) - xhat * mean(dz * xhat)), gain = gamma * inv_std
  std::vector<float> mean_dz(dz_sums.size());
  std::vector<float> mean_dz_xhat(dz_sums.size());
  for (std::size_t i = 0; i < dz_sums.size(); ++i) {
    mean_dz[i] = static_cast<float>(dz_sums[i] / m);
    mean_dz_xhat[i] = static_cast<float>(dz_xhat_sums[i] / m);
  }
  float* dxs = k.dx.tensor->data();
  parts.for_each([&](index, index g, index first, index last) {
    const float* gain = k.gamma.data();
    const float* mu = k.mean.data() + g * channels;
    const float* inverse = k.inv_std.data() + g * channels;
    const float* m1 = mean_dz.data() + g * channels;
    const float* m2 = mean_dz_xhat.data() + g * channels;
    const Bend b = bend;
    for (index p = first; p < last; ++p) {
      const float* row = xs + p * channels;
      const float* grad = dys + p * channels;
      const float* sign = signs + p * channels;
      float* out = dxs + p * channels;
      const auto dx = [&](index c) {
        const float xhat = (row[c] - mu[c]) * inverse[c];
        return gain[c] * inverse[c] * (b(sign[c], grad[c]) - m1[c] - xhat * m2[c]);
      };
      if (k.dx.write == Write::set) {
        for (index c = 0; c < channels; ++c) out[c] = dx(c);
      } else {
        for (index c = 0; c < channels; ++c) out[c] += dx(c);
      }
    }
  });
}

}  // namespace nn
