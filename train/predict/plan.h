// Into how many steps each gap of a scan is cut, before any slice is made.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/volume/volume.h"

namespace train {

/// The smallest and largest number of parts that a factor may ask for.
inline constexpr nn::index kLeastFactor = 2;
inline constexpr nn::index kMostFactor = 10;

/// A gap this much wider than the steps around it (data::usual_steps) is taken for missing slices.
/// In a range with wider steps of its own no gap is.
inline constexpr double kWideGap = 1.5;

struct PlanOptions {
  nn::index factor = 2;           ///< every gap in so many parts; 0: `spacing` decides
  double spacing = 0;             ///< mm: gap g in round(g / spacing) parts, at least 1
  bool fill_gaps = false;         ///< cut wide gaps as well
  std::optional<double> trained;  ///< mm: the widest gap that the model was trained for
};

struct Plan {
  std::vector<nn::index> parts;       ///< one for each gap; 1: left alone
  std::vector<std::string> warnings;  ///< one line for each run of gaps left alone for their width

  nn::index synthetic() const;  ///< slices that will be made
};

/// Input error for a scan of fewer than 2 slices, a factor out of range, a spacing that is no
/// length or makes more slices than data::kMaxAxis, and where no gap would be cut.
Plan plan(const data::Volume& volume, const PlanOptions& options);

}  // namespace train
