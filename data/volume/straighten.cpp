#include "data/volume/straighten.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "data/volume/normalise.h"
#include "data/volume/placement.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace data {
namespace {

using nn::index;

Point affine_column(const Volume& v, int axis) {
  const auto a = static_cast<std::size_t>(axis);
  return {v.affine[0][a], v.affine[1][a], v.affine[2][a]};
}

/// mm from the first to the last voxel of a row or column, times the cosine between both.
double skew_in_plane(const Volume& v) {
  const Point row = affine_column(v, v.row_axis());
  const Point column = affine_column(v, v.column_axis());
  const double rows = length(row) * static_cast<double>(v.height() - 1);
  const double columns = length(column) * static_cast<double>(v.width() - 1);
  const double cosine = std::fabs(dot(row, column)) / (length(row) * length(column));
  return cosine * std::max(rows, columns);
}

/// A shift by less than this part of a pixel is rounding.
constexpr double kWhole = 1e-6;

/// Where each slice lies in the rectangular volume.
struct Layout {
  Point row_step{}, column_step{}, normal{};
  index top = 0, left = 0;  ///< first row and column, counted from those of the first slice
  index height = 0, width = 0;
  std::vector<std::array<double, 2>> shifts;  ///< row and column of slice k at (top, left)
  std::vector<double> depths;                 ///< along the normal, from the first slice on
};

Layout layout_of(const Volume& v) {
  nn::require(skew_in_plane(v) <= kLeastShear, v.source,
              "rows and columns that are not at right angles", "a shear along the slices alone",
              "leave out --straighten");
  const Placement place(v);
  Layout out;
  out.row_step = place.row_step();
  out.column_step = place.column_step();
  out.normal = place.normal();
  std::array<double, 2> least{}, most{};
  for (index k = 0; k < v.slices(); ++k) {
    std::array<double, 2> at = place.row_column(k, place.origin(0));
    for (std::size_t i = 0; i < 2; ++i) {
      if (std::fabs(at[i] - std::round(at[i])) < kWhole) at[i] = std::round(at[i]);
      least[i] = std::min(least[i], -at[i]);
      most[i] = std::max(most[i], -at[i]);
    }
    out.shifts.push_back(at);
    out.depths.push_back(place.depth(k) - place.depth(0));
  }
  std::array<index, 2> first{}, last{};
  for (std::size_t i = 0; i < 2; ++i) {
    nn::require(most[i] - least[i] <= static_cast<double>(kMaxAxis), v.source,
                "a shear over more pixels than allowed", "at most " + std::to_string(kMaxAxis),
                "leave out --straighten");
    first[i] = static_cast<index>(std::floor(least[i]));
    last[i] = static_cast<index>(std::ceil(most[i]));
    for (auto& at : out.shifts) at[i] += static_cast<double>(first[i]);
  }
  out.top = first[0];
  out.left = first[1];
  out.height = v.height() + last[0] - first[0];
  out.width = v.width() + last[1] - first[1];
  return out;
}

std::array<index, 3> dims_of(const Volume& v, const Layout& layout) {
  std::array<index, 3> dims = v.dims;
  dims[static_cast<std::size_t>(v.row_axis())] = layout.height;
  dims[static_cast<std::size_t>(v.column_axis())] = layout.width;
  return dims;
}

/// Samples at 0, 1, 2, ... + shift of a line of n values: four weights, the same for all of them.
class ShiftedLine {
 public:
  ShiftedLine(double shift, index n) : first_(static_cast<index>(std::floor(shift))), n_(n) {
    const double t = shift - std::floor(shift);
    weights_ = {t * (-0.5 + t * (1 - 0.5 * t)), 1 + t * t * (-2.5 + 1.5 * t),
                t * (0.5 + t * (2 - 1.5 * t)), t * t * (-0.5 + 0.5 * t)};
    nearest_ = first_ + (t >= 0.5 ? 1 : 0);
  }
  /// Value i of the line nearest to sample x; -1 where that lies beyond the ends.
  index nearest(index x) const {
    const index i = x + nearest_;
    return i >= 0 && i < n_ ? i : -1;
  }
  /// `value(i)` with 0 <= i < n: values beyond the ends are those at the ends.
  template <class F>
  double at(index x, const F& value) const {
    double sum = 0;
    for (index j = 0; j < 4; ++j) {
      const index i = std::clamp<index>(x + first_ + j - 1, 0, n_ - 1);
      sum += weights_[static_cast<std::size_t>(j)] * value(i);
    }
    return sum;
  }

 private:
  index first_, nearest_ = 0, n_;
  std::array<double, 4> weights_{};
};

/// What shifting needs to know of a scan's values.
struct Values {
  bool hu = false;
  std::optional<ValueRange> padding;
  double outside = 0;

