#include "data/volume/placement.h"

#include <algorithm>
#include <cmath>

#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

std::size_t at_index(index i) { return static_cast<std::size_t>(i); }

Point column_of(const Affine& m, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  return {m[0][a], m[1][a], m[2][a]};
}

/// DICOM pictures may know where they are.
bool of_pictures(const Volume& v) { return v.unit == Unit::grey8 && !v.oriented; }

/// Pictures run to the right and down, where the patient's left and back are.
Affine affine_of(const Volume& v) {
  if (!of_pictures(v)) return v.affine;
  Affine m{};
  m[0][static_cast<std::size_t>(v.column_axis())] =
      -v.spacing[static_cast<std::size_t>(v.column_axis())];
  m[1][static_cast<std::size_t>(v.row_axis())] = -v.spacing[static_cast<std::size_t>(v.row_axis())];
  m[2][static_cast<std::size_t>(v.slice_axis)] = v.slice_spacing();
  m[3][3] = 1;
  return m;
}

}  // namespace

Placement::Placement(const Volume& v)
    : height_(v.height()), width_(v.width()), oriented_(v.oriented) {
  const Affine affine = affine_of(v);
  row_step_ = column_of(affine, v.row_axis());
  column_step_ = column_of(affine, v.column_axis());
  normal_ = cross(column_step_, row_step_);
  const double area = length(normal_);
  const double sides = length(column_step_) * length(row_step_);
  nn::require(std::isfinite(area) && area > 1e-6 * sides, v.source,
              "an orientation in which rows and columns do not span a plane",
              "an affine that can be inverted", "the header is damaged");
  set_slices(v, affine);
  // With the plane's metric inverted, row and column are two dot products.
  const double rr = dot(row_step_, row_step_);
  const double rc = dot(row_step_, column_step_);
  const double cc = dot(column_step_, column_step_);
  const double det = rr * cc - rc * rc;
  row_dual_ = times(1 / det, minus(times(cc, row_step_), times(rc, column_step_)));
  column_dual_ = times(1 / det, minus(times(rr, column_step_), times(rc, row_step_)));
}

void Placement::set_slices(const Volume& v, const Affine& affine) {
  const index n = v.slices();
  nn::require(n >= 1, v.source, "no slices", "at least one");
  if (!v.positions.empty() && static_cast<index>(v.positions.size()) != n) {
    throw nn::Error(nn::Fault::job, v.source, std::to_string(v.positions.size()) + " positions",
                    "one for each of " + std::to_string(n) + " slices");
  }
  const Point mean_step = column_of(affine, v.slice_axis);
  const Point first{affine[0][3], affine[1][3], affine[2][3]};
  for (index k = 0; k < n; ++k) {
    origins_.push_back(v.positions.empty() ? plus(first, times(static_cast<double>(k), mean_step))
                                           : v.positions[at_index(k)]);
  }
  first_step_ = n > 1 ? minus(origins_[1], origins_[0]) : mean_step;
  last_step_ = n > 1 ? minus(origins_[at_index(n - 1)], origins_[at_index(n - 2)]) : mean_step;
  mirrored_ = dot(normal_, first_step_) < 0;
  normal_ = times((mirrored_ ? -1 : 1) / length(normal_), normal_);
  bounds_.push_back(depth(0) - dot(normal_, first_step_) / 2);
  for (index k = 0; k < n; ++k) {
    const double step = k + 1 < n ? depth(k + 1) - depth(k) : dot(normal_, last_step_);
    nn::require(std::isfinite(step) && step > 1e-6 * length(mean_step), v.source,
                "slices " + std::to_string(k) + " and " + std::to_string(k + 1) +
                    " that are not one behind the other",
                "slices in order of their places", "the header is damaged");
    bounds_.push_back(depth(k) + step / 2);
  }
}

Point Placement::origin(index k) const {
  if (k < 0) return plus(origins_.front(), times(static_cast<double>(k), first_step_));
  if (k < slices()) return origins_[at_index(k)];
  return plus(origins_.back(), times(static_cast<double>(k - slices() + 1), last_step_));
}

Point Placement::at(index slice, double row, double column) const {
  return plus(origin(slice), plus(times(row, row_step_), times(column, column_step_)));
}

double Placement::step() const {
  std::vector<double> steps;
  for (index k = 0; k + 1 < slices(); ++k) steps.push_back(depth(k + 1) - depth(k));
  if (steps.empty()) return dot(normal_, first_step_);
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

index Placement::nearest_slice(double depth) const {
  if (!(depth >= bounds_.front() && depth < bounds_.back())) return -1;
  return static_cast<index>(std::upper_bound(bounds_.begin(), bounds_.end(), depth) -
                            bounds_.begin()) -
         1;
}

std::array<double, 2> Placement::row_column(index k, const Point& p) const {
  const Point from = minus(p, origins_[at_index(k)]);
  return {dot(row_dual_, from), dot(column_dual_, from)};
}

std::vector<Point> Placement::corners() const {
  std::vector<Point> all;
  for (index k = 0; k < slices(); ++k) {
    for (const double bound : {bounds_[at_index(k)], bounds_[at_index(k + 1)]}) {
      const Point along = times(bound - depth(k), normal_);
      for (const double row : {-0.5, static_cast<double>(height_) - 0.5}) {
        for (const double column : {-0.5, static_cast<double>(width_) - 0.5}) {
          all.push_back(plus(at(k, row, column), along));
        }
      }
    }
  }
  return all;
}

}  // namespace data
