// Images as the searches for movement see them: one plane of numbers, read between its pixels,
// smoothed and halved. For movement_search.cpp and registration.cpp alone.
//
// All sums run in fixed order, so the bits do not depend on the number of threads, and a mirrored
// image gives the mirrored numbers (docs/learn/registration.md#arithmetic).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "models/registration.h"
#include "nn/core/between_pixels.h"
#include "nn/core/parallel.h"
#include "nn/core/real.h"
#include "nn/core/tensor.h"

namespace models {

using nn::index;
using nn::real;

/// An image of h x w pixels.
struct Plane {
  index h = 0, w = 0;
  std::vector<real> values;

  Plane() = default;
  Plane(index height, index width)
      : h(height), w(width), values(static_cast<std::size_t>(height * width)) {}
  real* row(index y) { return values.data() + y * w; }
  const real* row(index y) const { return values.data() + y * w; }
};

using Place = nn::PlaceOf<real>;

/// The value at the place (y, x) of an image of h x w pixels, bilinear.
inline real at(const real* values, std::int32_t h, std::int32_t w, const Place& y, const Place& x) {
  const real* row = values + y.near * w;
  const real* next = values + y.pixel(1, h) * w;
  const std::int32_t beside = x.pixel(1, w);
  const real here = row[x.near] * (1 - x.past) + row[beside] * x.past;
  const real there = next[x.near] * (1 - x.past) + next[beside] * x.past;
  return here * (1 - y.past) + there * y.past;
}

/// Calls body(y) for every row, 16 rows in one task.
template <class Body>
void for_rows(index h, const Body& body) {
  nn::parallel_chunks(h, 16, [&](index begin, index end) {
    for (index y = begin; y < end; ++y) body(y);
  });
}

/// An image of half the size: means of 2 x 2 pixels. An odd side repeats its last row or column.
Plane halved(const Plane& fine);

/// A movement found at a coarser level, resampled to h x w and doubled: in pixels of the finer
/// level.
Plane doubled(const Plane& coarse, index h, index w);

/// Smooths p in place by a Gaussian of 1.5 pixels, cut off at a radius of 5. Beyond the border the
/// edge pixel is repeated. `between` is scratch of the same size.
void smooth(Plane& p, Plane& between);

/// The slice clamped to the range and scaled to [0, 1].
Plane scaled(const Tensor& slice, const RegisteredRange& range);

/// The scaled slice, and its halves, as long as no side is shorter than 32 pixels; finest first.
std::vector<Plane> pyramid(const Tensor& slice, const RegisteredRange& range);

}  // namespace models
