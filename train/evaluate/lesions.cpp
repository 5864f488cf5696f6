#include "train/evaluate/lesions.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "nn/core/error.h"
#include "nn/core/rng.h"
#include "train/program/progress.h"

namespace train {
namespace {

constexpr double kApart = 25;      // mm in a slice between lesions that are in the scan at once
constexpr nn::index kReach = 4;    // slices on each side that hold a part of a tube
constexpr double kSoftAround = 4;  // mm of soft tissue around a lesion
constexpr double kGrid = 6;        // mm between places
constexpr int kTries = 60;         // places that are tried before a lesion waits for another pass

/// A lesion and the hidden slice nearest to it, a number in TestSlices::targets.
struct Placed {
  data::Lesion lesion;
  std::size_t target = 0;
};

/// Lesions that are in the scan at the same time.
using Together = std::vector<Placed>;

data::VoxelSize voxel_of(const LoadedScan& scan) {
  return {scan.info.profile->pixel_spacing[0], scan.info.profile->pixel_spacing[1],
          scan.info.slice_spacing};
}

/// mm along the stack from slice 0.
std::vector<double> heights_of(const data::ScanView& scan) {
  std::vector<double> z(scan.positions.size());
  for (std::size_t k = 1; k < z.size(); ++k) {
    z[k] = z[k - 1] + data::distance(scan.positions[k - 1], scan.positions[k]);
  }
  return z;
}

/// Chooses places for lesions, in passes.
class Placer {
 public:
  Placer(const LoadedScan& scan, const TestSlices& test, std::uint64_t seed)
      : scan_(scan),
        test_(test),
        voxel_(voxel_of(scan)),
        z_(heights_of(scan.view)),
        rng_(seed, nn::Purpose::sampling, 0x1e510) {}

  std::vector<Together> place(nn::index count) {
    const std::vector<data::Lesion> kinds = lesion_kinds();
    std::vector<Together> passes(1);
    for (nn::index n = 0; n < count; ++n) {
      const data::Lesion& kind = kinds[nn::at(n) % kinds.size()];
      std::optional<Placed> placed = try_in(passes.back(), kind);
      if (!placed) {
        passes.emplace_back();
        placed = try_in(passes.back(), kind);
      }
      if (placed) passes.back().push_back(*placed);
    }
    return passes;
  }

 private:
  const std::vector<data::Place>& places_at(std::size_t target) {
    const auto found = places_.find(target);
    if (found != places_.end()) return found->second;
    const data::Triplet& t = test_.targets[target];
    const std::array<nn::Tensor, 3> slices{scan_.view.slice(t.a()), scan_.view.slice(t.target),
                                           scan_.view.slice(t.c())};
    return places_[target] = data::soft_places(slices, voxel_, kSoftAround, kGrid);
  }

  bool clear_of(const Together& others, const data::Lesion& lesion) const {
    return std::none_of(others.begin(), others.end(), [&](const Placed& o) {
      const double y = (o.lesion.row - lesion.row) * voxel_.row;
      const double x = (o.lesion.column - lesion.column) * voxel_.column;
      const double deep = 2 * static_cast<double>(kReach) * voxel_.slice +
                          (o.lesion.diameter + lesion.diameter) / 2;
      return std::hypot(x, y) < kApart && std::abs(o.lesion.z - lesion.z) < deep;
    });
  }

  std::optional<Placed> try_in(const Together& others, data::Lesion lesion) {
    for (int i = 0; i < kTries; ++i) {
      const std::size_t target = rng_.below(static_cast<std::uint32_t>(test_.targets.size()));
      const std::vector<data::Place>& places = places_at(target);
      if (places.empty()) continue;
      const data::Place& p = places[rng_.below(static_cast<std::uint32_t>(places.size()))];
      lesion.row = static_cast<double>(p.row) + rng_.uniform() - 0.5;
      lesion.column = static_cast<double>(p.column) + rng_.uniform() - 0.5;
      lesion.z = z_[nn::at(test_.targets[target].target)] + (2 * rng_.uniform() - 1) * voxel_.slice;
      if (clear_of(others, lesion)) return Placed{lesion, target};
    }
    return std::nullopt;
  }

