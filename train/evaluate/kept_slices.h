// The slices of a test as pictures for a page: 16-bit numbers, reduced where they would be too
// many.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nn/core/tensor.h"
#include "train/evaluate/methods.h"

namespace train {

/// Row by row, in units of KeptSlices::step.
using KeptPicture = std::vector<std::int16_t>;

struct KeptSlice {
  nn::index slice = 0;  ///< in the scan, from 0
  double t = 0.5;       ///< as SliceRow::t
  KeptPicture truth;
  /// Of the model and of kFreeMethods; empty for the others.
  std::array<KeptPicture, kMethods.size()> methods;
};

struct KeptSlices {
  nn::index width = 0;
  nn::index height = 0;
  nn::index reduction = 1;  ///< a pixel is the mean of reduction x reduction pixels of the slice
  double step = 1;          ///< HU or grey levels in a unit
  std::vector<KeptSlice> slices;
};

/// No slices yet. `most` is the number of pixels of all pictures of one method together: slices are
/// reduced until they have no more. `grey_unit` as in ScanReport.
KeptSlices kept_slices(nn::index count, const nn::Shape& slice, double most, double grey_unit);

/// A picture of a slice (1,H,W,1), which is in HU or, with a `grey_unit`, in grey levels spread
/// over the full window. HU are clamped as in metrics.h. Pixels at the right and lower border are
/// means of those that exist.
KeptPicture kept_picture(const nn::Tensor& slice, const KeptSlices& as, double grey_unit);

}  // namespace train
