#include "data/volume/reformat.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace data {
namespace {

using nn::index;

constexpr Point kLeft{-1, 0, 0};
constexpr Point kBack{0, -1, 0};
constexpr Point kFeet{0, 0, -1};
constexpr Point kRight{1, 0, 0};
constexpr Point kFront{0, 1, 0};
constexpr Point kHead{0, 0, 1};

View anatomical(Plane plane) {
  if (plane == Plane::coronal) return {kLeft, kFeet, kFront};
  if (plane == Plane::sagittal) return {kBack, kFeet, kRight};
  return {kLeft, kBack, kHead};
}

/// The anatomical plane that is nearest to the slices.
Plane nearest_plane(const Point& normal) {
  const double x = std::fabs(normal[0]);
  const double y = std::fabs(normal[1]);
  const double z = std::fabs(normal[2]);
  if (z >= x && z >= y) return Plane::axial;
  return y >= x ? Plane::coronal : Plane::sagittal;
}

/// Along rows and columns, turned and mirrored as little as the convention asks for.
View along_slices(const Placement& scan) {
  const View wanted = anatomical(nearest_plane(scan.normal()));
  const Point row = times(1 / length(scan.row_step()), scan.row_step());
  const Point column = times(1 / length(scan.column_step()), scan.column_step());
  const bool upright = std::fabs(dot(column, wanted.right)) >= std::fabs(dot(row, wanted.right));
  const Point& across = upright ? column : row;
  View view;
  view.right = dot(across, wanted.right) < 0 ? times(-1, across) : across;
  view.depth = scan.normal();
  view.down = cross(view.depth, view.right);
  if (dot(view.down, wanted.down) < 0) view.down = times(-1, view.down);
  return view;
}

/// Linear between the centres; the outer half of the border's voxels has their value.
double within_slice(const Voxels& voxels, const Placement& scan, index k, double row,
                    double column) {
  const double y = std::clamp(row, 0.0, static_cast<double>(scan.height() - 1));
  const double x = std::clamp(column, 0.0, static_cast<double>(scan.width() - 1));
  const auto y0 = static_cast<index>(y);
  const auto x0 = static_cast<index>(x);
  const index y1 = std::min(y0 + 1, scan.height() - 1);
  const index x1 = std::min(x0 + 1, scan.width() - 1);
  const double v = y - static_cast<double>(y0);
  const double u = x - static_cast<double>(x0);
  const double upper = (1 - u) * voxels(k, y0, x0) + u * voxels(k, y0, x1);
  const double lower = (1 - u) * voxels(k, y1, x0) + u * voxels(k, y1, x1);
  return (1 - v) * upper + v * lower;
}

/// NaN outside of the scan, so a voxel must not be one.
double value_at(const Volume& volume, const Voxels& voxels, const Placement& scan, const Point& p) {
  const index k = scan.nearest_slice(dot(scan.normal(), p));
  if (k >= 0) {
    const auto [row, column] = scan.row_column(k, p);
    if (row >= -0.5 && row <= static_cast<double>(scan.height()) - 0.5 && column >= -0.5 &&
        column <= static_cast<double>(scan.width()) - 0.5) {
      const double value =
          volume.slope * within_slice(voxels, scan, k, row, column) + volume.intercept;
      if (!std::isfinite(value)) {
        throw nn::Error(nn::Fault::input, volume.source,
                        "slice " + std::to_string(k) + " holds a value that is not finite",
                        "a number in every voxel", "repair or cut the scan");
      }
      return value;
    }
  }
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Plane plane_named(const std::string& name) {
  for (const Plane plane : {Plane::axial, Plane::coronal, Plane::sagittal, Plane::slices}) {
    if (to_string(plane) == name) return plane;
  }
  throw nn::Error(nn::Fault::input, "--plane", "'" + name + "'",
                  "axial, coronal, sagittal or slices");
}

std::string to_string(Plane plane) {
  switch (plane) {
    case Plane::axial:
      return "axial";
    case Plane::coronal:
      return "coronal";
    case Plane::sagittal:
      return "sagittal";
    case Plane::slices:
      break;
  }
  return "slices";
}

View view_of(Plane plane, const Placement& placement) {
  return plane == Plane::slices ? along_slices(placement) : anatomical(plane);
}

Frame frame_around(const View& view, const std::vector<Placement>& scans, index size) {
  nn::require(!scans.empty() && size >= 16 && size <= 4096, "reformat",
              "pictures of " + std::to_string(size) + " pixels", "16 to 4096");
  constexpr double kFar = std::numeric_limits<double>::infinity();
  std::array<double, 3> low{kFar, kFar, kFar};
  std::array<double, 3> high{-kFar, -kFar, -kFar};
  for (const Placement& scan : scans) {
    for (const Point& p : scan.corners()) {
      const std::array<double, 3> seen{dot(view.right, p), dot(view.down, p), dot(view.depth, p)};
      for (std::size_t a = 0; a < 3; ++a) {
        low[a] = std::min(low[a], seen[a]);
        high[a] = std::max(high[a], seen[a]);
      }
    }
  }
  Frame frame;
  frame.view = view;
  frame.pixel = std::max(high[0] - low[0], high[1] - low[1]) / static_cast<double>(size);
  nn::require(std::isfinite(frame.pixel) && frame.pixel > 0, "reformat", "a scan without extent",
              "finite places", "the header is damaged");
  const auto pixels = [&](std::size_t a) {
    // The longer side is `size` but for rounding, which must not add a pixel.
    return std::max<index>(1,
                           static_cast<index>(std::ceil((high[a] - low[a]) / frame.pixel - 0.01)));
  };
  frame.width = pixels(0);
  frame.height = pixels(1);
  frame.corner =
      plus(times(low[0] + frame.pixel / 2, view.right), times(low[1] + frame.pixel / 2, view.down));
  frame.first_depth = low[2];
  frame.last_depth = high[2];
  return frame;
}

Section section(const Volume& volume, const Placement& scan, const Frame& frame, double depth,
                double slab) {
  const Voxels voxels(volume);
  const double finest =
      std::min({length(scan.row_step()), length(scan.column_step()), scan.step()});
  const double from = std::max(depth - slab / 2, frame.first_depth);
  const double to = std::min(depth + slab / 2, frame.last_depth);
  const double thickness = slab > 0 ? to - from : 0;
  const auto samples =
      std::max<index>(1, static_cast<index>(std::ceil(std::min(thickness / finest, 65536.0))));
  const double spacing = thickness / static_cast<double>(samples);
  const double first = slab > 0 ? from + spacing / 2 : depth;

  Section out{frame.width, frame.height, {}};
  out.values.resize(static_cast<std::size_t>(frame.width * frame.height));
  nn::parallel_for(frame.height, [&](index y) {
    for (index x = 0; x < frame.width; ++x) {
      const Point pixel =
          plus(frame.corner, plus(times(static_cast<double>(x) * frame.pixel, frame.view.right),
                                  times(static_cast<double>(y) * frame.pixel, frame.view.down)));
      double seen = std::numeric_limits<double>::quiet_NaN();
      for (index i = 0; i < samples; ++i) {
        const double d = first + static_cast<double>(i) * spacing;
        const Point p = plus(pixel, times(d, frame.view.depth));
        seen = std::fmax(seen, value_at(volume, voxels, scan, p));  // NaN gives way to a number
      }
      out.values[static_cast<std::size_t>(y * frame.width + x)] = static_cast<float>(seen);
    }
  });
  return out;
}

}  // namespace data
