// What makes a volume with more, or other, slices out of one.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "data/volume/steps.h"
#include "data/volume/volume.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;
using nn::index;

/// Everything but the values, which would be copied twice.
Volume without_values(const Volume& v) {
  return {static_cast<const Grid&>(v),
          StoredValues{v.unit, v.type, {}, v.slope, v.intercept, v.padding},
          static_cast<const SliceOrigins&>(v), static_cast<const ScanSource&>(v)};
}

/// Memory seen as `outer` blocks of runs: a run is what lies together within one slice.
struct Runs {
  index run = 0;  // bytes
  index outer = 1;
};

Runs runs_of(const Volume& v) {
  const auto axis = static_cast<std::size_t>(v.slice_axis);
  Runs r{static_cast<index>(bytes_of(v.type)), 1};
  for (std::size_t a = 0; a < axis; ++a) r.run *= v.dims[a];
  for (std::size_t a = axis + 1; a < 3; ++a) r.outer *= v.dims[a];
  return r;
}

/// Zero bytes for all voxels.
void take_memory(Volume& v) {
  const std::size_t bytes = checked_bytes(v.dims, v.type, v.source);
  try {
    v.stored.resize(bytes);
  } catch (const std::exception&) {
    throw Error(Fault::job, v.source, "no memory for " + std::to_string(bytes >> 20) + " MiB", "",
                "use a smaller factor");
  }
}

/// Slice `slices[i]` of `from`, or zero bytes where that is -1, as slice i of `to`.
void copy_slices(const Volume& from, const std::vector<index>& slices, Volume& to) {
  const auto axis = static_cast<std::size_t>(from.slice_axis);
  to.dims[axis] = static_cast<index>(slices.size());
  take_memory(to);
  const Runs r = runs_of(from);
  for (index o = 0; o < r.outer; ++o) {
    for (std::size_t i = 0; i < slices.size(); ++i) {
      if (slices[i] < 0) continue;
      std::memcpy(to.stored.data() + (o * to.dims[axis] + static_cast<index>(i)) * r.run,
                  from.stored.data() + (o * from.dims[axis] + slices[i]) * r.run,
                  static_cast<std::size_t>(r.run));
    }
  }
}

Position between(const Position& a, const Position& c, double t) {
  Position p{};
  for (std::size_t i = 0; i < 3; ++i) p[i] = a[i] + t * (c[i] - a[i]);
  return p;
}

/// The origin of what lies t of the way from slice k to the next, in slices of the scan as read:
/// those of an interpolated scan lie between the same two as its own neighbours do.
SliceOrigin origin_between(const Volume& v, index k, double t) {
  if (v.origins.empty()) return {k, k + 1, t};
  const SliceOrigin a = v.origin(k);
  const SliceOrigin c = v.origin(k + 1);
  if (!a.synthetic() && !c.synthetic()) return {a.before, c.before, t};
  const index before = a.before;
  const index after = c.after;
  const double from = a.synthetic() ? a.t : 0;
  const double to = c.synthetic() ? c.t : 1;
  return {before, after, from + t * (to - from)};
}

/// Origin, spacing and the affine's column of the slice axis from `positions`: the step of the grid
/// where they are even, else the mean step.
void take_step(Volume& v) {
  const auto axis = static_cast<std::size_t>(v.slice_axis);
  for (std::size_t row = 0; row < 3; ++row) v.affine[row][3] = v.positions.front()[row];
  if (v.positions.size() < 2) return;
  const StepGrid grid = fit_grid(v.positions);
  const auto steps = static_cast<double>(v.positions.size()) - 1;
  const Point mean = times(1 / steps, minus(v.positions.back(), v.positions.front()));
  const Point& step = grid.even ? grid.step : mean;
  for (std::size_t row = 0; row < 3; ++row) v.affine[row][axis] = step[row];
  v.spacing[axis] = length(step);
}

}  // namespace

SliceOrigin SliceOrigins::origin(index k) const {
  if (origins.empty()) return {k, k, 0};
  return origins[static_cast<std::size_t>(k)];
}

Position Grid::position(index k) const {
  if (!positions.empty()) return positions[static_cast<std::size_t>(k)];
  const auto axis = static_cast<std::size_t>(slice_axis);
  Position p{};
  for (std::size_t row = 0; row < 3; ++row) {
    p[row] = affine[row][3] + static_cast<double>(k) * affine[row][axis];
  }
  return p;
}

