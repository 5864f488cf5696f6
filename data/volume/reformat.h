// Flat pictures through a scan in the patient's own directions, with square pixels in mm. They are
// for viewing only: the scan is not changed.
//
// Each pixel shows the nearest slice, never a mixture of slices. So thick slices look as thick as
// they are, as a comparison needs. Within a slice values are linear between voxel centres.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/volume/placement.h"
#include "data/volume/volume.h"

namespace data {

/// `slices` is the plane of the scan's own slices, tilted as they are.
enum class Plane { axial, coronal, sagittal, slices };

/// Input error for another name.
Plane plane_named(const std::string& name);
std::string to_string(Plane plane);

/// How a picture lies in the patient: three perpendicular directions of length 1. Pictures are
/// oriented as radiologists view them: the patient's right is on the left (axial and coronal), head
/// or front is up, and in sagittal pictures the front is on the left.
struct View {
  Point right{}, down{}, depth{};
};

/// Depth runs to the patient's head, front and right in axial, coronal and sagittal pictures; there
/// it is the coordinate itself. For `slices` it runs to higher slices.
View view_of(Plane plane, const Placement& placement);

/// A picture's place: pixel (x, y) at depth d is corner + x pixel right + y pixel down + d depth.
struct Frame {
  View view;
  Point corner{};    ///< centre of the upper left pixel, without its depth
  double pixel = 1;  ///< mm
  nn::index width = 0, height = 0;
  double first_depth = 0, last_depth = 0;  ///< the range that the scans cover
};

/// The smallest frame around all scans, its longer side `size` pixels.
Frame frame_around(const View& view, const std::vector<Placement>& scans, nn::index size);

/// A picture, row by row; NaN outside of the scan.
struct Section {
  nn::index width = 0, height = 0;
  std::vector<float> values;  ///< HU or grey levels
};

/// The picture at one depth. With `slab` > 0, in mm, each pixel is the largest value within slab /
/// 2 on both sides (maximum intensity projection), sampled at the scan's smallest step or finer.
/// Input error if a voxel is not finite.
Section section(const Volume& volume, const Placement& placement, const Frame& frame, double depth,
                double slab = 0);

}  // namespace data