  const LoadedScan& scan_;
  const TestSlices& test_;
  data::VoxelSize voxel_;
  std::vector<double> z_;
  nn::Rng rng_;
  std::map<std::size_t, std::vector<data::Place>> places_;  // by target, as they are needed
};

/// The scan with lesions in it. Keeps a reference to all that it is given.
data::ScanView with_lesions(const data::ScanView& scan, const Together& lesions,
                            const data::VoxelSize& voxel, const std::vector<double>& z) {
  data::ScanView changed = scan;
  changed.slice = [&](nn::index k) {
    nn::Tensor slice = scan.slice(k).clone();
    for (const Placed& p : lesions) {
      const double reach = (static_cast<double>(kReach) + 0.5) * voxel.slice;
      if (p.lesion.tube && std::abs(z[nn::at(k)] - p.lesion.z) > reach) continue;
      data::insert(slice, p.lesion, data::patch_of(p.lesion, voxel, z[nn::at(k)], slice.shape()));
    }
    return slice;
  };
  return changed;
}

/// Spots that a prediction shows, and the true slice and the known ones do not.
void count_false_spots(LesionReport& report, const Predictions& made, const nn::Tensor& truth,
                       const data::KnownSlices& known, const data::VoxelSize& voxel) {
  const std::array<nn::Tensor, 3> real{truth, known[1], known[2]};
  for (const data::Place& p : data::soft_places(real, voxel, 1.5 * data::kSpot, 2 * data::kSpot)) {
    ++report.places;
    std::array<double, 3> spots{};
    for (std::size_t i = 0; i < real.size(); ++i) spots[i] = data::spot(real[i], p, voxel);
    const auto [darkest, brightest] = std::minmax_element(spots.begin(), spots.end());
    for (std::size_t m = 0; m < kMethods.size(); ++m) {
      const double s = data::spot(made[m], p, voxel);
      report.false_spots[m] += s >= *brightest + kFalseSpot || s <= *darkest - kFalseSpot ? 1 : 0;
    }
  }
}

/// Measures the lesions of `pass` that are nearest to one hidden slice.
class AtTarget {
 public:
  AtTarget(const data::VoxelSize& voxel, const std::vector<double>& z, const data::Triplet& target,
           const nn::Shape& shape)
      : voxel_(voxel), z_(z), target_(target), shape_(shape) {}

  std::optional<LesionRow> row(const data::Lesion& lesion, const Predictions& with,
                               const Predictions& without) const {
    const data::LesionPatch hidden = patch(lesion, target_.target);
    const data::LesionPatch a = patch(lesion, target_.a()), c = patch(lesion, target_.c());
    const data::LesionPatch& known = a.highest() >= c.highest() ? a : c;
    const std::optional<Seen> seen = seen_of(hidden.highest(), known.highest());
    if (!seen) return std::nullopt;
    LesionRow row{lesion, target_.target, *seen, {}};
    const data::LesionPatch& pattern = *seen == Seen::elsewhere ? known : hidden;
    for (std::size_t m = 0; m < kMethods.size(); ++m) {
      row.methods[m] = data::recovered(with[m], without[m], lesion, pattern, voxel_);
    }
    return row;
  }

 private:
  data::LesionPatch patch(const data::Lesion& lesion, nn::index slice) const {
    return data::patch_of(lesion, voxel_, z_[nn::at(slice)], shape_);
  }

