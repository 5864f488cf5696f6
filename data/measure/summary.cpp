#include "data/measure/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/rng.h"

namespace data {
namespace {

void require_same_length(const char* where, std::span<const double> a, std::span<const double> b) {
  nn::require(a.size() == b.size(), where,
              std::to_string(a.size()) + " and " + std::to_string(b.size()) + " values",
              "one value of each method for every slice");
}

void require_finite(const char* where, std::span<const double> values) {
  for (const double v : values) {
    if (std::isfinite(v)) continue;
    throw nn::Error(nn::Fault::input, where, "a value that is not finite", "finite values");
  }
}

/// Quantile of sorted values with linear interpolation (Hyndman, Fan 1996, type 7).
double quantile(const std::vector<double>& sorted, double q) {
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  const double rest = position - static_cast<double>(below);
  return sorted[below] + rest * (sorted[above] - sorted[below]);
}

/// Percentile bootstrap of a statistic of `count` slices; `of` returns it for slices drawn by the
/// function that it is given, called `count` times.
template <class Of>
void fill_interval(Summary& summary, std::size_t count, std::uint64_t seed, const Of& of) {
  nn::Rng rng(seed, nn::Purpose::bootstrap);
  std::vector<double> resampled(static_cast<std::size_t>(kBootstrapResamples));
  for (double& value : resampled) {
    value = of([&] { return std::size_t{rng.below(static_cast<std::uint32_t>(count))}; });
  }
  std::sort(resampled.begin(), resampled.end());
  summary.lo = quantile(resampled, 0.025);
  summary.hi = quantile(resampled, 0.975);
}

}  // namespace

Summary bootstrap_mean(std::span<const double> values, std::uint64_t seed) {
  nn::require(!values.empty() && values.size() <= std::numeric_limits<std::uint32_t>::max(),
              "bootstrap_mean", std::to_string(values.size()) + " values", "one for each slice");
  require_finite("bootstrap_mean", values);
  const auto count = static_cast<double>(values.size());

  Summary summary;
  summary.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  summary.count = static_cast<nn::index>(values.size());
  fill_interval(summary, values.size(), seed, [&](const auto& draw) {
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[draw()];
    return sum / count;
  });
  return summary;
}

Summary bootstrap_ratio(std::span<const double> numerators, std::span<const double> denominators,
                        std::uint64_t seed) {
  require_same_length("bootstrap_ratio", numerators, denominators);
  require_finite("bootstrap_ratio", numerators);
  require_finite("bootstrap_ratio", denominators);
  std::vector<std::size_t> kept;
  for (std::size_t i = 0; i < denominators.size(); ++i) {
    nn::require(denominators[i] >= 0.0, "bootstrap_ratio", "a denominator below 0", "0 or more");
    if (denominators[i] > 0.0) kept.push_back(i);
  }
  nn::require(!kept.empty() && kept.size() <= std::numeric_limits<std::uint32_t>::max(),
              "bootstrap_ratio", std::to_string(kept.size()) + " slices with a denominator",
              "at least one");
  const auto ratio = [&](const auto& next) {
    double above = 0.0;
    double below = 0.0;
    for (std::size_t i = 0; i < kept.size(); ++i) {
      const std::size_t slice = kept[next()];
      above += numerators[slice];
      below += denominators[slice];
    }
    return above / below;
  };
  Summary summary;
  summary.count = static_cast<nn::index>(kept.size());
  std::size_t in_order = 0;
  summary.mean = ratio([&] { return in_order++; });
  fill_interval(summary, kept.size(), seed, ratio);
  return summary;
}

Summary bootstrap_difference(std::span<const double> model, std::span<const double> baseline,
                             std::uint64_t seed) {
  require_same_length("bootstrap_difference", model, baseline);
  std::vector<double> difference(model.size());
  for (std::size_t i = 0; i < model.size(); ++i) difference[i] = model[i] - baseline[i];
  return bootstrap_mean(difference, seed);
}

nn::index slices_won(std::span<const double> model_psnr, std::span<const double> cubic_psnr) {
  require_same_length("slices_won", model_psnr, cubic_psnr);
  require_finite("slices_won", model_psnr);
  require_finite("slices_won", cubic_psnr);
  nn::index won = 0;
  for (std::size_t i = 0; i < model_psnr.size(); ++i) won += model_psnr[i] > cubic_psnr[i] ? 1 : 0;
  return won;
}

}  // namespace data
