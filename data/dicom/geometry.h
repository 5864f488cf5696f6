// Where the voxels of a series lie, from its headers and from what the user adds to them. Only
// files of data/dicom/ include this.
#pragma once

#include <string>
#include <vector>

#include "data/dicom/series.h"
#include "data/volume/volume.h"

namespace data {

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
