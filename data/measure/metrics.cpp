#include "data/measure/metrics.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "data/measure/slice_check.h"
#include "nn/core/error.h"
#include "nn/core/math.h"

namespace data {
namespace {

using nn::at;
using nn::index;

void require_pair(const char* where, const Tensor& truth, const Tensor& prediction) {
  require_slice(where, truth);
  require_slice(where, prediction);
  require_same_shape(where, truth, prediction);
}

void require_window(const char* where, const MetricWindow& window) {
  nn::require(std::isfinite(window.lo) && std::isfinite(window.hi) && window.lo < window.hi, where,
              "a window from " + std::to_string(window.lo) + " to " + std::to_string(window.hi),
              "a lower end below the upper end");
}

double clamp_hu(nn::real value) {
  return std::clamp(static_cast<double>(value), kClampLo, kClampHi);
}

/// Values in the window, counted from its lower end: 0 to hi - lo.
std::vector<double> windowed(const Tensor& slice, const MetricWindow& window) {
  std::vector<double> out;
  out.reserve(at(slice.numel()));
  for (const nn::real value : slice.values()) {
    out.push_back(std::clamp(clamp_hu(value), window.lo, window.hi) - window.lo);
  }
  return out;
}

/// One byte a pixel, 1 where it counts for nothing; empty if all count.
using Ignored = std::span<const std::uint8_t>;

bool counts(Ignored ignored, index i) { return ignored.empty() || ignored[at(i)] == 0; }

double psnr_unchecked(const Tensor& truth, const Tensor& prediction, const MetricWindow& window,
                      Ignored ignored = {}) {
  const std::vector<double> x = windowed(truth, window);
  const std::vector<double> y = windowed(prediction, window);
  double squares = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) squares += (x[i] - y[i]) * (x[i] - y[i]);
  // Where a pixel is ignored both are the same, so only the number of pixels changes.
  const auto pixels =
      static_cast<double>(x.size() - at(std::count(ignored.begin(), ignored.end(), 1)));
  const double mse = squares / pixels;
  if (mse == 0.0) return kPsnrCap;
  const double peak = window.hi - window.lo;
  constexpr double kLn10 = 2.302585092994045684;
  return std::min(kPsnrCap, 10.0 * nn::math::log(peak * peak / mse) / kLn10);
}

std::array<double, kSsimSide> gaussian() {
  constexpr double kSigma = 1.5;
  std::array<double, kSsimSide> g{};
  double sum = 0.0;
  for (std::size_t i = 0; i < g.size(); ++i) {
    const double d = static_cast<double>(i) - 0.5 * static_cast<double>(kSsimSide - 1);
    g[i] = nn::math::exp(-d * d / (2.0 * kSigma * kSigma));
    sum += g[i];
  }
  for (double& v : g) v /= sum;
  return g;
}

/// Local sums of x, y, xx, yy, xy: the five images that SSIM is made of.
using Moments = std::array<double, 5>;

double ssim_unchecked(const Tensor& truth, const Tensor& prediction, const MetricWindow& window,
                      Ignored ignored = {}) {
  const std::vector<double> x = windowed(truth, window);
  const std::vector<double> y = windowed(prediction, window);
  const std::array<double, kSsimSide> g = gaussian();
  const double peak = window.hi - window.lo;
  const double c1 = (0.01 * peak) * (0.01 * peak);
  const double c2 = (0.03 * peak) * (0.03 * peak);
  const index h = truth.shape().h;
  const index w = truth.shape().w;
  const index w_valid = w - kSsimSide + 1;
  const index h_valid = h - kSsimSide + 1;

  // The Gaussian is a product, so rows first, then columns: 22 instead of 121 terms.
  std::vector<Moments> rows(at(h * w_valid));
  for (index r = 0; r < h; ++r) {
    for (index q = 0; q < w_valid; ++q) {
      Moments m{};
      for (index k = 0; k < kSsimSide; ++k) {
        const double a = x[at(r * w + q + k)];
        const double b = y[at(r * w + q + k)];
        const double ga = g[at(k)] * a;
        const double gb = g[at(k)] * b;
        m[0] += ga;
        m[1] += gb;
        m[2] += ga * a;
        m[3] += gb * b;
        m[4] += ga * b;
      }
      rows[at(r * w_valid + q)] = m;
    }
  }
  double total = 0.0;
  index windows = 0;
  for (index r = 0; r < h_valid; ++r) {
    for (index q = 0; q < w_valid; ++q) {
      if (!counts(ignored, (r + kSsimSide / 2) * w + q + kSsimSide / 2)) continue;
      ++windows;
      Moments m{};
      for (index k = 0; k < kSsimSide; ++k) {
        const Moments& row = rows[at((r + k) * w_valid + q)];
        for (std::size_t i = 0; i < m.size(); ++i) m[i] += g[at(k)] * row[i];
      }
      const double var_x = m[2] - m[0] * m[0];
      const double var_y = m[3] - m[1] * m[1];
      const double cov = m[4] - m[0] * m[1];
      total += ((2.0 * m[0] * m[1] + c1) * (2.0 * cov + c2)) /
               ((m[0] * m[0] + m[1] * m[1] + c1) * (var_x + var_y + c2));
    }
  }
  nn::require(windows > 0, "ssim", "a slice that is nothing but burned-in text", "a scan");
  return total / static_cast<double>(windows);
}

void require_ssim_size(const Tensor& slice) {
  nn::require(slice.shape().h >= kSsimSide && slice.shape().w >= kSsimSide, "ssim",
              "a slice of " + nn::to_string(slice.shape()), "at least 11 x 11 pixels");
}

}  // namespace

