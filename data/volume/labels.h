// Label maps: whole numbers on the grid of a scan, such as a segmentation. Where a scan gets
// slices, its label map gets them by the shapes of its labels, since numbers of labels cannot be
// averaged.
#pragma once

#include <string>

#include "data/volume/volume.h"

namespace data {

/// Input error, which names the map, unless it holds integers without a scale on the scan's grid:
/// the same size, slice axis and, where both say where they lie, places within kSamePlace.
void require_labels_of(const Volume& labels, const Volume& scan);

/// By how many mm two grids may differ.
inline constexpr double kSamePlace = 0.01;

/// The label map with the slices of `filled`, a scan that was made of the map's scan by
/// Volume::refined(). Slices that were there keep their values. Others come from the shapes in both
/// neighbours: every label has in each slice a signed distance in mm, positive inside, from a pixel
/// to the nearest one on the other side of its edge; it is interpolated along a straight line, and
/// the label is where it is positive (S. P. Raya and J. K. Udupa, "Shape-based interpolation of
/// multidimensional objects", IEEE Trans. Medical Imaging 9, 1990; G. T. Herman, J. Zheng and C. A.
/// Bucholtz, "Shape-based interpolation", IEEE Computer Graphics and Applications 12, 1992). 0 is
/// the background, which is where no label is.
///
/// A pixel whose label is the same in both neighbours keeps it. Where one neighbour has a label and
/// the other has 0, the pixel gets the label where its interpolated distance is above 0, else 0.
/// Where they have two labels, it gets the one whose interpolated distance is larger, and the lower
/// number where both are equal. So no label appears where neither neighbour has it, labels never
/// overlap, and no gap opens between two that touch. A label that one neighbour lacks has there,
/// everywhere, the negative of its largest distance in the other: it shrinks to its core and is
/// gone half way. One that covers the whole of a neighbour has there the negative of its smallest
/// distance in the other.
///
/// Job error where `filled` was not made of a scan on the map's grid.
Volume interpolated_labels(const Volume& labels, const Volume& filled);

}  // namespace data
