// Makes a sheared volume rectangular. In a scan with a tilted gantry the slices are not
// perpendicular to the line through their first voxels. DICOM and the sform of NIfTI describe this,
// but some readers of NIfTI and all viewers of pictures treat every stack as rectangular.
#pragma once

#include "data/volume/volume.h"

namespace data {

/// The distance in mm from a rectangular stack with the same first slice: the shift of the last
/// slice in its own plane. If rows and columns are not at right angles, it is the shift of the end
/// of the longer of the two. Computed from the affine; 0 if the affine spans no volume.
double shear_mm(const Volume& volume);

/// A volume with more mm than this counts as sheared; less is rounding in a header.
inline constexpr double kLeastShear = 0.1;
inline bool is_sheared(const Volume& volume) { return shear_mm(volume) > kLeastShear; }

/// The same scan with the slice axis along the slices' normal. Each slice, real or synthetic, is
/// shifted in its plane, by rows and then by columns, by cubic convolution with a = -1/2 (Catmull
/// and Rom's spline; R. G. Keys, "Cubic convolution interpolation for digital image processing",
/// IEEE Trans. ASSP 29, 1981). So every point of the patient keeps its place in the affine's world;
/// a shift by whole pixels keeps the values. Rows and columns are added so that nothing is cut.
/// Pixels that no slice covers get the padding value, else the lowest value of the scan. A pixel is
/// padding if the nearest old pixel is; for all other pixels padding counts as air. Sets
/// `resampled`, and drops the overlay. A volume that is not sheared is returned unchanged. Throws
/// the errors of check_straighten().
Volume straightened(const Volume& volume);

/// Throws the input errors of straightened(): rows and columns are not at right angles, slices are
/// not in order along their normal, or the result is too large.
void check_straighten(const Volume& volume);

}  // namespace data
