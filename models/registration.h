// Interpolation along movement. Where the outline of a skull moves from slice to slice, the mean of
// two slices shows it twice. If both slices are first moved half of the way towards each other,
// their mean shows it once.
//
// Penney, Schnabel, Rueckert, Viergever, Niessen, "Registration-based interpolation", IEEE TMI
// 23(7), 2004. The movement is found by demons: Thirion, "Image matching as a diffusion process: an
// analogy with Maxwell's demons", Medical Image Analysis 2(3), 1998; forces of both images, as in
// Vercauteren, Pennec, Perchant, Ayache, "Diffeomorphic demons", NeuroImage 45(1), 2009. The second
// rule also searches by least squares in windows: Lucas and Kanade, IJCAI 1981.
// Derivation: docs/learn/registration.md. Measurements: docs/lab/registration.md.
//
// Slices and t are those of models/interpolators.h.
#pragma once

#include <array>
#include <vector>

#include "models/interpolators.h"

namespace models {

/// How a slice is made. A network corrects the slices of one rule, and is only right with that
/// rule. The numbers stand in model files.
enum class RegistrationRule {
  demons = 1,  ///< one search for the movement, cubic interpolation of the moved slices
  /// The mean of the slices of two searches, and cubic_within() in place of cubic interpolation.
  two_searches = 2
};

/// The rule of method `registered`, which needs no network.
inline constexpr RegistrationRule kFreeRule = RegistrationRule::two_searches;

/// A vector for each pixel, in pixels: x to the right, y down. (1,H,W,1) each.
struct Shift {
  Tensor x, y;
};

/// The movement from the slice at t to its neighbours: what is at pixel x of that slice is at
/// x + back(x) in A and at x + forth(x) in C.
struct Movement {
  Shift back, forth;

  /// The movement if the scan is read from the other end.
  Movement reversed() const { return {forth, back}; }
};

/// The movement is found from values clamped to this range. It ends at kDense: the inside of dense
/// bone says nothing about outlines that its edge does not say, and would outweigh soft tissue.
struct RegisteredRange {
  static constexpr double kDense = 800;  ///< HU

  double low = -1024, high = kDense;  ///< HU, or grey levels

  /// The part of a network's window that is used.
  static RegisteredRange of_window(double low, double high) {
    return {low, low < kDense && high > kDense ? kDense : high};
  }
};

/// A slice between A and C that was made before. It only helps to find the movement: none of its
/// values gets into another slice.
struct Waypoint {
  Tensor slice;
  double t = 0.5;
};

/// One for each search of a rule.
using Movements = std::vector<Movement>;

/// The movements for the slice at t. `known`: outer0, A, C, outer1, (1,H,W,1) each.
///
/// At t = 1/2 one movement between A and C is found by each search, and half of it leads from the
/// slice to each of them. At any other t a movement is found in two parts, since over a shorter
/// distance it is found better: from the nearer one of A and C to a slice on the way, and from
/// there to the farther one. The slice on the way is `way`, which must lie between t and the
/// farther slice. If that is null, it is the slice in the middle, which this function makes first,
/// by the same rule.
///
/// The same bits for any number of threads. Reversed slices with 1 - t, and a way at 1 - way->t,
/// give the reversed() movements. Throws nn::Error as interpolators do, and for an empty range or a
/// way on the wrong side.
Movements movements(const std::array<Tensor, 4>& known, double t, RegistrationRule rule,
                    const RegisteredRange& range = {}, const Waypoint* way = nullptr);

/// slice(x + by(x)), read by cubic_taps() along x and along y. Beyond the border the edge pixel is
/// repeated. (1,H,W,1)
Tensor moved(const Tensor& slice, const Shift& by);

/// The slice at t, and the slices that it is made of.
struct Registered {
  /// outer0, A, C, outer1, each moved to t: the mean over the movements.
  std::array<Tensor, 4> moved;
  Movement movement;  ///< the mean over the movements
  Tensor unmoved;     ///< the rule's interpolation of the slices as they are
  /// The weighted mean, pixel by pixel, of the rule's interpolation of the moved slices and of
  /// `unmoved`. The weights are 1 / (d + 0.005)^2, where d is how much A and C, scaled to [0, 1],
  /// differ around the pixel, once moved and once unmoved. So the moved slices count more where
  /// movement makes A and C alike.
  Tensor slice;

  /// The same if the scan is read from the other end.
  Registered reversed() const;
};

/// The slice at t, made along movements(). The outer slices are moved further along the same
/// movements. Throws as movements() does.
Registered registered(const std::array<Tensor, 4>& known, double t, RegistrationRule rule,
                      const RegisteredRange& range = {}, const Waypoint* way = nullptr);

}  // namespace models
