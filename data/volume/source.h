// The facts of a DICOM series that a Volume does not hold. The DICOM room fills them in; the header
// of an image is opaque outside that room.
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
  /// HU = slope * stored + intercept, for this slice alone; the Volume's are common to all slices.
  double slope = 1;
  double intercept = 0;
  /// Everything but the pixel data. A frame of an enhanced object gets a data set of its own, with
  /// the attributes of its functional groups at the top level, as in a single image.
  std::shared_ptr<DcmDataset> header;
  nn::index frame = 0;  ///< number of the frame, from 1, in a file with several; else 0
};

/// The series that a Volume was read from, as the writer needs it.
struct DicomSeries {
  std::string series_instance_uid;
  std::vector<DicomSlice> slices;          ///< one for each slice as read, in the Volume's order
  std::optional<CentreWidth> window = {};  ///< the first window of the first slice
  nn::index interpolated =
      0;                  ///< number of slices marked as interpolated: DicomImage::interpolated
  std::string more = {};  ///< hint for a user who needs more slices than the series has
};

}  // namespace data
