#include "data/measure/lesion.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "nn/core/error.h"

namespace data {
namespace {

constexpr double kSurroundings = 3;  // mm around a lesion in which its volume is looked for
constexpr int kPointsAcross = 4, kPointsDeep = 16;

/// Squared distance in mm of a point from the axis or the centre of a lesion.
double distance2(const Lesion& lesion, const VoxelSize& voxel, double row, double column,
                 double z) {
  const double dz = z - lesion.z;
  double y = (row - lesion.row) * voxel.row;
  double x = (column - lesion.column) * voxel.column;
  if (!lesion.tube) return x * x + y * y + dz * dz;
  y -= lesion.lean[0] * dz;
  x -= lesion.lean[1] * dz;
  return x * x + y * y;
}

/// How much of the voxel around pixel (row, column) lies inside.
double share_of(const Lesion& lesion, const VoxelSize& voxel, nn::index row, nn::index column,
                double z) {
  const double most = lesion.diameter * lesion.diameter / 4;
  const auto point = [](int i, int n) { return (i + 0.5) / n - 0.5; };  // of [-1/2, 1/2]
  int inside = 0;
  for (int k = 0; k < kPointsDeep; ++k) {
    const double pz = z + voxel.slice * point(k, kPointsDeep);
    for (int i = 0; i < kPointsAcross; ++i) {
      const double py = static_cast<double>(row) + point(i, kPointsAcross);
      for (int j = 0; j < kPointsAcross; ++j) {
        const double px = static_cast<double>(column) + point(j, kPointsAcross);
        inside += distance2(lesion, voxel, py, px, pz) <= most ? 1 : 0;
      }
    }
  }
  return static_cast<double>(inside) / (kPointsAcross * kPointsAcross * kPointsDeep);
}

/// First and last of `count` pixels that lie within `reach` of `centre`.
std::array<nn::index, 2> within(double centre, double reach, nn::index count) {
  const auto whole = [](double x) { return static_cast<nn::index>(x); };
  return {std::max<nn::index>(whole(std::ceil(centre - reach)), 0),
          std::min<nn::index>(whole(std::floor(centre + reach)), count - 1)};
}

nn::real at_pixel(const nn::Tensor& slice, nn::index row, nn::index column) {
  return slice.values()[static_cast<std::size_t>(row * slice.shape().w + column)];
}

/// Calls see(row, column, squared distance in mm) for the pixels within `radius` mm of a place.
template <class See>
void around(const nn::Shape& slice, const Place& place, const VoxelSize& voxel, double radius,
            const See& see) {
  const auto [top, bottom] = within(static_cast<double>(place.row), radius / voxel.row, slice.h);
  const auto [left, right] =
      within(static_cast<double>(place.column), radius / voxel.column, slice.w);
  for (nn::index r = top; r <= bottom; ++r) {
    for (nn::index c = left; c <= right; ++c) {
      const double y = static_cast<double>(r - place.row) * voxel.row;
      const double x = static_cast<double>(c - place.column) * voxel.column;
      if (x * x + y * y <= radius * radius) see(r, c, x * x + y * y);
    }
  }
}

bool is_soft(const nn::Tensor& slice, const Place& place, const VoxelSize& voxel, double radius) {
  double sum = 0;
  nn::index count = 0;
  bool soft = true;
  around(slice.shape(), place, voxel, radius, [&](nn::index r, nn::index c, double) {
    const double hu = static_cast<double>(at_pixel(slice, r, c));
    soft = soft && hu >= kSoftPixel[0] && hu <= kSoftPixel[1];
    sum += hu;
    ++count;
  });
  const double mean = sum / static_cast<double>(count);
  return soft && mean >= kSoftMean[0] && mean <= kSoftMean[1];
}

}  // namespace

double LesionPatch::highest() const {
  return share.empty() ? 0 : *std::max_element(share.begin(), share.end());
}

LesionPatch patch_of(const Lesion& lesion, const VoxelSize& voxel, double z,
                     const nn::Shape& slice) {
  const double dz = lesion.tube ? z - lesion.z : 0;  // a tube's centre has moved by then
  const double lean = lesion.tube ? voxel.slice / 2 : 0;
  const double radius = lesion.diameter / 2;
  const double row = lesion.row + lesion.lean[0] * dz / voxel.row;
  const double column = lesion.column + lesion.lean[1] * dz / voxel.column;
  const auto [top, bottom] =
      within(row, (radius + std::abs(lesion.lean[0]) * lean) / voxel.row + 1, slice.h);
  const auto [left, right] =
      within(column, (radius + std::abs(lesion.lean[1]) * lean) / voxel.column + 1, slice.w);
  LesionPatch patch{top,
                    left,
                    std::max<nn::index>(bottom - top + 1, 0),
                    std::max<nn::index>(right - left + 1, 0),
                    {}};
  for (nn::index r = top; r <= bottom; ++r) {
    for (nn::index c = left; c <= right; ++c) {
      patch.share.push_back(share_of(lesion, voxel, r, c, z));
    }
  }
  return patch;
}

void insert(nn::Tensor& slice, const Lesion& lesion, const LesionPatch& patch) {
  for (nn::index r = 0; r < patch.rows; ++r) {
    for (nn::index c = 0; c < patch.columns; ++c) {
      const double share = patch.share[static_cast<std::size_t>(r * patch.columns + c)];
      const nn::index pixel = (patch.row + r) * slice.shape().w + patch.column + c;
      slice.values()[static_cast<std::size_t>(pixel)] +=
          static_cast<nn::real>(lesion.contrast * share);
    }
  }
}

Recovered recovered(const nn::Tensor& with, const nn::Tensor& without, const Lesion& lesion,
                    const LesionPatch& pattern, const VoxelSize& voxel) {
  nn::require(pattern.highest() > 0, "recovered", "a lesion that the slice does not hold",
              "one that it holds");
  const nn::Shape& slice = with.shape();
  const nn::index more_rows = static_cast<nn::index>(std::ceil(kSurroundings / voxel.row));
  const nn::index more_columns = static_cast<nn::index>(std::ceil(kSurroundings / voxel.column));
  const nn::index last_row = std::min(pattern.row + pattern.rows + more_rows, slice.h);
  const nn::index last_column = std::min(pattern.column + pattern.columns + more_columns, slice.w);
  double change_share = 0, share2 = 0, change = 0, share = 0;
  for (nn::index r = std::max<nn::index>(pattern.row - more_rows, 0); r < last_row; ++r) {
    for (nn::index c = std::max<nn::index>(pattern.column - more_columns, 0); c < last_column;
         ++c) {
      const double d =
          static_cast<double>(at_pixel(with, r, c)) - static_cast<double>(at_pixel(without, r, c));
      const nn::index i = r - pattern.row, j = c - pattern.column;
      const bool inside = i >= 0 && i < pattern.rows && j >= 0 && j < pattern.columns;
      const double p =
          inside ? pattern.share[static_cast<std::size_t>(i * pattern.columns + j)] : 0;
      change_share += d * p;
      share2 += p * p;
      change += d;
      share += p;
    }
  }
  return {change_share / (lesion.contrast * share2), change / (lesion.contrast * share)};
}

std::vector<Place> soft_places(std::span<const nn::Tensor> slices, const VoxelSize& voxel,
                               double radius, double step) {
  std::vector<Place> places;
  const nn::Shape& shape = slices.front().shape();
  const auto pixels = [](double mm, double size) {
    return std::max<nn::index>(static_cast<nn::index>(std::lround(mm / size)), 1);
  };
  const nn::index edge_rows = pixels(radius, voxel.row), rows = pixels(step, voxel.row);
  const nn::index edge_columns = pixels(radius, voxel.column), columns = pixels(step, voxel.column);
  for (nn::index r = edge_rows; r < shape.h - edge_rows; r += rows) {
    for (nn::index c = edge_columns; c < shape.w - edge_columns; c += columns) {
      const auto soft = [&](const nn::Tensor& s) { return is_soft(s, {r, c}, voxel, radius); };
      if (std::all_of(slices.begin(), slices.end(), soft)) places.push_back({r, c});
    }
  }
  return places;
}

double spot(const nn::Tensor& slice, const Place& place, const VoxelSize& voxel) {
  constexpr double radius = kSpot / 2;
  double disc = 0, ring = 0;
  nn::index in_disc = 0, in_ring = 0;
  around(slice.shape(), place, voxel, 3 * radius, [&](nn::index r, nn::index c, double d2) {
    const double hu = static_cast<double>(at_pixel(slice, r, c));
    if (d2 <= radius * radius) {
      disc += hu;
      ++in_disc;
    } else if (d2 >= 2.25 * radius * radius) {
      ring += hu;
      ++in_ring;
    }
  });
  nn::require(in_disc > 0 && in_ring > 0, "spot", "pixels of " + std::to_string(voxel.row) + " mm",
              "pixels smaller than the disc");
  return disc / static_cast<double>(in_disc) - ring / static_cast<double>(in_ring);
}

}  // namespace data
