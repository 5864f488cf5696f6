// The parts that are painted over the trunk and the legs.
#pragma once

#include "data/phantom/phantom_painter.h"

namespace data::phantom {

void skeleton_of_chest(Painter& p);
void skeleton_of_spine(Painter& p);
void skeleton_of_hips(Painter& p);
void skeleton_of_legs(Painter& p);

/// HU of what a contrast medium makes bright.
struct Contrast {
  double artery = 42;
  double vein = 42;
  double kidney = 34;
  double wall = 42;  ///< of the gut
};

/// Heart, airways, vessels of the lungs.
void organs_of_chest(Painter& p, const Contrast& contrast);
/// Kidneys, stomach, gut, pancreas, vessels.
void organs_of_belly(Painter& p, const Contrast& contrast);
/// Bladder, rectum, prostate or womb, vessels.
void organs_of_pelvis(Painter& p, const Contrast& contrast);
void vessels_of_legs(Painter& p, const Contrast& contrast);

}  // namespace data::phantom
