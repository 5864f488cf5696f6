// From images to series: which belong together, in which order, how far apart. Rules and tolerances
// are those of PS3.3, C.7.6.2 and of what converters do in practice (dcm2niix, GDCM).
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/dicom/dicom.h"
#include "data/dicom/image.h"
#include "data/point.h"

namespace data {

struct DicomSequence {
  DicomGroup info;
  std::vector<DicomImage> images;  ///< along the normal once arranged
};

/// A text that is equal for images of equal values, for instance a hash of them.
using PixelHash = std::function<std::string(const DicomImage&)>;

/// Puts together images of equal series, frame of reference, size, orientation (to 1e-3), pixel
/// spacing, kernel and image type. Slices marked as synthetic join what they lie between, although
/// their image type is another.
std::vector<DicomSequence> group_images(const std::vector<DicomImage>& images);

/// Orders the images along the normal, drops copies (same UID, or equal values, at one place), and
/// measures the steps. Where different images share a place, the group is split by acquisition
/// number, else by time; the parts are returned. What makes a group unreadable becomes its
/// `problem`.
std::vector<DicomSequence> arrange(DicomSequence group, bool by_instance_number,
                                   const PixelHash& hash);

/// Unit normal of the slices in DICOM's patient axes: row direction x column direction.
Point normal_of(const std::array<double, 6>& orientation);

/// What the user should know of the steps, whose median is `median` mm, and of the tilt, one line
/// each.
std::vector<std::string> geometry_warnings(const DicomSequence& series, double median);

}  // namespace data
