// Decides into how many parts each gap of a scan is cut, before any slice is made.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/volume/volume.h"

namespace train {

/// The smallest and largest factor: the number of parts of each gap.
inline constexpr nn::index kLeastFactor = 2;
inline constexpr nn::index kMostFactor = 10;

/// If a gap is this many times wider than the steps around it (data::usual_steps), slices are
/// missing there. A run of three or more equal wide steps does not count as missing slices.
inline constexpr double kWideGap = 1.5;

struct PlanOptions {
  nn::index factor = 2;           ///< parts of every gap; 0: `spacing` decides
  double spacing = 0;             ///< mm: gap g in round(g / spacing) parts, at least 1
  bool fill_gaps = false;         ///< cut wide gaps as well
  std::optional<double> trained;  ///< mm: the widest gap that the model was trained for
};

struct Plan {
  std::vector<nn::index> parts;       ///< one for each gap; 1: left alone
  std::vector<std::string> warnings;  ///< one line for each run of gaps that are too wide to cut

  nn::index synthetic() const;  ///< number of slices that will be made
};

/// Plans the cuts. Input error: the scan has fewer than 2 slices, the factor is out of range, the
/// spacing is no length or makes more slices than data::kMaxAxis, or no gap would be cut.
Plan plan(const data::Volume& volume, const PlanOptions& options);

}  // namespace train
