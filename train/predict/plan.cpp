#include "train/predict/plan.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "nn/core/error.h"

namespace train {
namespace {

std::string in_mm(double v) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g mm", v);
  return text;
}

std::string place(const data::Position& p) {
  char text[96];
  std::snprintf(text, sizeof(text), "(%.2f, %.2f, %.2f)", p[0], p[1], p[2]);
  return text;
}

/// Parts of a gap that is cut, whatever its width.
nn::index parts_of(double gap, const PlanOptions& o) {
  if (o.factor != 0) return o.factor;
  // Compared before the cast, which no number beyond nn::index survives.
  const double wanted = std::min(std::round(gap / o.spacing), static_cast<double>(data::kMaxAxis));
  return std::max<nn::index>(1, static_cast<nn::index>(wanted));
}

void check(const PlanOptions& o) {
  if (o.factor != 0) {
    nn::require(o.factor >= kLeastFactor && o.factor <= kMostFactor, "--factor",
                std::to_string(o.factor),
                std::to_string(kLeastFactor) + " to " + std::to_string(kMostFactor));
  } else {
    nn::require(std::isfinite(o.spacing) && o.spacing > 0, "--spacing", std::to_string(o.spacing),
                "a length in mm above 0");
  }
}

}  // namespace

nn::index Plan::synthetic() const {
  nn::index count = 0;
  for (const nn::index n : parts) count += n - 1;
  return count;
}

Plan plan(const data::Volume& volume, const PlanOptions& options) {
  check(options);
  data::require_slices(volume, 2, "interpolate");
  const double median = data::median_gap(volume);
  Plan result;
  for (nn::index k = 0; k + 1 < volume.slices(); ++k) {
    const data::Position a = volume.position(k);
    const data::Position c = volume.position(k + 1);
    const double gap = data::distance(a, c);
    nn::index parts = parts_of(gap, options);
    const bool missing = gap > kWideGap * median;
    const bool untrained =
        options.trained && gap > *options.trained && !data::same_step(*options.trained, gap);
    if (parts > 1 && !options.fill_gaps && (missing || untrained)) {
      parts = 1;
      result.warnings.push_back(
          "the gap of " + in_mm(gap) + " from " + place(a) + " to " + place(c) +
          " mm is left alone: " +
          (missing ? "more than 1.5 times the median gap of " + in_mm(median)
                   : "the model was trained for gaps up to " + in_mm(*options.trained)) +
          "; --fill-gaps fills it");
    }
    result.parts.push_back(parts);
  }
  const nn::index made = result.synthetic();
  nn::require(made + volume.slices() <= data::kMaxAxis, volume.source,
              std::to_string(made + volume.slices()) + " slices after interpolation",
              "at most " + std::to_string(data::kMaxAxis),
              "use a smaller --factor or a larger --spacing");
  if (made > 0) return result;
  const bool wide = !result.warnings.empty();
  throw nn::Error(
      nn::Fault::input, volume.source, "no gap to cut; the median one has " + in_mm(median),
      wide && options.trained
          ? "gaps up to " + in_mm(*options.trained) + ", which the model was trained for"
          : "gaps wider than --spacing",
      wide ? "use another model, or give --fill-gaps" : "give a smaller --spacing");
}

}  // namespace train
