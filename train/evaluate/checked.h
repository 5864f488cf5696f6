// What the self-check of `interpolate` is worth: made on the slices that a test leaves known, its
// decisions applied to those that it hides.
#pragma once

#include "train/dataset.h"
#include "train/self_check/self_check.h"

namespace train {

/// The self-check on every `factor`-th slice of a scan, as if the others did not exist; gap g lies
/// between slices g * factor and (g + 1) * factor. `trained`: of trained_targets(), for all slices;
/// `done`: as in hide_and_make().
SelfCheck check_known_slices(const PreparedScan& scan, nn::index factor, const Method& model,
                             const std::vector<bool>& trained, const SliceDone& done);

}  // namespace train
