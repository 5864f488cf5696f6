// The trunk and the legs of the phantom as one formula: skin, fat, muscle, and the cavities with
// lungs, diaphragm, liver and spleen. Bones, vessels and bowel are painted over it afterwards.
//
// Coordinates of a mean body in mm: x to its left, y to its back, z to its head; z = 0 is the top
// of the diaphragm.
#pragma once

#include "data/phantom/phantom_scene.h"

namespace data::phantom {

/// Fat of the cavities has exactly this value, so that bowel and other organs can be painted into
/// it alone.
inline constexpr double kCavityFat = -98;
inline constexpr double kTrunkMuscle = 55;
// Lung has values between these, and nothing else that is painted before the organs.
inline constexpr double kLungAbove = -930;
inline constexpr double kLungBelow = -450;

/// Half axes of the trunk at a height, and the depth of its middle.
struct Outline {
  double x = 0;
  double y = 0;
  double middle_y = 0;
};
Outline trunk_at(double z);

/// From the hip down to the calf: the middle of the left leg and its radius.
struct Leg {
  Point middle;
  double radius = 0;
};
Leg leg_at(double z);

struct Trunk {
  double fat = 18;     ///< mm under the skin
  double lung = -860;  ///< HU
  double liver = 55;   ///< HU, by contrast medium
  double spleen = 48;  ///< HU
  double dome = 0;     ///< mm, shift of the diaphragm along z, by breath
  Point liver_size{1, 1, 1};

  /// HU at `p`, where `outside` is what is there without a body.
  double hu(const Point& p, double outside, const Field& field) const;

 private:
  double diaphragm(const Point& p) const;
  double muscle(const Point& p, const Field& field) const;
  double chest(const Point& p, const Field& field) const;
  double belly(const Point& p, const Field& field) const;
};

}  // namespace data::phantom
