#include "train/predict/plan.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "data/volume/steps.h"
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

/// Gaps of one width that follow each other and are left alone for it.
struct WideGaps {
  nn::index first = 0;  ///< gap k lies between slices k and k + 1
  nn::index count = 0;
  double mm = 0;
  std::string reason;

  std::string warning(const data::Volume& v) const {
    return (count == 1 ? "the gap of " : std::to_string(count) + " gaps of ") + in_mm(mm) +
           " from " + place(v.position(first)) + " to " + place(v.position(first + count)) +
           (count == 1 ? " mm is" : " mm are") + " left alone: " + reason + "; --fill-gaps fills " +
           (count == 1 ? "it" : "them");
  }
};

struct Gap {
  double mm = 0;
  double usual = 0;  ///< what it is compared with: data::usual_steps()
};

std::vector<Gap> gaps_of(const data::Volume& volume) {
  std::vector<data::Position> positions;
  for (nn::index k = 0; k < volume.slices(); ++k) positions.push_back(volume.position(k));
  const std::vector<data::StepRun> runs = data::step_runs(positions);
  const std::vector<double> usual = data::usual_steps(runs);
  std::vector<Gap> gaps;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    for (nn::index i = 0; i < runs[r].count; ++i) {
      const std::size_t k = gaps.size();
      gaps.push_back({data::distance(positions[k], positions[k + 1]), usual[r]});
    }
  }
  return gaps;
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
  Plan result;
  std::vector<WideGaps> wide;
  for (const Gap& gap : gaps_of(volume)) {
    const auto k = static_cast<nn::index>(result.parts.size());
    nn::index parts = parts_of(gap.mm, options);
    const bool missing = gap.mm > kWideGap * gap.usual;
    const bool untrained =
        options.trained && gap.mm > *options.trained && !data::same_step(*options.trained, gap.mm);
    if (parts > 1 && !options.fill_gaps && (missing || untrained)) {
      parts = 1;
      const std::string reason =
          missing ? "more than 1.5 times the steps of " + in_mm(gap.usual) + " beside"
                  : "the model was trained for gaps up to " + in_mm(*options.trained);
      const bool goes_on = !wide.empty() && wide.back().first + wide.back().count == k &&
                           wide.back().reason == reason && data::same_step(wide.back().mm, gap.mm);
      if (!goes_on) wide.push_back({k, 0, gap.mm, reason});
      ++wide.back().count;
    }
    result.parts.push_back(parts);
  }
  for (const WideGaps& w : wide) result.warnings.push_back(w.warning(volume));
  const nn::index made = result.synthetic();
  nn::require(made + volume.slices() <= data::kMaxAxis, volume.source,
              std::to_string(made + volume.slices()) + " slices after interpolation",
              "at most " + std::to_string(data::kMaxAxis),
              "use a smaller --factor or a larger --spacing");
  if (made > 0) return result;
  throw nn::Error(
      nn::Fault::input, volume.source,
      "no gap to cut; the median one has " + in_mm(data::median_gap(volume)),
      !wide.empty() && options.trained
          ? "gaps up to " + in_mm(*options.trained) + ", which the model was trained for"
          : "gaps wider than --spacing",
      !wide.empty() ? "use another model, or give --fill-gaps" : "give a smaller --spacing");
}

}  // namespace train
