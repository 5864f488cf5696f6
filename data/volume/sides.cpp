#include "data/volume/sides.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace data {

std::string direction_letters(const Point& direction) {
  constexpr double kOblique = 0.25;  // sine of 14.5 degrees
  std::array<std::size_t, 3> order{0, 1, 2};
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::fabs(direction[a]) > std::fabs(direction[b]);
  });
  const auto letter = [&](std::size_t axis) { return (direction[axis] > 0 ? "RAH" : "LPF")[axis]; };
  std::string letters(1, letter(order[0]));
  if (std::fabs(direction[order[1]]) > kOblique * length(direction)) letters += letter(order[1]);
  return letters;
}

Sides sides_of(const Point& right, const Point& down) {
  return {direction_letters(times(-1, right)), direction_letters(right),
          direction_letters(times(-1, down)), direction_letters(down)};
}

SlicePlace slice_place(const Volume& scan, nn::index width) {
  SlicePlace place;
  if (scan.unit == Unit::hu) {
    place.column_mm = scan.spacing[static_cast<std::size_t>(scan.column_axis())] *
                      static_cast<double>(scan.width()) / static_cast<double>(width);
  }
  const auto step = [&](int axis) {
    const auto a = static_cast<std::size_t>(axis);
    return Point{scan.affine[0][a], scan.affine[1][a], scan.affine[2][a]};
  };
  if (scan.oriented) place.sides = sides_of(step(scan.column_axis()), step(scan.row_axis()));
  return place;
}

}  // namespace data
