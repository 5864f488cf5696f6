// Finds whether the slices of a scan lie on one even grid or in runs of equal steps. Positions in
// DICOM are often rounded to 0.1 or 0.01 mm, so steps of 0.625 mm become 0.6 and 0.7. So positions
// are compared with the grid that fits all of them best, not steps with each other.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/volume/point.h"
#include "nn/core/real.h"

namespace data {

/// The largest distance, in mm, of a position from an even grid with this step: 0.1 mm + 5 % of the
/// step, but at most 15 % of it. A missing slice moves its neighbours further, and so do slices at
/// one and two thirds of each gap.
double allowed_off_grid(double step);

/// The even grid that fits positions best by least squares: slice k lies at origin + k * step.
struct StepGrid {
  Point origin{};
  Point step{};
  bool even = true;  ///< no position is farther from it than allowed_off_grid()
  /// True if the grid is even but single steps are off by more than max(0.01 mm, 1 %). Then the
  /// positions were rounded, and the grid is more exact.
  bool rounded = false;
};

/// The grid that fits the positions. One position gives a grid with a step of 0.
StepGrid fit_grid(std::span<const Point> positions);

/// Steps of one length that follow each other.
struct StepRun {
  nn::index first = 0;  ///< gap k lies between slices k and k + 1
  nn::index count = 0;
  double mm = 0;  ///< the step of the grid that fits them
};

/// From this many equal steps on, a run counts as planned, whatever the other steps are.
inline constexpr nn::index kPlannedRun = 3;

/// All steps in order. Neighbours whose positions lie on one even grid are one run.
std::vector<StepRun> step_runs(std::span<const Point> positions);

/// For each run, the usual step: a gap of the run is wide if it is much wider than this. A run of
/// kPlannedRun steps or more has its own step. A shorter run takes the step of the nearest such run
/// before or after it, whichever is wider; if there is none, the median step.
std::vector<double> usual_steps(std::span<const StepRun> runs);

/// Input error unless the positions lie on one even grid; `format` can say no other, and `hint`
/// says what to do.
void require_even_steps(const std::string& path, std::span<const Point> positions,
                        const std::string& format, const std::string& hint);

/// How many slices are missing in a gap, if the usual step is `usual` mm: k - 1 if the gap is
/// k >= 2 times as wide, else 0.
nn::index missing_slices(double gap, double usual);

}  // namespace data
