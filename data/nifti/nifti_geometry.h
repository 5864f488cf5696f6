// What a NIfTI header says of places: spacing, orientation matrix and slice dimension. Only for
// data/nifti/.
#pragma once

#include <nifti1.h>

#include <optional>

#include "data/volume/volume.h"

namespace data {

/// Millimetres in the header's unit of length; an unknown unit is taken for mm, as by all readers.
double nifti_unit_in_mm(const nifti_1_header& h);

/// Sets spacing and affine in mm, with a warning for what is doubtful. The spacing is pixdim,
/// "voxel width" (nifti1.h); where that is no number above 0, the length of the sform's column,
/// which says the same where it is given; else 1 mm. The affine is the sform if its code is above
/// 0, else the qform, else the spacing alone. Where pixdim and sform disagree both are kept: pixdim
/// is the distance from slice to slice in the patient, and the sform may lead into a standard space
/// of another scale (nifti1.h, "Why 3 methods?"). Input error for an affine that holds no finite
/// number.
void read_geometry(Volume& v, const nifti_1_header& h);

/// The axis of slices by dim_info, 0..2; none where it names none, or the same axis twice.
std::optional<int> slice_dimension(const nifti_1_header& h);

}  // namespace data
