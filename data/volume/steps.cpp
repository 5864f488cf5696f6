#include "data/volume/steps.h"

#include <algorithm>
#include <cmath>

#include "data/volume/volume.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

/// The positions at both ends of each step of a run.
std::span<const Point> ends_of(std::span<const Point> positions, const StepRun& run) {
  return positions.subspan(static_cast<std::size_t>(run.first),
                           static_cast<std::size_t>(run.count) + 1);
}

/// The median of all steps; of two in the middle the smaller.
double median_of(std::span<const StepRun> runs) {
  std::vector<StepRun> sorted(runs.begin(), runs.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const StepRun& a, const StepRun& b) { return a.mm < b.mm; });
  index steps = 0;
  for (const StepRun& run : sorted) steps += run.count;
  index before = (steps - 1) / 2;
  for (const StepRun& run : sorted) {
    if (before < run.count) return run.mm;
    before -= run.count;
  }
  return 0;
}

}  // namespace

double allowed_off_grid(double step) { return std::min(0.1 + 0.05 * step, 0.15 * step); }

StepGrid fit_grid(std::span<const Point> positions) {
  StepGrid grid;
  if (positions.empty()) return grid;
  const auto n = static_cast<index>(positions.size());
  // In whole numbers and from the first position on, so that even steps come out exactly.
  double squares = 0;
  Point slope{};
  Point middle{};
  for (index k = 0; k < n; ++k) {
    const auto from_middle = static_cast<double>(2 * k - (n - 1));
    const Point from_first = minus(positions[static_cast<std::size_t>(k)], positions.front());
    squares += from_middle * from_middle;
    slope = plus(slope, times(from_middle, from_first));
    middle = plus(middle, from_first);
  }
  if (n > 1) {
    for (double& x : slope) x = 2 * x / squares;
  }
  grid.step = slope;
  grid.origin = plus(positions.front(), minus(times(1 / static_cast<double>(n), middle),
                                              times(static_cast<double>(n - 1) / 2, slope)));
  const double mm = length(grid.step);
  const double allowed = allowed_off_grid(mm);
  for (index k = 0; k < n; ++k) {
    const Point& p = positions[static_cast<std::size_t>(k)];
    const Point on_grid = plus(grid.origin, times(static_cast<double>(k), grid.step));
    // Rounding alone where all positions are one.
    grid.even = grid.even && distance(p, on_grid) <= allowed + 1e-9;
    if (k == 0) continue;
    const Point step = minus(p, positions[static_cast<std::size_t>(k) - 1]);
    grid.rounded = grid.rounded || distance(step, grid.step) > std::max(0.01, 0.01 * mm);
  }
  grid.rounded = grid.rounded && grid.even;
  return grid;
}

std::vector<StepRun> step_runs(std::span<const Point> positions) {
  if (positions.size() < 2) return {};
  const auto steps = static_cast<index>(positions.size()) - 1;
  const StepGrid all = fit_grid(positions);
  if (all.even) return {{0, steps, length(all.step)}};
  std::vector<StepRun> equal;
  for (index k = 0; k < steps; ++k) {
    const auto at = static_cast<std::size_t>(k);
    const double mm = distance(positions[at], positions[at + 1]);
    if (!equal.empty() && same_step(equal.back().mm, mm)) {
      ++equal.back().count;
    } else {
      equal.push_back({k, 1, mm});
    }
  }
  std::vector<StepRun> runs;
  for (StepRun run : equal) {
    run.mm = length(fit_grid(ends_of(positions, run)).step);
    if (!runs.empty()) {
      const StepRun both{runs.back().first, runs.back().count + run.count, 0};
      const StepGrid grid = fit_grid(ends_of(positions, both));
      if (grid.even) {
        runs.back() = {both.first, both.count, length(grid.step)};
        continue;
      }
    }
    runs.push_back(run);
  }
  return runs;
}

std::vector<double> usual_steps(std::span<const StepRun> runs) {
  std::vector<double> before(runs.size(), 0);
  std::vector<double> after(runs.size(), 0);
  const auto planned = [&](std::size_t i) { return runs[i].count >= kPlannedRun; };
  for (std::size_t i = 1; i < runs.size(); ++i) {
    before[i] = planned(i - 1) ? runs[i - 1].mm : before[i - 1];
    const std::size_t j = runs.size() - 1 - i;
    after[j] = planned(j + 1) ? runs[j + 1].mm : after[j + 1];
  }
  const double median = median_of(runs);
  std::vector<double> usual;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const double beside = std::max(before[i], after[i]);
    usual.push_back(planned(i) ? runs[i].mm : beside > 0 ? beside : median);
  }
  return usual;
}

index missing_slices(double gap, double usual) {
  if (!(usual > 0) || !(gap < 1e6 * usual)) return 0;
  const double multiple = std::round(gap / usual);
  const bool whole = std::fabs(gap - multiple * usual) <=
                     std::max(allowed_off_grid(usual), 0.01 * multiple * usual);
  return multiple >= 2 && whole ? static_cast<index>(multiple) - 1 : 0;
}

void require_even_steps(const std::string& path, std::span<const Point> positions,
                        const std::string& format, const std::string& hint) {
  nn::require(fit_grid(positions).even, path, "slices that are not evenly spaced",
              "even steps, the only ones that " + format + " can hold", hint);
}

}  // namespace data
