// Searches for the movement between two slices, from coarse to fine. Both find a vector u for each
// pixel x of the slice at t, such that A at x - t u and C at x + (1 - t) u are alike. They fail in
// different places, so the mean of their slices is better than either
// (docs/learn/registration.md#two-searches).
//
// The same bits for any number of threads. For registration.cpp alone.
#pragma once

#include <vector>

#include "models/plane.h"

namespace models {

/// u in pixels: x to the right, y down.
struct Vectors {
  Plane x, y;
};

/// Two slices, as pyramid() makes them.
struct TwoPyramids {
  std::vector<Plane> a, c;
};

/// Demons. Each pixel takes a step of its own, and u is smoothed after each. `steps` are taken at
/// the slices' own resolution, 10 at each coarser level.
Vectors demons(const TwoPyramids& slices, double t, int steps);

/// Least squares in windows: Lucas and Kanade, "An iterative image registration technique with an
/// application to stereo vision", IJCAI 1981. All pixels of a window around x vote on one step.
Vectors windows(const TwoPyramids& slices, double t);

}  // namespace models
