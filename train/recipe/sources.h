// What a model file records of each scan that its training read.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "train/recipe/scan_profile.h"

namespace train {

// JSON that others may have written, before it is converted.

/// The JSON library converts 1e300 to a whole number unchecked, which is undefined, and 4.9 to 4.
/// Throws an input error that names the entry of `given` that is no whole number where `like`, the
/// JSON of some value of the same type, has one. Entries that one of them lacks are passed over.
void require_whole_numbers(const nlohmann::json& like, const nlohmann::json& given);

/// What is recorded of a scan that was trained on.
struct SourceInfo {
  std::string name;  ///< file or folder name without its path: paths say too much about a user
  std::string sha256;
  nn::index slices = 0, height = 0, width = 0;
  double slice_spacing = 0;  ///< mm; of an unevenly spaced scan the median gap
  std::string unit;
  /// At the size that slices were resampled to; none for pictures, nor in older model files.
  std::optional<ScanProfile> profile = {};
};

void to_json(nlohmann::json& j, const SourceInfo& s);
void from_json(const nlohmann::json& j, SourceInfo& s);

}  // namespace train
