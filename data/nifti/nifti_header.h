// The header of a NIfTI file of version 1 or 2, in this machine's byte order and in the fields of
// version 1. Only for nifti_read.cpp.
#pragma once

#include <nifti1.h>

#include <array>
#include <cstddef>
#include <string>

#include "data/files/gzip.h"
#include "nn/core/real.h"

namespace data {

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
