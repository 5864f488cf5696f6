// NIfTI-1 and NIfTI-2 files (https://nifti.nimh.nih.gov, headers nifti1.h and nifti2.h): single
// .nii, .nii.gz and .hdr/.img pairs in either byte order are read; NIfTI-1 as .nii and .nii.gz is
// written. Whether a file is compressed is decided by its content. 64-bit integers are kept with 32
// bits and refused where they do not fit. Refused with a clear text: ANALYZE 7.5, more than three
// dimensions, colour, complex, one-bit and 128-bit voxels.
#pragma once

#include <span>
#include <string>

#include "data/atomic_file.h"
#include "data/volume.h"

namespace data {

/// Reads a scan in its own datatype and axis order; HU = scl_slope * stored + scl_inter, where a
/// slope of 0 means that the stored values are HU. Spacing and affine in mm whatever xyzt_units
/// says; the affine is the sform if its code is above 0, else the qform, else the spacing alone.
/// Throws an input error for what is refused, damaged, truncated (with the bytes got and expected)
/// or larger than kMaxAxis and kMaxVoxels. `slice_axis` is the default one.
Volume read_nifti(const std::string& path);

/// Writes `path`, which must end in .nii or .nii.gz. A scan that was read from NIfTI keeps its
/// header: origin, quaternion, both codes, datatype, scl_slope and scl_inter. Along refined axes
/// pixdim and the sform's column are divided, and `descrip` becomes "x2 interpolated RESEARCH" with
/// the factor. Any other scan gets its affine as qform and sform. Header extensions are not
/// written: what they say of slices (AFNI, dcmstack) would be wrong of other slices. The same
/// volume gives the same bytes, compressed or not. Input error when `path` exists and not `force`,
/// when an axis is longer than NIfTI-1 can say (32767), or when the slices are not evenly spaced,
/// which NIfTI cannot say; job error when the disk is full.
void write_nifti(const std::string& path, const Volume& volume, bool force,
                 const BeforeCommit& before_commit = {});

/// What the values of a file are that is no scan but lies on the voxels of one.
struct MapLabel {
  std::string name;         ///< intent_name, up to 15 characters
  std::string description;  ///< descrip, up to 79
};

/// Writes such values as write_nifti() writes the scan on whose grid they lie, with their own
/// datatype and scaling, the intent "estimate", and no display range.
void write_nifti_map(const std::string& path, const Volume& map, const MapLabel& label, bool force,
                     const BeforeCommit& before_commit = {});

/// The input error of write_nifti() for slices at such positions; `hint` says what to do.
void require_nifti_steps(const std::string& path, std::span<const Position> positions,
                         const std::string& hint = "write DICOM instead: --out DIR/");

/// The mark in `descrip` of every scan that holds interpolated slices.
inline constexpr char kInterpolatedMark[] = "interpolated RESEARCH";

/// Whether the header has that mark.
bool says_interpolated(const NiftiHeader& header);

/// True when the header has a qform or an sform, so that the patient's right is known.
bool says_orientation(const NiftiHeader& header);

}  // namespace data