  const data::VoxelSize& voxel_;
  const std::vector<double>& z_;
  const data::Triplet& target_;
  nn::Shape shape_;
};

std::vector<float> piece_of(const nn::Tensor& slice, const std::array<nn::index, 4>& box) {
  const auto [row, column, height, width] = box;
  std::vector<float> piece;
  for (nn::index y = row; y < row + height; ++y) {
    const float* line = slice.data() + y * slice.shape().w;
    piece.insert(piece.end(), line + column, line + column + width);
  }
  return piece;
}

/// Keeps the lesion of `row` as an example if it shows more than the one before.
void keep_example(LesionReport& report, const LesionRow& row, const nn::Tensor& truth,
                  const Predictions& made, const data::VoxelSize& voxel) {
  std::optional<LesionExample>& kept = report.examples.at(static_cast<std::size_t>(row.seen));
  const auto order = [](const data::Lesion& l) {
    return std::pair(std::abs(l.contrast - kExampleContrast), -l.diameter);
  };
  if (kept && order(kept->row.lesion) <= order(row.lesion)) return;
  const nn::Shape s = truth.shape();
  const auto range = [](double centre, double mm, nn::index size) {
    const auto middle = static_cast<nn::index>(std::lround(centre));
    const auto reach = static_cast<nn::index>(std::lround(kExampleReach / mm));
    const nn::index first = std::max<nn::index>(0, middle - reach);
    return std::pair(first, std::min(size, middle + reach + 1) - first);
  };
  const auto [row0, height] = range(row.lesion.row, voxel.row, s.h);
  const auto [column0, width] = range(row.lesion.column, voxel.column, s.w);
  const std::array<nn::index, 4> box{row0, column0, height, width};
  LesionExample example{row, height, width, piece_of(truth, box), {}};
  for (std::size_t m = 0; m < made.size(); ++m) example.methods[m] = piece_of(made[m], box);
  kept = std::move(example);
}

void require_measurable(const LoadedScan& scan, const TestSlices& test) {
  nn::require(scan.view.hu() && scan.info.profile.has_value(), "--lesions",
              "pictures: " + scan.info.name, "a scan in HU", "leave --lesions out");
  nn::require(test.factor == 2 && !test.filled, "--lesions",
              "--factor " + std::to_string(test.factor), "--factor 2",
              "lesions are measured in the middle of a gap");
}

}  // namespace

std::optional<Seen> seen_of(double hidden, double known) {
  if (hidden >= 0.2) {
    if (known < 0.1 * hidden) return Seen::nowhere;
    return known < 0.5 * hidden ? Seen::partly : Seen::well;
  }
  if (hidden < 0.02 && known >= 0.5) return Seen::elsewhere;
  return std::nullopt;
}

std::vector<data::Lesion> lesion_kinds() {
  std::vector<data::Lesion> kinds;
  for (const double diameter : {2.0, 4.0, 6.0, 10.0}) {
    for (const double contrast : {-10.0, 25.0, 60.0, 150.0}) {  // fluid, blood, contrast, calcium
      kinds.push_back({0, 0, 0, diameter, contrast});
    }
    kinds.push_back({0, 0, 0, diameter / 2, 150, true, {0, 0.5}});  // a vessel
  }
  return kinds;
}

std::optional<LesionSummary> LesionReport::summary(std::size_t method, Seen seen) const {
  std::vector<double> contrast, volume;
  for (const LesionRow& row : rows) {
    if (row.seen != seen) continue;
    contrast.push_back(row.methods[method].contrast);
    volume.push_back(row.methods[method].volume);
  }
  if (contrast.empty()) return std::nullopt;
  return LesionSummary{data::bootstrap_mean(contrast, data::kBootstrapSeed),
                       data::bootstrap_mean(volume, data::kBootstrapSeed)};
}

LesionReport measure_lesions(const LoadedScan& scan, const TestSlices& test,
                             const TestMethods& methods, nn::index count, std::uint64_t seed,
                             Messages& messages) {
  require_measurable(scan, test);
  const data::VoxelSize voxel = voxel_of(scan);
  const std::vector<double> z = heights_of(scan.view);
  const std::vector<Together> passes = Placer(scan, test, seed).place(count);
  nn::require(!passes.front().empty(), scan.info.name, "no soft tissue for a lesion",
              "a scan with soft tissue", "leave --lesions out");
  LesionReport report;
  Progress progress("lesions " + scan.info.name, test.targets.size(), messages);
  for (std::size_t i = 0; i < test.targets.size(); ++i) {
    const data::Triplet& target = test.targets[i];
    const MissingSlice plain = missing_slice(scan.view, target);
    const Predictions without = methods.of(i, {&plain, 1}).front();
    count_false_spots(report, without, scan.view.slice(target.target), plain.known, voxel);
    const AtTarget measured(voxel, z, target, scan.view.shape());
    for (const Together& pass : passes) {
      const auto here = [&](const Placed& p) { return p.target == i; };
      if (std::none_of(pass.begin(), pass.end(), here)) continue;
      const data::ScanView view = with_lesions(scan.view, pass, voxel, z);
      const MissingSlice changed = missing_slice(view, target);
      const Predictions with = methods.of(i, {&changed, 1}).front();
      const nn::Tensor truth = view.slice(target.target);
      for (const Placed& p : pass) {
        if (!here(p)) continue;
        const auto row = measured.row(p.lesion, with, without);
        if (!row) continue;
        report.rows.push_back(*row);
        keep_example(report, *row, truth, with, voxel);
      }
    }
    progress.update(i + 1);
  }
  return report;
}

}  // namespace train
