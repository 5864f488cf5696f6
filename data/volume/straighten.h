// Rectangular volumes of sheared ones. A tilted gantry leaves a stack whose slices are not
// perpendicular to the line through their first voxels. DICOM and the sform of NIfTI say so; some
// readers of NIfTI and every viewer of pictures take each stack for a rectangular one.
#pragma once

#include "data/volume/volume.h"

namespace data {

/// By how many mm a rectangular stack with the same first slice would miss: how far the last slice
/// is shifted in its own plane, or, where rows and columns are not at right angles, how far the end
/// of the longer of them is. By the affine; 0 where that spans no volume.
double shear_mm(const Volume& volume);

/// More than this many mm are a shear; less is rounding in a header.
inline constexpr double kLeastShear = 0.1;
inline bool is_sheared(const Volume& volume) { return shear_mm(volume) > kLeastShear; }

/// The same scan with the slice axis along the slices' normal: each slice, real or synthetic, is
/// shifted in its plane, by rows and then by columns, by cubic convolution with a = -1/2 (Catmull
/// and Rom's spline; R. G. Keys, "Cubic convolution interpolation for digital image processing",
/// IEEE Trans. ASSP 29, 1981). So every point of the patient keeps its place in the affine's world;
/// a shift by whole pixels keeps the values. Rows and columns are added so that nothing is cut;
/// what no slice covers has the padding value, else the lowest value of the scan. A pixel whose
/// nearest one is padding is padding too; to its neighbours, padding is air. Sets `resampled`, and
/// drops the overlay. A volume that is not sheared comes back as it is. The errors of
/// check_straighten().
Volume straightened(const Volume& volume);

/// Every input error that straightened() would end in: rows and columns that are not at right
/// angles, slices that are not in order along their normal, and a result that is too large.
void check_straighten(const Volume& volume);

}  // namespace data
