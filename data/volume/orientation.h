// What an orientation matrix says beyond the spacing, for every format that has one.
#pragma once

#include "data/volume/volume.h"

namespace data {

/// Warns where the affine has another scale than the spacing, and where slices are not
/// perpendicular to their axis. Input error for an affine that holds no finite number.
void check_affine(Volume& v);

}  // namespace data
