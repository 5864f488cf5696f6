// What a DICOM series says beyond the voxels of a Volume. The DICOM room fills it in; the header of
// an image is opaque outside that room.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/volume/window.h"
#include "nn/core/real.h"

class DcmDataset;

namespace data {

/// One image of a series, as it was read.
struct DicomSlice {
  std::string file;  ///< relative to the folder or zip that the user named
  std::string sop_instance_uid;
  /// HU = slope * stored + intercept, this slice's own; the Volume's are common to all slices.
  double slope = 1;
  double intercept = 0;
  /// Everything but the pixel data. A frame of an enhanced object gets a data set of its own, with
  /// the attributes of its functional groups at the top, where a single image has them.
  std::shared_ptr<DcmDataset> header;
  nn::index frame = 0;  ///< from 1, of a file that holds several; else 0
};

/// What the writer needs of the series that a Volume was read from: one entry per slice of the scan
/// as it was read, in the Volume's order.
struct DicomSeries {
  std::string series_instance_uid;
  std::vector<DicomSlice> slices;
  std::optional<CentreWidth> window = {};  ///< of the first slice, the first one that it says
  nn::index interpolated = 0;  ///< slices that say they were interpolated: DicomImage::interpolated
  std::string more = {};       ///< what a user can do who needs more slices than it has
};

}  // namespace data