  bool is_padding(nn::real v) const {
    return (padding && padding->holds(v)) || (hu && static_cast<double>(v) < kLowestHu);
  }
  double seen(nn::real v) const { return is_padding(v) && hu ? kLowestHu : static_cast<double>(v); }
};

Values values_of(const Volume& v) {
  Values values{v.unit == Unit::hu, v.padding, 0};
  if (v.padding) {
    values.outside = v.padding->low;
    return values;
  }
  for (index k = 0; k < v.slices(); ++k) {
    const nn::Tensor s = v.slice(k);
    const double least =
        static_cast<double>(*std::min_element(s.values().begin(), s.values().end()));
    values.outside = k == 0 ? least : std::min(values.outside, least);
  }
  return values;
}

nn::Tensor shifted(const nn::Tensor& slice, const std::array<double, 2>& shift, index height,
                   index width, const Values& values) {
  const nn::Shape& s = slice.shape();
  const ShiftedLine along_rows(shift[1], s.w);
  const ShiftedLine along_columns(shift[0], s.h);
  std::vector<double> wide(static_cast<std::size_t>(s.h * width));
  for (index y = 0; y < s.h; ++y) {
    const nn::real* row = slice.data() + y * s.w;
    for (index x = 0; x < width; ++x) {
      wide[static_cast<std::size_t>(y * width + x)] =
          along_rows.at(x, [&](index i) { return values.seen(row[i]); });
    }
  }
  nn::Tensor out = nn::Tensor::full({1, height, width, 1}, static_cast<nn::real>(values.outside));
  for (index y = 0; y < height; ++y) {
    const index from_y = along_columns.nearest(y);
    if (from_y < 0) continue;
    for (index x = 0; x < width; ++x) {
      const index from_x = along_rows.nearest(x);
      if (from_x < 0) continue;
      const nn::real nearest = slice.at(0, from_y, from_x, 0);
      const double cubic = along_columns.at(
          y, [&](index i) { return wide[static_cast<std::size_t>(i * width + x)]; });
      out.at(0, y, x, 0) =
          values.is_padding(nearest)
              ? nearest
              : static_cast<nn::real>(values.hu ? std::max(cubic, kLowestHu) : cubic);
    }
  }
  return out;
}

/// The same but for its values, on the rectangular grid.
Volume rectangular(const Volume& v, const Layout& layout) {
  Volume out = v.blank(1);  // all that lies on the grid
  out.type = v.type;
  out.slope = v.slope;
  out.intercept = v.intercept;
  out.padding = v.padding;
  out.warnings = v.warnings;
  out.resampled = true;
  out.dims = dims_of(v, layout);
  out.stored.assign(checked_bytes(out.dims, out.type, out.source), std::byte{});
  const auto axis = static_cast<std::size_t>(v.slice_axis);
  const Point corner = plus(times(static_cast<double>(layout.top), layout.row_step),
                            times(static_cast<double>(layout.left), layout.column_step));
  const Point step = times(dot(layout.normal, affine_column(v, v.slice_axis)), layout.normal);
  for (std::size_t r = 0; r < 3; ++r) {
    out.affine[r][axis] = step[r];
    out.affine[r][3] += corner[r];
  }
  out.spacing[axis] = length(step);
  for (std::size_t k = 0; k < out.positions.size(); ++k) {
    out.positions[k] =
        plus(plus(v.positions.front(), corner), times(layout.depths[k], layout.normal));
  }
  return out;
}

}  // namespace

double shear_mm(const Volume& v) {
  const Point normal = cross(affine_column(v, v.column_axis()), affine_column(v, v.row_axis()));
  const Point stack = times(static_cast<double>(v.slices() - 1), affine_column(v, v.slice_axis));
  const double area = length(normal);
  const double along = dot(normal, stack) / (area * area);
  const double lean = std::max(length(minus(stack, times(along, normal))), skew_in_plane(v));
  return std::isfinite(lean) ? lean : 0;
}

void check_straighten(const Volume& v) {
  if (is_sheared(v)) checked_bytes(dims_of(v, layout_of(v)), v.type, v.source);
}

Volume straightened(const Volume& v) {
  if (!is_sheared(v)) return v;
  const Layout layout = layout_of(v);
  const Values values = values_of(v);
  Volume out = rectangular(v, layout);
  nn::parallel_for(v.slices(), [&](index k) {
    const auto& shift = layout.shifts[static_cast<std::size_t>(k)];
    out.set_slice(k, shifted(v.slice(k), shift, layout.height, layout.width, values));
  });
  return out;
}

}  // namespace data
