// DICOM series of CT images (PS3.3, A.3 CT Image IOD) in and out, on DCMTK, with OpenJPEG for
// JPEG 2000. A build without them (CT2CT_DICOM=OFF) has the same functions, which refuse in one
// line that says how to switch DICOM on.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "data/volume.h"

class DcmDataset;

namespace data {

/// One image of a series, as it was read.
struct DicomSlice {
  std::string file;  ///< relative to the folder or zip that the user named
  std::string sop_instance_uid;
  /// HU = slope * stored + intercept, this slice's own; the Volume's are common to all slices.
  double slope = 1;
  double intercept = 0;
  std::shared_ptr<DcmDataset> header;  ///< everything but the pixel data
};

/// What the writer needs of the series that a Volume was read from: one entry per slice of the scan
/// as it was read, in the Volume's order.
struct DicomSeries {
  std::string series_instance_uid;
  std::vector<DicomSlice> slices;
};

}  // namespace data
