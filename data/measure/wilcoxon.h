// A paired test for two methods on the same slices.
#pragma once

#include <span>

#include "nn/core/real.h"

namespace data {

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
