// From images to series: which belong together, and in which order. Rules and tolerances are those
// of PS3.3, C.7.6.2 and of what converters do in practice (dcm2niix, GDCM). Only files of
// data/dicom/ include this.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/dicom/dicom.h"
#include "data/dicom/image.h"
#include "data/volume/point.h"

namespace data {

struct DicomSequence {
  DicomGroup info;
  std::vector<DicomImage> images;  ///< along the normal once arranged
  bool placed = true;              ///< by position and orientation; else by InstanceNumber
};

/// A text that is equal for images of equal values, for instance a hash of them.
using PixelHash = std::function<std::string(const DicomImage&)>;

/// Puts together images of equal series (with `merge_series` of equal study), size, orientation (to
/// 1e-3), pixel spacing (to 1e-3 of it), third value of the image type, and kernel. An image
/// without a kernel joins the rest if the rest names one kernel only. arrange() divides further.
std::vector<DicomSequence> group_images(const std::vector<DicomImage>& images, bool merge_series);

/// Orders the images along the normal, drops copies (same UID, or equal values, at one place), and
/// measures the steps. The parts are returned where the group turns out to be several stacks:
/// - other frames of reference, or series that were to be merged, unless all images lie on one even
///   grid or no two share one;
/// - different images at one place: data/dicom/phases.h;
/// - other image types, thicknesses or kernels, where each alone has far fewer changes of step.
/// What makes a group unreadable becomes its `problem`.
std::vector<DicomSequence> arrange(DicomSequence group, bool by_instance_number,
                                   const PixelHash& hash);

/// Info of a group that begins with this image, but for what is measured.
DicomGroup described(const DicomImage& first);

/// "(x, y, z) mm" in DICOM's patient axes.
std::string place_of(const DicomImage& image);

/// Unit normal of the slices in DICOM's patient axes: row direction x column direction.
Point normal_of(const std::array<double, 6>& orientation);

/// How many images share the place of the most crowded one; images are ordered along the normal.
std::size_t most_at_one_place(const std::vector<DicomImage>& images);

/// First and one past the last image of each place; images are ordered along the normal.
std::vector<std::array<std::size_t, 2>> places_of(const std::vector<DicomImage>& images);

/// Parts of equal text, ordered as their first images are; their images keep their order.
std::vector<DicomSequence> split_by(const DicomSequence& s,
                                    const std::function<std::string(const DicomImage&)>& text);

}  // namespace data
