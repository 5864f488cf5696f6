// Where the slices of a scan lie one after the other: on one even grid, or in runs of equal steps.
// Positions in DICOM are often rounded to 0.1 or 0.01 mm, so that steps of 0.625 mm read 0.6 and
// 0.7: positions are compared with the grid that fits all of them best, not steps with each other.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/volume/point.h"
#include "nn/core/real.h"

namespace data {

/// How far from an even grid of steps of so many mm a position may lie: 0.1 mm + 5 % of the step,
/// but at most 15 %. A missing slice moves its neighbours by more than that, and so do slices at
/// one and two thirds of each gap.
double allowed_off_grid(double step);

/// The even grid that fits positions best by least squares: slice k lies at origin + k * step.
struct StepGrid {
  Point origin{};
  Point step{};
  bool even = true;  ///< no position is farther from it than allowed_off_grid()
  /// Even, but single steps are off by more than max(0.01 mm, 1 %): positions that were rounded, of
  /// which the grid knows more than they do.
  bool rounded = false;
};

/// Of one position: that, with a step of 0.
StepGrid fit_grid(std::span<const Point> positions);

/// Steps of one length that follow each other.
struct StepRun {
  nn::index first = 0;  ///< gap k lies between slices k and k + 1
  nn::index count = 0;
  double mm = 0;  ///< the step of the grid that fits them
};

/// The fewest equal steps that are a choice of whoever planned the scan, whatever the other steps.
inline constexpr nn::index kPlannedRun = 3;

/// All steps in order. Neighbours whose positions lie on one even grid are one run.
std::vector<StepRun> step_runs(std::span<const Point> positions);

/// Run by run the step that a gap there is compared with before it is called wide: of a run of
/// kPlannedRun steps or more its own; of a shorter one the nearest such run's before or after it,
/// whichever has the wider steps; where there is none, the median step.
std::vector<double> usual_steps(std::span<const StepRun> runs);

/// Input error unless the positions lie on one even grid; `format` can say no other, and `hint`
/// says what to do.
void require_even_steps(const std::string& path, std::span<const Point> positions,
                        const std::string& format, const std::string& hint);

/// How many slices seem to be missing in a gap beside steps of `usual` mm: k - 1 where it is k >= 2
/// times as wide, else 0.
nn::index missing_slices(double gap, double usual);

}  // namespace data
