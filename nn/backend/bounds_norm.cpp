// Bounds of the normalisations, for kernels that centre before they square (two passes).
#include "nn/backend/bounds_detail.h"

namespace nn::bounds {

using detail::Approximation;
using detail::kSlack;
using detail::rounded;
using detail::stored;
using detail::wide;

Errors NormStatistics::inv_std_error() const {
  Errors errors(inv_std.size());
  for (std::size_t k = 0; k < errors.size(); ++k) errors[k] = inv_std[k] * inv_std_relative[k];
  return errors;
}

NormStatistics norm_statistics(index groups, const Tensor& x, double eps) {
  const index channels = x.shape().c;
  const index m = x.shape().pixels() / groups;
  const auto count = static_cast<double>(m);
  NormStatistics s;
  for (index g = 0; g < groups; ++g) {
    for (index c = 0; c < channels; ++c) {
      const index first = g * m * channels + c;
      double sum = 0;
      double magnitudes = 0;
      for (index p = 0; p < m; ++p) {
        sum += wide(x, first + p * channels);
        magnitudes += std::fabs(wide(x, first + p * channels));
      }
      const double mean = sum / count;
      double squares = 0;
      for (index p = 0; p < m; ++p) {
        const double d = wide(x, first + p * channels) - mean;
        squares += d * d;
      }
      const double variance = squares / count + eps;

      // m - 1 additions, the division, the rounding to float.
      const double mean_error = gamma(count + 1) * magnitudes / count + 2 * kTiny;
      // Around a wrong mean the variance is larger by exactly the square of the mean's error; the
      // roundings of its m + 5 operations act on positive terms, so they are relative.
      const double g_m = gamma(count + 5);
      const double roundings = g_m < 1 ? (1 + gamma(3)) / std::sqrt(1 - g_m) - 1
                                       : std::numeric_limits<double>::infinity();
      const double shift = 1 - 1 / std::sqrt(1 + mean_error * mean_error / variance);
      s.mean.push_back(mean);
      s.inv_std.push_back(1 / std::sqrt(variance));
      s.mean_error.push_back(kSlack * mean_error);
      s.inv_std_relative.push_back(kSlack * (roundings + shift + 3 * kTiny / variance));
    }
  }
  return s;
}

NormStatistics given_statistics(const Tensor& mean, const Tensor& inv_std) {
  NormStatistics s;
  for (index k = 0; k < mean.numel(); ++k) {
    s.mean.push_back(wide(mean, k));
    s.inv_std.push_back(wide(inv_std, k));
  }
  s.mean_error.resize(s.mean.size());
  s.inv_std_relative.resize(s.mean.size());
  return s;
}

namespace {

/// Where a value of x belongs.
struct Group {
  index channels, pixels;
  Group(const Tensor& x, const NormStatistics& s)
      : channels(x.shape().c), pixels(x.numel() / static_cast<index>(s.mean.size())) {}
  std::size_t statistic(index i) const {
    return static_cast<std::size_t>(i / (pixels * channels) * channels + i % channels);
  }
};

/// xhat = (x - mean) * inv_std, and how far it moves with the statistics' errors alone.
Approximation xhat(double x, const NormStatistics& s, std::size_t k) {
  const double distance = std::fabs(x - s.mean[k]);
  const double moved = (distance + s.mean_error[k]) * (1 + s.inv_std_relative[k]);
  return {(x - s.mean[k]) * s.inv_std[k],
          (moved - distance + kTiny) * std::fabs(s.inv_std[k]) + kTiny};
}

}  // namespace

Errors norm_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                    const NormStatistics& statistics) {
  const Group group(x, statistics);
  return detail::each(x.numel(), nullptr, [&](index i) {
    const Approximation h = xhat(wide(x, i), statistics, group.statistic(i));
    const double scale = wide(gamma, i % group.channels);
    const double value = scale * h.value + wide(beta, i % group.channels);
    // Three roundings up to gamma * xhat, one for adding beta.
    const double error = rounded(scale * h.value, std::fabs(scale) * h.error, 3) + kTiny;
    return Approximation{value, error + kU * (std::fabs(value) + error) + kTiny};
  });
}

NormErrors norm_backward(const Tensor& x, const Tensor& gamma, const NormStatistics& statistics,
                         const Tensor& dy, const NormBefore& before) {
  const Group group(x, statistics);
  const auto channels = static_cast<std::size_t>(group.channels);
  const std::size_t count = statistics.mean.size();
  const auto m = static_cast<double>(group.pixels);
  const std::size_t groups = count / channels;
  const double all = m * static_cast<double>(groups);

  // Sums over each group: dy, |dy|, dy * xhat, |dy| (|xhat| + error), |dy| * error.
  std::vector<double> sum_dy(count), abs_dy(count), sum_dyh(count), abs_dyh(count), moved(count);
  for (index i = 0; i < x.numel(); ++i) {
    const std::size_t k = group.statistic(i);
    const Approximation h = xhat(wide(x, i), statistics, k);
    const double d = wide(dy, i);
    sum_dy[k] += d;
    abs_dy[k] += std::fabs(d);
    sum_dyh[k] += d * h.value;
    abs_dyh[k] += std::fabs(d) * (std::fabs(h.value) + h.error);
    moved[k] += std::fabs(d) * h.error;
  }

  NormErrors errors;
  const auto over_groups = [&](const std::vector<double>& v, std::size_t c) {
    double total = 0;
    for (std::size_t k = c; k < count; k += channels) total += v[k];
    return total;
  };
  for (std::size_t c = 0; c < channels; ++c) {
    const auto i = static_cast<index>(c);
    // Products: three roundings; additions: all - 1; the rounding to float.
    errors.dgamma.push_back(
        stored({over_groups(sum_dyh, c), over_groups(moved, c) +
                                             bounds::gamma(all + 3) * over_groups(abs_dyh, c) +
                                             4 * all * kTiny},
               before.dgamma, i));
    errors.dbeta.push_back(
        stored({over_groups(sum_dy, c), bounds::gamma(all) * over_groups(abs_dy, c) + all * kTiny},
               before.dbeta, i));
  }

  errors.dx = detail::each(x.numel(), before.dx, [&](index i) {
    const std::size_t k = group.statistic(i);
    const Approximation h = xhat(wide(x, i), statistics, k);
    const double mean_dy = sum_dy[k] / m;
    const double mean_dyh = sum_dyh[k] / m;
    const double e1 = bounds::gamma(m + 1) * abs_dy[k] / m + 2 * kTiny;
    const double e2 = (moved[k] + bounds::gamma(m + 4) * abs_dyh[k]) / m + 5 * kTiny;
    // (dy - mean_dy) - xhat * mean_dyh: two roundings on the left, four on the right.
    const double left = wide(dy, i) - mean_dy;
    const double right_error =
        (std::fabs(h.value) + h.error) * (std::fabs(mean_dyh) + e2) - std::fabs(h.value * mean_dyh);
    const double inner = left - h.value * mean_dyh;
    const double inner_error =
        rounded(left, e1, 2) + rounded(h.value * mean_dyh, right_error, 4) + 3 * kTiny;
    // times gamma and inv_std, which is itself within inv_std_relative: two roundings.
    const double gain = wide(gamma, i % group.channels) * statistics.inv_std[k];
    const double outer_error =
        (std::fabs(inner) + inner_error) * (1 + statistics.inv_std_relative[k]) - std::fabs(inner);
    return Approximation{gain * inner,
                         std::fabs(gain) * rounded(inner, outer_error, 2) + 2 * kTiny};
  });
  return errors;
}

}  // namespace nn::bounds
