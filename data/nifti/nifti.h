// NIfTI-1 and NIfTI-2 files (https://nifti.nimh.nih.gov, headers nifti1.h and nifti2.h): single
// .nii, .nii.gz and .hdr/.img pairs in either byte order are read; NIfTI-1 as .nii and .nii.gz is
// written. Whether a file is compressed is decided by its content. 64-bit integers are kept with 32
// bits and refused where they do not fit. Of a file of four dimensions one volume is read. Refused
// with a clear text: ANALYZE 7.5, more than four dimensions, colour, complex, one-bit and 128-bit
// voxels.
#pragma once

#include <span>
#include <string>

#include "data/files/output_set.h"
#include "data/volume/volume.h"

namespace data {

struct NiftiOptions {
  int axis = -1;    ///< slice axis 0..2, or -1 for the default: data/volume/slice_axis.h
  int volume = -1;  ///< which volume of four dimensions, from 0; -1: there must be one alone
};

/// Reads a scan in its own datatype and axis order; HU = scl_slope * stored + scl_inter, where a
/// slope of 0 means that the stored values are HU. Spacing and affine are in mm whatever xyzt_units
/// says (data/nifti/nifti_header.h). `path` of a pair is its header. Throws an input error for
/// what is refused, damaged, truncated (with the bytes got and expected) or larger than kMaxAxis
/// and kMaxVoxels, and for four dimensions without a choice.
Volume read_nifti(const std::string& path, const NiftiOptions& options = {});

/// The volumes along the fourth dimension.
struct NiftiVolumes {
  nn::index count = 1;
  double seconds = 0;  ///< from one to the next; 0 where the header does not say
};

/// Reads the header alone. Input error where it is no NIfTI header.
NiftiVolumes nifti_volumes(const std::string& path);

/// Writes `path`, which must end in .nii or .nii.gz. A scan that was read from NIfTI keeps its
/// header: origin, quaternion, both codes, datatype, scl_slope and scl_inter. Along refined axes
/// pixdim and the sform's column are divided, and `descrip` becomes "x2 interpolated RESEARCH;
/// ct2ct 1.0; model 0123456789abcdef" with the factor, the program's version and, where the weights
/// of a model had a part in a slice, the first digits of their SHA-256; after the mark it says
/// ", straightened: all slices resampled" where that was done. Any other scan, and one that was
/// straightened, gets its affine as sform and as qform, both with code 0 where orientation is
/// unknown, and dim_info names its slice axis. Where the sform is sheared
/// (data/volume/straighten.h) qform_code is 0, unless the sform leads into a standard space: no
/// quaternion can say a shear, and ITK (Slicer, ANTs) would go by the qform. Header extensions are
/// not written: what they say of slices (AFNI, dcmstack) would be wrong of other slices. The same
/// volume gives the same bytes, compressed or not. Input error when `path` exists and not `force`,
/// when an axis is longer than NIfTI-1 can say (32767), or when the slices are not evenly spaced,
/// which NIfTI cannot say; job error when the disk is full.
void write_nifti(OutputSet& outputs, const std::string& path, const Volume& volume,
                 const Provenance& provenance);
/// The same alone.
void write_nifti(const std::string& path, const Volume& volume, bool force);

/// What the values of a file are that is no scan but lies on the voxels of one.
struct MapLabel {
  std::string name;         ///< intent_name, up to 15 characters
  std::string description;  ///< descrip, up to 79
};

/// Writes such values as write_nifti() writes the scan on whose grid they lie, with their own
/// datatype and scaling, the intent "estimate", and no display range.
void write_nifti_map(OutputSet& outputs, const std::string& path, const Volume& map,
                     const MapLabel& label);

/// The input error of write_nifti() for slices at such positions; `hint` says what to do.
void require_nifti_steps(const std::string& path, std::span<const Position> positions,
                         const std::string& hint = "write DICOM instead: --out DIR/");

/// Whether `descrip` has the mark of data/volume/mark.h.
bool says_interpolated(const NiftiHeader& header);

/// True when the header has a qform or an sform, so that the patient's right is known.
bool says_orientation(const NiftiHeader& header);

}  // namespace data
