// Axes of plots: from data to [0, 1], and where the ticks stand.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace data {

struct Axis {
  double lo = 0.0;
  double hi = 1.0;
  bool log = false;

  double map(double v) const;
};

struct Tick {
  double value;
  std::string label;
};

/// Finite, not so large that the arithmetic of axes overflows, and above 0 if `log`.
bool drawable(double v, bool log);

/// From the smallest to the largest of the drawable values, with `room` of the range added on both
/// sides; an axis with a middle where there is no range.
Axis axis_over(std::span<const double> values, bool log, double room);

/// Round values inside the axis, about `wanted` of them, labelled with as few digits as they need:
/// multiples of 1, 2 or 5 times a power of ten, and on a logarithmic axis powers of ten where these
/// are enough.
std::vector<Tick> ticks_of(const Axis& axis, int wanted);

}  // namespace data
