#include "train/evaluate/summary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/rng.h"

namespace train {
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

}  // namespace

Summary bootstrap_mean(std::span<const double> values, std::uint64_t seed) {
  nn::require(!values.empty() && values.size() <= std::numeric_limits<std::uint32_t>::max(),
              "bootstrap_mean", std::to_string(values.size()) + " values", "one for each slice");
  require_finite("bootstrap_mean", values);
  const auto count = static_cast<double>(values.size());

  Summary summary;
  summary.mean = std::accumulate(values.begin(), values.end(), 0.0) / count;
  summary.count = static_cast<nn::index>(values.size());

  nn::Rng rng(seed, nn::Purpose::bootstrap);
  std::vector<double> means(static_cast<std::size_t>(kBootstrapResamples));
  for (double& mean : means) {
    double sum = 0.0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      sum += values[rng.below(static_cast<std::uint32_t>(values.size()))];
    }
    mean = sum / count;
  }
  std::sort(means.begin(), means.end());
  summary.lo = quantile(means, 0.025);
  summary.hi = quantile(means, 0.975);
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

}  // namespace train
