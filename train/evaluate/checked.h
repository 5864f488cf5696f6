// What the self-check of `interpolate` is worth: made on the slices that a test leaves known, its
// decisions applied to those that it hides.
#pragma once

#include "train/predict/prepared_scan.h"
#include "train/self_check/self_check.h"

namespace train {

/// What a test leaves known of a scan, every `factor`-th slice, as if the others did not exist; gap
/// g lies between slices g * factor and (g + 1) * factor.
struct TestedScan {
  KnownScan known;            ///< refers to the scan
  std::vector<bool> cut;      ///< all of its gaps are
  std::vector<bool> trained;  ///< which known slices were targets in training; empty: none
};

/// `trained`: of trained_targets(), for all slices.
TestedScan tested(const PreparedScan& scan, nn::index factor, const std::vector<bool>& trained);

}  // namespace train
