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
#include "data/volume/volume.h"

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
/// - different images at one place: phases, below;
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

// Several images at one place: the phases of a scan that was repeated (PS3.3, C.7.6.16.2.2.1 and
// C.7.6.18.1), or several reconstructions. Only files of data/dicom/ include this.

/// Divides a group with different images at one place into parts without: by image type, thickness,
/// kernel or frame of reference; by temporal position, cardiac phase, acquisition number, trigger
/// time, or date and time of acquisition, of which a phase may be incomplete; else the first,
/// second
/// ... image of each place in the order of trigger time or time, if no phase begins before another
/// ends. `acquisition` of each says by what. A part that none of these divides is returned as it
/// is.
std::vector<DicomSequence> told_apart(const DicomSequence& s);

/// Divides a group without such places by image type, thickness or kernel where each part alone has
/// less than half as many changes of step: a second stack between the slices of the first. Else
/// the group itself.
std::vector<DicomSequence> unmixed(DicomSequence s);

// Where the voxels of a series lie, from its headers and from what the user adds to them. Only
// files of data/dicom/ include this.

/// Sets spacing, affine, positions and warnings of a volume whose dims are set. `spacing`: of
/// columns, rows and slices, for what the images do not say. Input error where that contradicts
/// them, where it is given and they say everything, and for two or more slices in HU whose pixel
/// spacing nobody says.
void set_geometry(Volume& volume, const DicomSequence& series,
                  const std::optional<std::array<double, 3>>& spacing);

/// What the user should know of the steps and of the tilt, one line each.
std::vector<std::string> geometry_warnings(const DicomSequence& series);

/// Whether slices seem to be missing between others: a step that is twice as wide as those beside
/// it, or three times and so on.
bool has_holes(const DicomSequence& series);

}  // namespace data
