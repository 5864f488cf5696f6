#include "data/measure/summary.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include "nn/core/error.h"

namespace data {
namespace {

/// P(W <= sum) when each of the ranks 1 .. n counts with probability 1/2.
double exact_tail(std::size_t n, double sum) {
  const std::size_t most = n * (n + 1) / 2;
  // ways[s]: in how many ways ranks add up to s; below 2^25, so exact.
  std::vector<double> ways(most + 1, 0.0);
  ways[0] = 1.0;
  for (std::size_t rank = 1; rank <= n; ++rank) {
    for (std::size_t s = most; s >= rank; --s) ways[s] += ways[s - rank];
  }
  double tail = 0.0;
  double all = 0.0;
  for (std::size_t s = 0; s <= most; ++s) {
    all += ways[s];
    if (static_cast<double>(s) <= sum) tail += ways[s];
  }
  return tail / all;
}

}  // namespace

SignedRank signed_rank(std::span<const double> differences) {
  std::vector<double> d;
  for (const double v : differences) {
    nn::require(std::isfinite(v), "signed_rank", "a value that is not finite", "finite values");
    if (v != 0.0) d.push_back(v);
  }
  SignedRank result;
  result.count = static_cast<nn::index>(d.size());
  if (d.empty()) return result;
  std::sort(d.begin(), d.end(), [](double a, double b) { return std::abs(a) < std::abs(b); });
  double ties = 0.0;  // sum of t^3 - t over groups of t equal sizes
  for (std::size_t i = 0; i < d.size();) {
    std::size_t end = i;
    while (end < d.size() && std::abs(d[end]) == std::abs(d[i])) ++end;
    const auto t = static_cast<double>(end - i);
    const double rank = 0.5 * static_cast<double>(i + 1 + end);  // mean of i + 1 .. end
    ties += t * t * t - t;
    for (; i < end; ++i) (d[i] > 0.0 ? result.plus : result.minus) += rank;
  }
  const double smaller = std::min(result.plus, result.minus);
  const auto n = static_cast<double>(d.size());
  result.exact = result.count <= kMostExact && ties == 0.0;
  if (result.exact) {
    result.p = std::min(1.0, 2.0 * exact_tail(d.size(), smaller));
    return result;
  }
  const double mean = n * (n + 1.0) / 4.0;
  const double variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
  result.p = std::erfc((mean - smaller) / std::sqrt(variance) / std::numbers::sqrt2);
  return result;
}

}  // namespace data
