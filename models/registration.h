// Interpolation along the movement of what is seen: where the outline of a skull wanders from slice
// to slice, the mean of both slices shows it twice; moved half of the way from either side, once.
//
// Penney, Schnabel, Rueckert, Viergever, Niessen, "Registration-based interpolation", IEEE TMI
// 23(7), 2004. The movement is found by demons: Thirion, "Image matching as a diffusion process: an
// analogy with Maxwell's demons", Medical Image Analysis 2(3), 1998; forces of both images, as in
// Vercauteren, Pennec, Perchant, Ayache, "Diffeomorphic demons", NeuroImage 45(1), 2009.
// Derivation and what was measured: docs/learn/registration.md.
//
// Slices and t are those of models/interpolators.h.
#pragma once

#include "models/interpolators.h"

namespace models {

/// By how much each pixel is read elsewhere, in pixels: to the right and down. (1,H,W,1) each.
struct Shift {
  Tensor x, y;
};

/// What lies at pixel x of the slice at t lies at x + back(x) in A and at x + forth(x) in C.
struct Movement {
  Shift back, forth;

  /// The same of the scan read from the other end.
  Movement reversed() const { return {forth, back}; }
};

/// Values of this range decide; whatever lies beyond is taken for its end. Dense bone says nothing
/// about outlines that its edge does not say, and would drown soft tissue.
struct RegisteredRange {
  static constexpr double kDense = 800;  ///< HU

  double low = -1024, high = kDense;  ///< HU, or grey levels

  /// What of a window decides.
  static RegisteredRange of_window(double low, double high) {
    return {low, low < kDense && high > kDense ? kDense : high};
  }
};

/// A slice between A and C that was made before. It shows where things are on the way, and that
/// only: no value of it gets into a slice that is found by it.
struct Waypoint {
  Tensor slice;
  double t = 0.5;
};

/// The movement that makes A and C alike at t, of the known slices outer0, A, C, outer1, (1,H,W,1)
/// each. In the middle A and C lie half of one movement to either side. Elsewhere it is found from
/// the nearer one of A and C to a slice on the way to the other, since over a part of the distance
/// it is found better: to `way`, which lies between t and the farther one, or, where that is null,
/// to the slice in the middle, which is made first. The same bits for any number of threads;
/// reversed slices, 1 - t and a way at 1 - way->t give reversed(). Throws nn::Error as
/// interpolators do, for an empty range and for a way on the wrong side.
Movement movement(const std::array<Tensor, 4>& known, double t, const RegisteredRange& range = {},
                  const Waypoint* way = nullptr);

/// slice(x + by(x)), by the taps of cubic_taps() along x and y; beyond the border its edge.
/// (1,H,W,1)
Tensor moved(const Tensor& slice, const Shift& by);

/// Slices at t, made twice: of what moved, and as if nothing had.
struct Registered {
  std::array<Tensor, 4> moved;  ///< outer0, A, C, outer1, each moved to t
  Tensor unmoved;               ///< cubic interpolation of the slices as they are
  /// Cubic interpolation of the moved slices and the one above, pixel by pixel in the proportion in
  /// which movement has made A and C alike: weights 1 / d^2, where d is how far A and C differ
  /// around the pixel.
  Tensor slice;

  /// The same of the scan read from the other end.
  Registered reversed() const;
};

/// The slice at t along movement(), which the outer slices continue. Throws as that does.
Registered registered(const std::array<Tensor, 4>& known, double t,
                      const RegisteredRange& range = {}, const Waypoint* way = nullptr);

}  // namespace models