double median(std::vector<double>& values) {
  if (values.empty()) return 0.0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

std::optional<Tissue> tissue_of(double hu) {
  if (hu < -300.0) return Tissue::air;
  if (hu > 200.0) return Tissue::bone;
  if (hu >= -100.0) return Tissue::soft;
  return std::nullopt;
}

double psnr(const Tensor& truth, const Tensor& prediction, const MetricWindow& window) {
  require_pair("psnr", truth, prediction);
  require_window("psnr", window);
  return psnr_unchecked(truth, prediction, window);
}

double ssim(const Tensor& truth, const Tensor& prediction, const MetricWindow& window) {
  require_pair("ssim", truth, prediction);
  require_window("ssim", window);
  require_ssim_size(truth);
  return ssim_unchecked(truth, prediction, window);
}

SliceMetrics measure(const Tensor& truth, const Tensor& prediction, Ignored ignored) {
  require_pair("measure", truth, prediction);
  require_ssim_size(truth);
  nn::require(ignored.empty() || static_cast<index>(ignored.size()) == truth.numel(), "measure",
              "a mask of another size", "one byte a pixel");
  nn::require(ignored.empty() || std::count(ignored.begin(), ignored.end(), 0) > 0, "measure",
              "a slice that is nothing but burned-in text", "a scan");
  Tensor compared = prediction.clone();
  for (index i = 0; i < truth.numel(); ++i) {
    if (!counts(ignored, i)) compared.data()[i] = truth.data()[i];
  }
  SliceMetrics out;
  for (std::size_t i = 0; i < kWindowCount; ++i) {
    out.psnr[i] = psnr_unchecked(truth, compared, kWindows[i], ignored);
    out.ssim[i] = ssim_unchecked(truth, compared, kWindows[i], ignored);
  }
  const std::vector<std::uint8_t> body = body_mask(truth);
  for (index i = 0; i < truth.numel(); ++i) {
    if (body[at(i)] == 0 || !counts(ignored, i)) continue;
    const double hu = clamp_hu(truth.data()[i]);
    const double error = clamp_hu(compared.data()[i]) - hu;
    out.body_absolute += {std::abs(error), 1};
    const std::optional<Tissue> tissue = tissue_of(hu);
    if (!tissue) continue;
    out.tissue_signed[static_cast<std::size_t>(*tissue)] += {error, 1};
    out.tissue_absolute[static_cast<std::size_t>(*tissue)] += {std::abs(error), 1};
  }
  return out;
}

std::array<PureError, kTissueCount> pure_tissue_errors(const Tensor& truth,
                                                       const Tensor& prediction,
                                                       const Tensor& before, const Tensor& after,
                                                       Ignored ignored) {
  require_pair("pure_tissue_errors", truth, prediction);
  require_pair("pure_tissue_errors", truth, before);
  require_pair("pure_tissue_errors", truth, after);
  nn::require(ignored.empty() || static_cast<index>(ignored.size()) == truth.numel(),
              "pure_tissue_errors", "a mask of another size", "one byte a pixel");
  std::array<PureError, kTissueCount> out{};
  std::array<std::vector<double>, kTissueCount> errors;
  const std::vector<std::uint8_t> body = body_mask(truth);
  for (index i = 0; i < truth.numel(); ++i) {
    if (body[at(i)] == 0 || !counts(ignored, i)) continue;
    const double hu = clamp_hu(truth.data()[i]);
    const std::optional<Tissue> tissue = tissue_of(hu);
    if (!tissue || tissue_of(clamp_hu(before.data()[i])) != tissue ||
        tissue_of(clamp_hu(after.data()[i])) != tissue) {
      continue;
    }
    const auto t = static_cast<std::size_t>(*tissue);
    errors[t].push_back(clamp_hu(prediction.data()[i]) - hu);
    out[t].errors += {errors[t].back(), 1};
  }
  for (std::size_t t = 0; t < kTissueCount; ++t) out[t].median = median(errors[t]);
  return out;
}

}  // namespace data
