// Every method on one slice, and what a set of slices comes to for each of them: the whole scan, or
// one part of it.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "data/measure/metrics.h"
#include "data/measure/regions.h"
#include "data/measure/summary.h"
#include "data/measure/texture.h"

namespace train {

/// The network first, then the network with its self-check (predictions.h) and what it has to beat.
inline constexpr std::array<const char*, 7> kMethods{
    "model", "model_checked", "nearest", "linear", "cubic", "least_squares", "registered"};

/// Place of a method in kMethods.
consteval std::size_t method_at(std::string_view name) {
  std::size_t i = 0;
  while (kMethods.at(i) != name) ++i;  // no such method: does not compile
  return i;
}
inline constexpr std::size_t kMethodModel = method_at("model");
inline constexpr std::size_t kMethodChecked = method_at("model_checked");
inline constexpr std::size_t kMethodLinear = method_at("linear");
inline constexpr std::size_t kMethodCubic = method_at("cubic");
inline constexpr std::size_t kMethodLeastSquares = method_at("least_squares");
inline constexpr std::size_t kMethodRegistered = method_at("registered");

/// What needs neither a network nor a training; of equally good ones the first counts as the best.
inline constexpr std::array<std::size_t, 4> kFreeMethods{kMethodRegistered, kMethodCubic,
                                                         kMethodLinear, method_at("nearest")};

/// A method's name for readers.
std::string method_label(std::size_t method);

/// One method on one slice.
struct SliceScores {
  data::SliceMetrics metrics;
  std::array<data::PureError, data::kTissueCount>
      pure{};             ///< pure_tissue_errors(); empty for pictures
  data::Texture texture;  ///< no noise for pictures, which have no soft tissue
};

/// One slice that was predicted.
struct SliceRow {
  nn::index slice = 0;             ///< in the scan, from 0
  std::optional<double> position;  ///< mm along the stack from slice 0; none for pictures
  double t = 0.5;                  ///< from the known slice before to the one after
  std::array<SliceScores, kMethods.size()> methods;
};

/// One method over slices.
struct MethodReport {
  std::array<data::Summary, data::kWindowCount> psnr;  ///< dB, in the order of kWindows
  std::array<data::Summary, data::kWindowCount> ssim;
  std::optional<data::Summary> mae_body;  ///< HU (grey levels for pictures); none without a body
  std::array<std::optional<double>, data::kTissueCount> signed_error;       ///< HU
  std::array<std::optional<data::Summary>, data::kTissueCount> mae_tissue;  ///< HU
  std::array<std::optional<data::Summary>, data::kTissueCount>
      pure_signed;  ///< HU, mean over pixels
  std::array<std::optional<data::Summary>, data::kTissueCount>
      pure_median;  ///< HU, medians of slices, by pixels
  std::array<nn::index, data::kTissueCount> pure_pixels{};
  std::optional<data::Summary> noise;      ///< standard deviation in flat regions over the truth's
  std::optional<data::Summary> sharpness;  ///< gradient energy in the body over the truth's
  nn::index slices_won = 0;                ///< against cubic, full window
  /// PSNR by window, paired difference to cubic in dB.
  std::array<data::Summary, data::kWindowCount> over_cubic;
  std::optional<data::Summary> mae_body_over_cubic;  ///< paired difference; below 0 is better
  data::SignedRank test;                             ///< of over_cubic in the full window
};

using Methods = std::array<MethodReport, kMethods.size()>;

/// Of kFreeMethods the one with the highest mean PSNR in the full window.
std::size_t best_free(const Methods& methods);

/// PSNR in a window of kWindows, slice by slice, of a method minus that of another, dB.
data::Summary psnr_over(std::span<const SliceRow> rows, std::size_t method, std::size_t other,
                        std::size_t window = 0);

/// On how many slices a method's PSNR in the full window is above that of another.
nn::index slices_closer(std::span<const SliceRow> rows, std::size_t method, std::size_t other);

/// `grey_unit`: HU in a grey level for pictures, 0 for a scan in HU. Throws for no slices.
Methods summarise(std::span<const SliceRow> rows, double grey_unit);

/// Some of the slices that were predicted.
struct Part {
  std::string name;
  double t = 0;  ///< of by_position()
  nn::index slices = 0;
  Methods methods;
};

/// One part for each region with a predicted slice in it, in the order of the stack.
std::vector<Part> by_region(std::span<const SliceRow> rows, const data::Regions& regions,
                            double grey_unit);
/// One part for each t, "t = 0.250", from the smallest.
std::vector<Part> by_position(std::span<const SliceRow> rows, double grey_unit);

}  // namespace train
