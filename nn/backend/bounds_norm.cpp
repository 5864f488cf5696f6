// Bounds of the normalisations, for kernels that centre before they square (two passes).
#include <algorithm>

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
                    const NormStatistics& statistics, const Epilogue& then) {
  const Group group(x, statistics);
  return detail::each(x.numel(), nullptr, [&](index i) {
    const Approximation h = xhat(wide(x, i), statistics, group.statistic(i));
    const double scale = wide(gamma, i % group.channels);
    // Three roundings up to gamma * xhat, one for each addition.
    double value = scale * h.value;
    double error = rounded(value, std::fabs(scale) * h.error, 3) + kTiny;
    const auto plus = [&](double term) {
      value += term;
      error += kU * (std::fabs(value) + error) + kTiny;
    };
    plus(wide(beta, i % group.channels));
    if (then.added != nullptr) plus(wide(*then.added, i));
    if (then.slope == 1 || value - error > 0) return Approximation{value, error};
    // The kernel may be on the other side of the kink. Where it is below, the slope and the product
    // with it are two roundings.
    const double steepest = value + error <= 0 ? then.slope : std::max(1.0, then.slope);
    const double below = then.slope * (std::max(0.0, -value) + error);
    return Approximation{value > 0 ? value : then.slope * value,
                         steepest * error + bounds::gamma(2) * below + kTiny};
  });
}

NormErrors norm_backward(const Tensor& x, const Tensor& gamma, const NormStatistics& statistics,
                         const Tensor& y, double slope, const Tensor& dy,
                         const NormBefore& before) {
  const Group group(x, statistics);
  const auto channels = static_cast<std::size_t>(group.channels);
  const std::size_t count = statistics.mean.size();
  const auto m = static_cast<double>(group.pixels);
  const std::size_t groups = count / channels;
  const double all = m * static_cast<double>(groups);
  // dz, and how often it is rounded where y is not above 0: the slope, and the product with it.
  const double bends = slope == 0 || slope == 1 ? 0 : 2;
  const auto dz = [&](index i) {
    return slope != 1 && wide(y, i) <= 0 ? slope * wide(dy, i) : wide(dy, i);
  };

  // Sums over each group: dz, |dz|, dz * xhat, |dz| (|xhat| + error), |dz| * error.
  std::vector<double> sum_dz(count), abs_dz(count), sum_dzh(count), abs_dzh(count), moved(count);
  for (index i = 0; i < x.numel(); ++i) {
    const std::size_t k = group.statistic(i);
    const Approximation h = xhat(wide(x, i), statistics, k);
    const double d = dz(i);
    sum_dz[k] += d;
    abs_dz[k] += std::fabs(d);
    sum_dzh[k] += d * h.value;
    abs_dzh[k] += std::fabs(d) * (std::fabs(h.value) + h.error);
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
    // Products: three roundings and those of dz; additions: all - 1; the rounding to float.
    errors.dgamma.push_back(stored(
        {over_groups(sum_dzh, c), over_groups(moved, c) +
                                      bounds::gamma(all + 3 + bends) * over_groups(abs_dzh, c) +
                                      5 * all * kTiny},
        before.dgamma, i));
    errors.dbeta.push_back(
        stored({over_groups(sum_dz, c),
                bounds::gamma(all + bends) * over_groups(abs_dz, c) + 2 * all * kTiny},
               before.dbeta, i));
  }

  const auto dz_error = [&](index i) {
    const bool rounded_at_all = bends > 0 && wide(y, i) <= 0;
    return rounded_at_all ? bounds::gamma(bends) * std::fabs(dz(i)) + kTiny : 0;
  };
  errors.dadded = detail::each(x.numel(), before.dadded, [&](index i) {
    return Approximation{dz(i), dz_error(i)};
  });
  errors.dx = detail::each(x.numel(), before.dx, [&](index i) {
    const std::size_t k = group.statistic(i);
    const Approximation h = xhat(wide(x, i), statistics, k);
    const double mean_dz = sum_dz[k] / m;
    const double mean_dzh = sum_dzh[k] / m;
    const double e1 = dz_error(i) + bounds::gamma(m + 1 + bends) * abs_dz[k] / m + 3 * kTiny;
    const double e2 = (moved[k] + bounds::gamma(m + 4 + bends) * abs_dzh[k]) / m + 6 * kTiny;
    // (dz - mean_dz) - xhat * mean_dzh: two roundings on the left, four on the right.
    const double left = dz(i) - mean_dz;
    const double right_error =
        (std::fabs(h.value) + h.error) * (std::fabs(mean_dzh) + e2) - std::fabs(h.value * mean_dzh);
    const double inner = left - h.value * mean_dzh;
    const double inner_error =
        rounded(left, e1, 2) + rounded(h.value * mean_dzh, right_error, 4) + 3 * kTiny;
    // times gamma and inv_std, which is itself within inv_std_relative: two roundings.
    const double gain = wide(gamma, i % group.channels) * statistics.inv_std[k];
    const double outer_error =
        (std::fabs(inner) + inner_error) * (1 + statistics.inv_std_relative[k]) - std::fabs(inner);
    return Approximation{gain * inner,
                         std::fabs(gain) * rounded(inner, outer_error, 2) + 2 * kTiny};
  });
  return errors;
}

RunningErrors running_statistics(const RunningStatistics& k, const Tensor& mean,
                                 const Tensor& var) {
  constexpr double kInDouble = 8 * 0x1p-53;  // at most eight roundings, of terms that may cancel
  const auto followed = [&](double old, double value, double magnitude) {
    const double kept = k.momentum * old;
    const double error =
        kInDouble * (std::fabs(kept) + (1 - k.momentum) * (std::fabs(value) + magnitude));
    const double now = std::fabs(kept + (1 - k.momentum) * value);
    return kSlack * (error + kU * (now + error) + kTiny);
  };
  RunningErrors errors;
  for (index c = 0; c < mean.numel(); ++c) {
    const double square = 1 / (wide(k.inv_std, c) * wide(k.inv_std, c));
    const double variance = std::max(0.0, square - k.eps) * k.unbiased;
    errors.mean.push_back(followed(wide(mean, c), wide(k.mean, c), 0));
    errors.var.push_back(followed(wide(var, c), variance, (square + k.eps) * k.unbiased));
  }
  return errors;
}

}  // namespace nn::bounds
