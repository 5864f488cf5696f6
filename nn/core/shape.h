// Shape of a tensor: four named sizes, row-major, last one fastest.
//   images    N, H, W, C    a pixel is its feature vector
//   weights   kh, kw, Cin, Cout (HWIO), stored in the same four fields
//   vectors   1, 1, 1, C
#pragma once

#include <cstddef>
#include <string>

#include "nn/core/real.h"

namespace nn {

struct Shape {
  index n = 0;
  index h = 0;
  index w = 0;
  index c = 0;

  index numel() const { return n * h * w * c; }
  /// N * H * W: how many feature vectors there are.
  index pixels() const { return n * h * w; }
  friend bool operator==(const Shape&, const Shape&) = default;
};

/// "1x256x256x64"
std::string to_string(const Shape& s);

/// A vector of `c` values, such as a bias.
inline Shape vector_shape(index c) { return {1, 1, 1, c}; }
/// A single value, such as a loss.
inline Shape scalar_shape() { return {1, 1, 1, 1}; }

/// An index for std::vector and std::array, which are unsigned there.
inline std::size_t at(index i) { return static_cast<std::size_t>(i); }

}  // namespace nn
