#include "nn/backend/cpu/conv_plan.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "nn/backend/cpu/windows.h"
#include "nn/core/error.h"

namespace nn::cpu {
namespace {

constexpr index kFew = 8;           ///< channels: fewer leave most of a vector empty
constexpr index kFewOfPhases = 25;  ///< the same where the outputs of a phase lie apart
constexpr index kWide = 8;          ///< outputs side by side that make a good product by themselves
constexpr index kWideForWeights = 28;  ///< the same where k runs over them
constexpr index kNarrow = 32768;       ///< weights that stay in a cache, all of them
constexpr index kFewPixels = 64;       ///< of a phase, over all images

/// What does not depend on the kernel.
std::optional<ConvPlan> asked_for(const ConvSizes& s) {
  if (s.algorithm == ConvAlgorithm::winograd) return ConvPlan{ConvPath::winograd};
  if (eigen_asked_for()) return ConvPlan{ConvPath::eigen};
  return std::nullopt;
}

}  // namespace

std::string to_string(ConvPath path) {
  switch (path) {
    case ConvPath::winograd:
      return "winograd";
    case ConvPath::eigen:
      return "eigen";
    case ConvPath::few_channels:
      return "few channels";
    case ConvPath::narrow:
      return "narrow";
    case ConvPath::in_place:
      return "in place";
    case ConvPath::few_pixels:
      return "few pixels";
    case ConvPath::gather:
      break;
  }
  return "gather";
}

ConvPlan plan_correlate(const ConvSizes& s) {
  if (const auto plan = asked_for(s)) return *plan;
  if (s.map.c < kFew && s.spec.stride == 1) return {ConvPath::few_channels};
  if (s.map.w < kWide) return {ConvPath::gather};
  const index weights = s.spec.kernel_h * s.spec.kernel_w * s.image.c * s.map.c;
  return {weights <= kNarrow ? ConvPath::narrow : ConvPath::in_place};
}

ConvPlan plan_adjoint(const ConvSizes& s) {
  if (const auto plan = asked_for(s)) return *plan;
  // few_channels reads one panel of fixed weights and no further.
  const bool one_panel = !s.fixed || s.image.c <= s.packed_channels;
  if (s.image.c < kFewOfPhases && one_panel) return {ConvPath::few_channels};
  const auto phases = phases_of(s.spec, s.image);
  const bool few_pixels = std::all_of(phases.begin(), phases.end(), [&](const Phase& p) {
    return p.pixels(s.image) <= kFewPixels;
  });
  if (few_pixels && !s.fixed) return {ConvPath::few_pixels};
  return {s.image.w >= kWide * s.spec.stride ? ConvPath::in_place : ConvPath::gather};
}

ConvPlan plan_weights(const ConvSizes& s) {
  if (const auto plan = asked_for(s)) return *plan;
  if (s.map.c < kFew) return {ConvPath::few_channels};
  return {s.map.w >= kWideForWeights ? ConvPath::in_place : ConvPath::gather};
}

bool eigen_asked_for() {
  static const bool asked = [] {
    const char* text = std::getenv("CT2CT_GEMM");
    const std::string value = text == nullptr ? "" : text;
    require(value.empty() || value == "eigen" || value == "chain", "CT2CT_GEMM", "'" + value + "'",
            "eigen or chain", "unset it");
    return value == "eigen";
  }();
  return asked;
}

}  // namespace nn::cpu
