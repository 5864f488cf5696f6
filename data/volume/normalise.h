// From HU or grey levels to network units and back.
#pragma once

#include <string>

#include "nn/core/tensor.h"

namespace data {

/// An affine map and its inverse. restore(apply(v)) differs from v by rounding only: a few units in
/// the last place of the window, far less than one stored step.
struct Normalisation {
  double low = -1024;  ///< HU (or grey level) that becomes `low_unit`
  double high = 2048;  ///< HU that becomes `high_unit`
  double low_unit = -1;
  double high_unit = 1;

  /// [low, high] -> [-1, 1].
  static Normalisation symmetric(double low, double high);
  /// The original's: grey level g of 0..255 -> g / 128 - 1; a HU window is mapped to 0..255 first.
  static Normalisation grey128(double low, double high);

  double scale() const { return (high_unit - low_unit) / (high - low); }
  /// To network units; clipped to the window if `clipped`.
  nn::Tensor apply(const nn::Tensor& values, bool clipped) const;
  /// From network units; never clips.
  nn::Tensor restore(const nn::Tensor& units) const;
};

/// Every method and metric sees values clamped to this range, because scanners pad with values far
/// below air.
inline constexpr double kLowestHu = -1024;
inline constexpr double kHighestHu = 3071;

/// Clamps to [low, high].
nn::Tensor clamped(const nn::Tensor& values, double low, double high);

/// |a - b|, value by value; both of one shape.
nn::Tensor absolute_difference(const nn::Tensor& a, const nn::Tensor& b);

}  // namespace data
