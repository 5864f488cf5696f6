// Interpolators that need no network: the baselines that a network has to beat.
//
// Four known slices in scan order, equally spaced, and the position t of the wanted slice between
// the two in the middle:
//
//   outer0      a  <- t ->         c      outer1
//     -1        0                  1        2         t = 0.5 halves the gap
//
// All slices have the same shape, (1,H,W,1) or (N,H,W,1), in any unit. At the ends of a scan an
// outer slice is missing; the caller passes the slice that stands in for it. Derivations:
// docs/learn/interpolators.md. Sums are taken in double and rounded once. A NaN in the input gives
// NaN in the output. Throws nn::Error for unequal or empty shapes and for t outside (0, 1).
#pragma once

#include <array>

#include "nn/core/tensor.h"

namespace models {

using nn::Tensor;

/// Weights of outer0, a, c, outer1.
using Taps = std::array<double, 4>;

/// Catmull-Rom spline (Catmull, Rom 1974; Keys, IEEE TASSP 29(6), 1981, equation 15, a = -1/2).
/// They add up to 1; at t = 0.5 they are exactly (-1, 9, 9, -1) / 16.
Taps cubic_taps(double t);

/// A copy of the closer slice; at t = 0.5, where none is closer, of `a`.
Tensor nearest(const Tensor& a, const Tensor& c, double t);

/// (1 - t) a + t c
Tensor linear(const Tensor& a, const Tensor& c, double t);

/// Exact where a pixel is a quadratic polynomial of the position along the stack, and at t = 0.5 a
/// cubic one. Overshoots at sharp edges, as every filter with negative taps does.
Tensor cubic(const Tensor& outer0, const Tensor& a, const Tensor& c, const Tensor& outer1,
             double t);

/// Cubic interpolation whose bend, the difference from linear interpolation, is at most
/// 4 t (1 - t) |A - C|. Where A and C differ little the outer slices cannot bend the curve far
/// above or below both, as they do beside a steep edge. Shapes and errors are those of cubic().
Tensor cubic_within(const Tensor& outer0, const Tensor& a, const Tensor& c, const Tensor& outer1,
                    double t);

/// The weighted sum of the four slices. Reversing slices and weights gives the same bits. Throws
/// for weights that are not finite.
Tensor least_squares(const Tensor& outer0, const Tensor& a, const Tensor& c, const Tensor& outer1,
                     const Taps& weights);

/// Fits the four weights that minimise the squared error over all equations added. There is no
/// constant term, and the weights need neither be symmetric nor add up to 1. So they hold only for
/// the unit in which they were fitted: weights fitted on HU do not fit values scaled to [-1, 1].
///
/// The result does not depend on the number of threads: sums run over fixed chunks and are combined
/// in order.
class LeastSquaresFit {
 public:
  /// `t`: where `b` lies; used only for the fallback of solve().
  explicit LeastSquaresFit(double t = 0.5);

  /// Adds every value of the slices as one equation: four known values and the true one, `b`.
  /// Throws, and adds nothing, if a value is not finite.
  void add(const Tensor& outer0, const Tensor& a, const Tensor& c, const Tensor& outer1,
           const Tensor& b);

  /// The weights. cubic_taps(t) if the data do not determine them: nothing was added, or the slices
  /// are linearly dependent, for instance copies.
  Taps solve() const;

  /// Number of equations so far.
  nn::index count() const { return count_; }

 private:
  // The upper triangle of the normal matrix row by row (10), then the right-hand side (4).
  std::array<double, 14> sums_{};
  nn::index count_ = 0;
  double t_;
};

}  // namespace models
