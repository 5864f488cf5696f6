// How good is one predicted slice: PSNR, SSIM, errors in HU. Means over slices and their confidence
// intervals are in summary.h. Formulas, sources and reasons: docs/audit/metrics.md.
//
// A slice is a tensor (1,H,W,1) in HU. Truth and prediction are clamped to [-1024, 3071] HU first,
// because scanners pad with values (-2000 to -3024) that mean "not measured". Every function throws
// nn::Error for other shapes, unequal shapes, and values that are not finite: a NaN never turns
// into a number. Serial and pure, so it may be called from parallel_for over slices.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "data/measure/slice_check.h"
#include "data/measure/summary.h"
#include "nn/core/tensor.h"

namespace data {

using nn::Tensor;

/// A range of HU. Outside of it both images are set to its nearest end before they are compared, so
/// differences that a viewer with this window cannot show do not count.
struct MetricWindow {
  const char* name;
  double lo;
  double hi;
};

inline constexpr std::size_t kWindowCount = 3;
inline constexpr std::array<MetricWindow, kWindowCount> kWindows{{
    {"full", -1024.0, 2048.0},
    {"soft", -100.0, 200.0},
    {"bone", 200.0, 1500.0},
}};

inline constexpr double kClampLo = -1024.0;
inline constexpr double kClampHi = 3071.0;

/// PSNR of identical images is infinite, and one infinite slice would make every mean infinite; so
/// it is capped here, far above anything that interpolation reaches.
inline constexpr double kPsnrCap = 100.0;

/// 10 log10(L^2 / MSE) in dB, with L the width of the window; at most kPsnrCap.
double psnr(const Tensor& truth, const Tensor& prediction, const MetricWindow& window);

/// Smallest side for which ssim is defined: its Gaussian has 11 x 11 weights.
inline constexpr nn::index kSsimSide = 11;

/// Mean structural similarity (Wang, Bovik, Sheikh, Simoncelli, IEEE TIP 13(4), 2004): Gaussian of
/// 11 x 11 weights with sigma 1.5, K1 = 0.01, K2 = 0.03, L the width of the window, only where the
/// Gaussian lies inside the image. Values are counted from the lower end of the window, as SSIM is
/// defined for values >= 0. 1 for identical images. Throws if a side is below kSsimSide.
double ssim(const Tensor& truth, const Tensor& prediction, const MetricWindow& window);

/// Classes by true HU inside the body. Values between air and soft tissue (part of the fat,
/// partial volume at edges) belong to none.
enum class Tissue : std::size_t {
  air = 0,   ///< below -300 HU: lung, bowel gas, airways
  soft = 1,  ///< -100 to 200 HU
  bone = 2,  ///< above 200 HU: bone, contrast medium, metal
};
inline constexpr std::size_t kTissueCount = 3;
/// None for values that belong to no class.
std::optional<Tissue> tissue_of(double hu);
inline constexpr std::array<const char*, kTissueCount> kTissueNames{"air", "soft", "bone"};

/// Errors in HU summed over pixels. Adding up those of many slices weighs each pixel alike.
struct ErrorSum {
  double sum = 0.0;
  nn::index pixels = 0;

  /// None without pixels.
  std::optional<double> mean() const {
    if (pixels == 0) return std::nullopt;
    return sum / static_cast<double>(pixels);
  }
  ErrorSum& operator+=(const ErrorSum& other) {
    sum += other.sum;
    pixels += other.pixels;
    return *this;
  }
};

struct SliceMetrics {
  std::array<double, kWindowCount> psnr{};  ///< dB, in the order of kWindows
  std::array<double, kWindowCount> ssim{};
  ErrorSum body_absolute;  ///< |prediction - truth| over the body; its mean is the MAE
  std::array<ErrorSum, kTissueCount> tissue_signed{};    ///< prediction - truth, by Tissue
  std::array<ErrorSum, kTissueCount> tissue_absolute{};  ///< |prediction - truth|, by Tissue
};

/// All metrics of one slice. `ignored`, empty or one byte a pixel, is 1 where a pixel counts for
/// nothing: burned-in text. There the prediction is taken for the truth, and no mean includes the
/// pixel; SSIM leaves out the windows that have such a pixel in their middle.
SliceMetrics measure(const Tensor& truth, const Tensor& prediction,
                     std::span<const std::uint8_t> ignored = {});

/// Of two in the middle their mean, of none 0; the order of the values is lost.
double median(std::vector<double>& values);

/// prediction - truth over pixels of one class.
struct PureError {
  ErrorSum errors;
  double median = 0.0;  ///< of the pixels; of two in the middle their mean
};

/// Over the body, where the truth and both known neighbours `before` and `after` are of one tissue,
/// by Tissue: a constant shift shows here, and pulling noise to the middle does not, because no
/// class border is near.
std::array<PureError, kTissueCount> pure_tissue_errors(const Tensor& truth,
                                                       const Tensor& prediction,
                                                       const Tensor& before, const Tensor& after,
                                                       std::span<const std::uint8_t> ignored = {});

}  // namespace data
