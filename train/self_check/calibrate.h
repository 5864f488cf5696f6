// From signals to an expected error: fitted to pixels whose truth is known, and checked on others.
// Maths and reasons: docs/audit/uncertainty.md.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "train/self_check/signals.h"

namespace train {

/// Expected |error| as a function that falls with none of the signals: a score, the sum of signals
/// times `weights`, and a broken line from score to error, level beyond its ends.
struct Calibration {
  std::array<double, kSignals> weights{};  ///< >= 0
  std::vector<double> score;               ///< of the knots, ascending
  std::vector<double> error;               ///< at the knots, not descending

  /// At t of the way from A to C. Calibrated in the middle of gaps: elsewhere what exceeds the
  /// lowest knot, which is noise, counts 4 t (1 - t) times.
  double expected(const PixelSignals& signals, double t = 0.5) const;
};

/// The line's knots: about so many groups of pixels alike in number, in the order of scores.
inline constexpr std::size_t kKnots = 32;

/// Weights by least squares of |error| on a constant and the signals, weights >= 0; then the line
/// by isotonic regression (pool adjacent violators; Barlow, Bartholomew, Bremner, Brunk 1972) of
/// the groups' mean errors. Throws a job error for no pixels.
Calibration calibrate(std::span<const PixelSample> pixels);

inline constexpr std::size_t kTenths = 10;

/// What a calibration is worth on pixels that it was not fitted to.
struct CalibrationCheck {
  nn::index pixels = 0;
  /// Mean expected and mean observed error of the tenth of the pixels with the smallest expected
  /// error, the next tenth, and so on.
  std::array<double, kTenths> expected{}, observed{};
  /// Share of pixels that are off by at most 1, 2 and 3 times the expected error.
  std::array<double, 3> within{};
};

/// Throws a job error for fewer than kTenths pixels.
CalibrationCheck check_calibration(const Calibration& calibration,
                                   std::span<const PixelSample> pixels);

}  // namespace train
