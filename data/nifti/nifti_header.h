// The header of a NIfTI file of version 1 or 2, in this machine's byte order and in the fields of
// version 1. Only for nifti_read.cpp.
#pragma once

#include <nifti1.h>
#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "data/files/gzip.h"
#include "data/volume/volume.h"
#include "nn/core/real.h"

namespace data {

// What a NIfTI header says of places: spacing, orientation matrix and slice dimension. Only for
// data/nifti/.

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

struct NiftiFileHeader {
  nifti_1_header fields;      ///< of version 2 with numbers rounded to what version 1 can hold
  std::array<double, 8> dim;  ///< not yet checked
  double voxel_offset;
  double slope, intercept;
  std::size_t bytes;  ///< of the header: 348 or 540
  bool swapped;       ///< the file has the other byte order
  bool pair;          ///< the voxels are in a file of their own
};

/// Reads from the start of the file. Input error when it is no NIfTI header.
NiftiFileHeader read_nifti_header(GzipReader& file, const std::string& path);

struct NiftiSize {
  std::array<nn::index, 3> dims{1, 1, 1};  ///< may still be too large or negative
  nn::index volumes = 1;                   ///< 1 or more: dim[4]
};

/// Input error for a fifth dimension and further ones that are more than one voxel long.
NiftiSize nifti_size(const NiftiFileHeader& h, const std::string& path);

}  // namespace data
