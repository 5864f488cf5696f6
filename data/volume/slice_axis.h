// Chooses the axis across which a scan is cut into slices, if its file does not say it, as in
// NIfTI. The same scan is cut the same way as DICOM and as NIfTI.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "data/volume/volume.h"

namespace data {

/// What a file says about its axes besides sizes and spacings.
struct AxisHints {
  std::optional<int> named;      ///< the slice dimension by name, 0..2: NIfTI's dim_info
  std::optional<int> head_feet;  ///< the axis nearest to the patient's length
};

/// The axis that runs nearest to the patient's length; none where that is unknown.
std::optional<int> head_feet_axis(const Volume& volume);

struct AxisChoice {
  int axis = 2;
  std::string reason;  ///< why, for people
  std::string doubt;   ///< a warning that names --axis, if another axis is possible; else empty
};

/// The slice axis, by the first of these rules that applies:
///   1. the slice dimension that the file names;
///   2. the axis whose spacing differs from the other two: by more than 1 %, and by more than twice
///      the difference between those two (all as ratios). Pixels of a CT are square, but its slices
///      may be thicker or thinner than a pixel;
///   3. the axis whose size differs from the other two, which are equal. It must also run from head
///      to feet, as slices of a CT are stacked, or be the last axis if orientation is unknown;
///   4. the last axis, with a doubt.
/// There is also a doubt if rules 1 and 2, or 2 and 3, name different axes.
AxisChoice default_slice_axis(const std::array<nn::index, 3>& dims,
                              const std::array<double, 3>& spacing, const AxisHints& hints = {});

/// Sets the slice axis and its reason. `axis` is 0..2, or -1 for default_slice_axis(), whose doubt
/// becomes a warning.
void choose_slice_axis(Volume& volume, int axis, const AxisHints& hints = {});

}  // namespace data