Volume Volume::refined(std::span<const index> parts) const {
  if (static_cast<index>(parts.size()) != slices() - 1) {
    throw Error(Fault::job, "Volume::refined", std::to_string(parts.size()) + " parts",
                std::to_string(slices() - 1));
  }
  const index first = parts.empty() ? 1 : parts.front();
  const bool equal = std::all_of(parts.begin(), parts.end(), [&](index n) { return n == first; });
  const auto axis = static_cast<std::size_t>(slice_axis);
  Volume out = without_values(*this);
  out.origins.clear();
  out.positions.clear();
  std::vector<index> from;
  const bool placed = !positions.empty() || !equal;
  const auto add = [&](index slice, const SliceOrigin& origin, const Position& at) {
    nn::require(from.size() < static_cast<std::size_t>(kMaxAxis), source,
                "more slices than allowed", "at most " + std::to_string(kMaxAxis),
                "use a smaller factor, or a larger --spacing");
    from.push_back(slice);
    out.origins.push_back(origin);
    if (placed) out.positions.push_back(at);
  };
  for (index k = 0; k < slices(); ++k) {
    add(k, origin(k), position(k));
    if (k + 1 == slices()) break;
    const index cut = parts[static_cast<std::size_t>(k)];
    nn::require(cut >= 1, "interpolation factor", std::to_string(cut), "1 or more");
    for (index j = 1; j < cut; ++j) {
      const double t = static_cast<double>(j) / static_cast<double>(cut);
      add(-1, origin_between(*this, k, t), between(position(k), position(k + 1), t));
    }
  }
  copy_slices(*this, from, out);
  if (equal) {
    out.spacing[axis] /= static_cast<double>(first);
    out.refinement[axis] *= first;
    for (std::size_t row = 0; row < 3; ++row) out.affine[row][axis] /= static_cast<double>(first);
  } else {
    take_step(out);
  }
  return out;
}

Volume Volume::expanded(index factor) const {
  nn::require(factor >= 1, "interpolation factor", std::to_string(factor), "1 or more");
  const std::vector<index> parts(static_cast<std::size_t>(slices() - 1), factor);
  return refined(parts);
}

Volume Volume::only_synthetic() const {
  std::vector<index> from;
  Volume out = without_values(*this);
  out.origins.clear();
  out.positions.clear();
  for (std::size_t k = 0; k < origins.size(); ++k) {
    if (!origins[k].synthetic()) continue;
    from.push_back(static_cast<index>(k));
    out.origins.push_back(origins[k]);
    out.positions.push_back(position(static_cast<index>(k)));
  }
  nn::require(!from.empty(), source, "no synthetic slice", "at least one",
              "use a larger factor, or leave out --only-new");
  copy_slices(*this, from, out);
  const auto axis = static_cast<std::size_t>(slice_axis);
  // Every second slice, from the second on: as many steps to the file's as before, half a step on.
  const index step = from.size() > 1 ? from[1] - from[0] : refinement[axis];
  const bool regular = positions.empty() && refinement[axis] % step == 0 &&
                       std::adjacent_find(from.begin(), from.end(), [&](index a, index b) {
                         return b - a != step;
                       }) == from.end();
  if (!regular) {
    take_step(out);
    return out;
  }
  out.moved[axis] += static_cast<double>(from[0]) / static_cast<double>(refinement[axis]);
  out.refinement[axis] /= step;
  out.spacing[axis] *= static_cast<double>(step);
  for (std::size_t row = 0; row < 3; ++row) {
    out.affine[row][3] = out.positions.front()[row];
    out.affine[row][axis] *= static_cast<double>(step);
  }
  out.positions.clear();
  return out;
}

Volume Volume::blank(double step) const {
  Volume out = without_values(*this);
  out.type = StoredType::int16;
  out.slope = step;
  out.intercept = 0;
  out.padding.reset();
  out.overlay.reset();
  out.warnings.clear();
  take_memory(out);
  return out;
}

double median_step(std::span<const Position> positions) {
  std::vector<double> steps;
  for (std::size_t k = 1; k < positions.size(); ++k) {
    steps.push_back(distance(positions[k - 1], positions[k]));
  }
  if (steps.empty()) return 0;
  std::sort(steps.begin(), steps.end());
  return steps[(steps.size() - 1) / 2];
}

double median_gap(const Volume& volume) {
  return volume.positions.size() < 2 ? volume.slice_spacing() : median_step(volume.positions);
}

bool same_step(double step, double other) {
  return std::fabs(other - step) <= std::max(0.01, 0.01 * step);
}

bool evenly_spaced(std::span<const Position> positions) { return fit_grid(positions).even; }

}  // namespace data
