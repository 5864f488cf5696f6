// The cranium of the phantom as one formula: scalp, skull with its tables and diploe, sutures, and
// a brain with sulci, falx and tentorium. What has a simple shape is painted over it afterwards.
#pragma once

#include "data/phantom/phantom_scene.h"

namespace data::phantom {

// HU of what the cranium and the parts painted over it share.
inline constexpr double kSkin = 45;
inline constexpr double kCsf = 6;

/// Means of the adult head that the phantom varies about.
struct Cranium {
  Point centre{0, 4, 12};
  Point half_axes{70, 87, 60};  ///< of the skull's outer surface
  double thickness = 6.5;       ///< of the skull
  double scalp = 5.5;
  double floor_shift = 0;  ///< of the skull base, along z
  double sulci = 1;        ///< width of the furrows
  double asymmetry = 0;    ///< bulge of the left side against the right

  /// HU at `p` in head coordinates, where `outside` is what lies there without a cranium.
  double hu(const Point& p, double outside, const Field& field) const;

 private:
  double floor_height(const Point& p) const;
  double bone(const Point& p, double depth, double thick, const Field& field) const;
  double brain(const Point& p, double depth, const Field& field) const;
};

}  // namespace data::phantom
