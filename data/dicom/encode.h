// From the HU of a slice to the stored values of a CT image. Only files of data/dicom/ include
// this.
#pragma once

#include <cstdint>
#include <vector>

#include "data/volume/volume.h"

namespace data {

/// How a slice is stored: HU = slope * stored + intercept.
struct PixelFormat {
  bool is_signed = true;
  int bits_stored = 16;      ///< 12 to 16, as the CT Image IOD wants
  bool monochrome1 = false;  ///< how it is shown; stored values are as of MONOCHROME2
  double slope = 1;
  double intercept = 0;
};

/// The format of slice k: that of the slice itself, or of the nearer neighbour of a synthetic one.
/// A scan without DICOM headers keeps its integers of up to 16 bits with their slope and intercept;
/// other values must be whole HU that fit into 16 bits.
PixelFormat pixel_format(const Volume& volume, nn::index k);

/// Number in the scan as it was read of the slice that slice k is, or is nearer to.
nn::index nearer_source(const Volume& volume, nn::index k);

/// The words of slice k, row by row. Values of a real slice must come back exactly by slope and
/// intercept, or an input error names the slice; those of a synthetic one are rounded to the
/// nearest, ties to even, and clamped to bits_stored.
std::vector<std::uint16_t> encoded(const Volume& volume, nn::index k, const PixelFormat& format);

}  // namespace data
