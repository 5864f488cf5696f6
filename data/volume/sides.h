// Where the sides of the patient are in a picture, in the letters that viewers use.
#pragma once

#include <string>

#include "data/volume/point.h"
#include "data/volume/volume.h"

namespace data {

/// The side to which a direction points: "R", "L", "A", "P", "H" (head) or "F" (feet), as DICOM and
/// medical viewers call them. A direction that is oblique by more than 14 degrees has two letters,
/// the larger part first.
std::string direction_letters(const Point& direction);

/// The sides of the patient at the edges of a picture; empty where the scan does not know them.
struct Sides {
  std::string left, right, top, bottom;
};

/// The sides at which `right` and `down` of a picture end.
Sides sides_of(const Point& right, const Point& down);

/// A slice as it is stored, as a picture: columns to the right, rows down.
struct SlicePlace {
  double column_mm = 0;  ///< from column to column; 0: unknown, as in pictures
  Sides sides;
};

/// Of all slices of a scan, if they are resampled to `width` columns.
SlicePlace slice_place(const Volume& scan, nn::index width);

}  // namespace data
