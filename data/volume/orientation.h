// What an orientation matrix says beyond the spacing, for every format that has one.
#pragma once

#include <optional>

#include "data/volume/volume.h"

namespace data {

/// Warns where the affine has another scale than the spacing, and where slices are not
/// perpendicular to their axis. Input error for an affine that holds no finite number.
void check_affine(Volume& v);

/// The axis that runs nearest to the patient's length; none where that is unknown.
std::optional<int> head_feet_axis(const Volume& v);

}  // namespace data
