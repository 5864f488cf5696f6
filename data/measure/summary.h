// Many slices in a few numbers: means with confidence intervals, and slices won.
#pragma once

#include <cstdint>
#include <span>

#include "nn/core/real.h"

namespace data {

/// A mean and its 95 % confidence interval.
struct Summary {
  double mean = 0.0;
  double lo = 0.0;
  double hi = 0.0;
  nn::index count = 0;
};

inline constexpr int kBootstrapResamples = 2000;

/// Fixed, so that a report and a decision can be repeated.
inline constexpr std::uint64_t kBootstrapSeed = 20170227;

/// Percentile bootstrap of the mean (Efron, Tibshirani, An Introduction to the Bootstrap, 1993,
/// chapter 13): kBootstrapResamples resamples, quantiles 2.5 % and 97.5 % with linear
/// interpolation between order statistics. The same seed gives the same bits. With one value the
/// interval is that value. Throws for no values and for values that are not finite.
Summary bootstrap_mean(std::span<const double> values, std::uint64_t seed);

/// The same for model - baseline, paired slice by slice: much narrower than comparing two
/// intervals, because what makes a slice hard is hard for both.
Summary bootstrap_difference(std::span<const double> model, std::span<const double> baseline,
                             std::uint64_t seed);

/// Sum of numerators over sum of denominators, one of each a slice, resampled by slices (Efron,
/// Tibshirani, section 13.4): a mean over pixels whose interval knows that pixels come in slices.
/// Slices with denominator 0 carry nothing and are left out; `count` is the number of the others.
/// Throws when none is left and for denominators below 0.
Summary bootstrap_ratio(std::span<const double> numerators, std::span<const double> denominators,
                        std::uint64_t seed);

/// On how many slices the model's PSNR is above cubic's. A tie is no win.
nn::index slices_won(std::span<const double> model_psnr, std::span<const double> cubic_psnr);

// A paired test for two methods on the same slices.

struct SignedRank {
  double plus = 0.0;    ///< sum of the ranks of positive differences, W+
  double minus = 0.0;   ///< of negative ones, W-
  nn::index count = 0;  ///< differences other than 0
  double p = 1.0;       ///< two-sided
  bool exact = true;    ///< by counting all signs, not by the normal approximation
};

/// Below or at this number of differences the distribution is counted out.
inline constexpr nn::index kMostExact = 25;

/// Signed-rank test of the hypothesis that differences are symmetric around 0 (Wilcoxon,
/// "Individual comparisons by ranking methods", Biometrics Bulletin 1(6), 1945). Differences of 0
/// are left out, as Wilcoxon does; equal sizes share their mean rank. Exact for up to kMostExact
/// differences of different sizes; else the normal approximation with the variance corrected for
/// ties, without continuity correction. No difference at all: p = 1. Throws for values that are not
/// finite.
SignedRank signed_rank(std::span<const double> differences);

}  // namespace data
