// From what a trial on hidden slices says to what is done: where the candidate is trusted and where
// the baseline takes its place. The rules with their reasons: docs/audit/self-check.md.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "train/self_check/shift.h"

namespace train {

/// With fewer hidden slices there is too little to judge.
inline constexpr std::size_t kFewestHidden = 5;

/// A hidden slice lies in a gap twice as wide as those that are filled, where there is more to win;
/// so the better method must be ahead by more than this many dB of PSNR, or there may be nothing
/// left.
inline constexpr double kMargin = 0.1;
/// The same for gaps narrower than any of the training: hidden slices lie in gaps as wide as those
/// that the network knows, and what is filled does not.
inline constexpr double kMarginUntrained = 0.5;

/// A gap is judged by so many of the hidden slices nearest to it on each side.
inline constexpr std::size_t kNear = 3;

/// Why the whole scan is made by the baseline.
enum class Whole {
  candidate,   ///< it is not
  too_little,  ///< fewer than kFewestHidden hidden slices
  not_ahead,   ///< the candidate is not clearly better than the baseline over all hidden slices
  shifts,      ///< it shifts even soft tissue in the gaps that are to be filled
};

struct Decision {
  Whole whole = Whole::too_little;
  double margin = kMargin;              ///< dB, by which the candidate had to be ahead
  std::optional<SoftShift> shift = {};  ///< where it could be measured
  FromBaseline tissues{};  ///< in these the candidate loses, and pixels take the baseline's value
  /// Over hidden slices, candidate with the baseline in these tissues - baseline; count 0 with too
  /// little.
  data::Summary mae, psnr;
  std::vector<bool> baseline;  ///< gap by gap, whether the baseline makes all of it
  /// Gap by gap the mean absolute error that is expected of the method used, HU or grey levels.
  std::vector<std::optional<double>> expected;
};

/// `hidden` in the order of slices, of a scan of `slices`. First tissues: one in which the
/// candidate's absolute errors add up to no less than the baseline's is the baseline's. Then the
/// scan: the candidate must have the smaller mean absolute error and a PSNR that is higher by
/// `margin`, both with the whole 95 % interval of the paired difference, and may not shift soft
/// tissue by more than kMostShift. Then each gap: it is the baseline's if over the hidden slices
/// nearest to it neither mean is in favour of the candidate in the same way.
Decision decide(std::span<const HiddenSlice> hidden, nn::index slices, double margin = kMargin,
                const std::optional<SoftShift>& shift = {});

/// Where nothing is expected yet, since no slice could be hidden from the network: the fallback
/// makes those gaps, and the trial by which it was chosen (`registered`, as in choose_fallback())
/// says what it gets wrong.
void expect_of_fallback(Decision& decision, std::span<const HiddenSlice> registered,
                        Fallback fallback);

/// `registered`: a trial with registration as candidate and cubic interpolation as baseline.
/// Registration is taken where it is ahead of cubic over the whole scan as a network has to be, and
/// loses in no tissue; else cubic.
Fallback choose_fallback(std::span<const HiddenSlice> registered);

}  // namespace train
