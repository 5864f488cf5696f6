#include "data/volume/orientation.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "nn/core/error.h"

namespace data {
namespace {

std::string rounded_text(double v) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", v);
  return text;
}

double column_dot(const Affine& m, std::size_t a, std::size_t b) {
  return m[0][a] * m[0][b] + m[1][a] * m[1][b] + m[2][a] * m[2][b];
}

}  // namespace

void check_affine(Volume& v) {
  for (const auto& row : v.affine) {
    for (const double x : row) {
      nn::require(std::isfinite(x), v.source, "an orientation matrix that holds no finite number",
                  "finite numbers", "the header is damaged");
    }
  }
  for (std::size_t a = 0; a < 3; ++a) {
    const double length = std::sqrt(column_dot(v.affine, a, a));
    if (std::fabs(length - v.spacing[a]) > 0.01 * v.spacing[a]) {
      v.warnings.push_back(
          "spacing along axis " + std::to_string(a) + " is " + rounded_text(v.spacing[a]) +
          " mm but the orientation matrix says " + rounded_text(length) +
          " mm: plans and reports go by the first, places and the network's gaps by "
          "the second");
    }
  }
  double worst = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    const std::size_t b = (a + 1) % 3;
    const double lengths = std::sqrt(column_dot(v.affine, a, a) * column_dot(v.affine, b, b));
    if (lengths > 0) worst = std::max(worst, std::fabs(column_dot(v.affine, a, b)) / lengths);
  }
  if (worst > 0.01) {
    const double degrees = std::asin(std::min(worst, 1.0)) * (180 / 3.14159265358979323846);
    v.warnings.push_back("the slices are tilted by " + rounded_text(degrees) +
                         " degrees (gantry tilt): kept as they are; ct2ct reformat and mesh go by "
                         "their places, viewers that ignore the tilt show wrong distances");
  }
}

}  // namespace data
