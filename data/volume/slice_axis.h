// Across which axis a scan is cut into slices, where its file leaves that open, as NIfTI does. The
// same scan as DICOM and as NIfTI is cut the same way.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "data/volume/volume.h"

namespace data {

/// What a file says of its axes beyond sizes and spacings.
struct AxisHints {
  std::optional<int> named;      ///< the slice dimension by name, 0..2: NIfTI's dim_info
  std::optional<int> head_feet;  ///< the axis nearest to the patient's length
};

/// The axis that runs nearest to the patient's length; none where that is unknown.
std::optional<int> head_feet_axis(const Volume& volume);

struct AxisChoice {
  int axis = 2;
  std::string reason;  ///< why, for people
  std::string doubt;   ///< what speaks against it, as a warning that names --axis; else empty
};

/// The first of these that the file answers:
///   1. the slice dimension that it names;
///   2. the axis whose spacing is unlike the other two, larger or smaller: by more than 1 %, and by
///      more than twice as much as those two differ, all as ratios. Pixels of a CT are square, and
///      its slices may be thicker or thinner than they;
///   3. the axis whose size is unlike the other two, which are equal, if it also runs from head to
///      feet as slices of a CT are stacked, or, where orientation is unknown, is the last;
///   4. the last axis, with a doubt.
/// A doubt is also said where 1 and 2, or 2 and 3, name different axes.
AxisChoice default_slice_axis(const std::array<nn::index, 3>& dims,
                              const std::array<double, 3>& spacing, const AxisHints& hints = {});

/// Sets the slice axis and its reason: `axis` 0..2, or -1 for the default, whose doubt becomes a
/// warning.
void choose_slice_axis(Volume& volume, int axis, const AxisHints& hints = {});

}  // namespace data
