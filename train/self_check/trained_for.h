// Before any work: is a scan of the kind that the model was trained on? Rules, numbers and limits:
// docs/audit/trained-for.md.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "train/predict/interpolate.h"
#include "train/predict/model_file.h"
#include "train/recipe/scan_profile.h"

namespace train {

/// A CT has air around the body: a scan with a smaller share of pixels below -500 HU is none.
inline constexpr double kLeastAir = 0.001;

/// The shares of tissues may be so far from those of the nearest training scan.
inline constexpr double kMostTissueDistance = 0.22;

/// Pixels may be so many times smaller or larger than any of the training.
inline constexpr double kMostPixelFactor = 2.5;

/// Gaps may be so many times narrower than the narrowest of the training. Wide ones: Plan.
inline constexpr double kMostGapFactor = 5;

/// One thing in which a scan is unlike those of the training.
struct Unlike {
  std::string got, expected;
};

struct TrainedFor {
  bool known = true;  ///< false: the model file does not say what its scans looked like
  bool ct = true;     ///< false: the scan is no CT in HU, and `interpolate` refuses it
  std::vector<Unlike> unlike;

  bool holds() const { return unlike.empty(); }
};

/// A scan that has `profile` and whose neighbouring slices are `gap` mm apart; pictures have no
/// profile, and nothing is asked of them.
TrainedFor trained_for(const Model& model, const std::optional<ScanProfile>& profile, double gap);

/// The mm between rows or columns that the network had before it in training; none where the model
/// file does not say.
std::optional<data::ValueRange> trained_pixels(const Model& model);

/// An input error at `where` for a scan that is no CT in HU.
void require_ct(const TrainedFor& judged, const std::string& where);

/// What makes such a scan instead of the model where no self-check is wanted; else see
/// self_check_without_network().
Method cubic_for_untrained();

/// "the model was not trained for such a scan: ...", with what comes of it; empty where it was.
std::string to_line(const TrainedFor& judged);

nlohmann::ordered_json to_trained_for_json(const TrainedFor& judged);

}  // namespace train
