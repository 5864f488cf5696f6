// Whether a prediction is as noisy and as sharp as a scan: what errors alone do not say, because a
// blurred slice can have a smaller error than a sharp one. docs/audit/metrics.md has the reasons.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>

#include "nn/core/tensor.h"

namespace data {

/// The same sum of squares over the same pixels of a prediction and of the truth.
struct PowerSum {
  double prediction = 0.0;
  double truth = 0.0;
  nn::index pixels = 0;

  PowerSum& operator+=(const PowerSum& other) {
    prediction += other.prediction;
    truth += other.truth;
    pixels += other.pixels;
    return *this;
  }
};

struct Texture {
  PowerSum noise;     ///< of the high-pass filtered slices in flat regions; HU^2
  PowerSum gradient;  ///< of the gradient inside the body; (HU per 2 pixels)^2
};

/// Side of the mean that the high-pass filter takes away, and of the neighbourhood that must be
/// flat.
inline constexpr nn::index kFlatSide = 5;
/// Most change of that mean in HU per pixel, in rows and in columns, where a region is flat.
inline constexpr double kFlatGradient = 5.0;

/// Values are clamped to [-1024, 3071] HU as in metrics.h.
/// Flat: in the truth and in both known neighbours `before` and `after`, all of the 5 x 5 pixels
/// around are soft tissue (-100 to 200 HU), and the 5 x 5 mean changes by at most kFlatGradient; in
/// the truth all of them belong to the body. Where a neighbour has an edge, an interpolated slice
/// has half of it, and that is no noise. High-pass: value minus 5 x 5 mean.
/// Gradient: central differences at pixels of the body whose four neighbours belong to it as well.
/// `ignored` as in measure(): such a pixel makes no neighbourhood. Throws as measure() does.
Texture texture(const nn::Tensor& truth, const nn::Tensor& prediction, const nn::Tensor& before,
                const nn::Tensor& after, std::span<const std::uint8_t> ignored = {});

}  // namespace data
