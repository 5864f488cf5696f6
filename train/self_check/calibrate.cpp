#include "train/self_check/calibrate.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "nn/core/error.h"

namespace train {
namespace {

constexpr std::size_t kUnknowns = kSignals + 1;  // the signals' weights and, last, a constant
using Row = std::array<double, kUnknowns>;

/// A pivot this small against its diagonal: one signal is a combination of others, or always 0.
constexpr double kDependent = 1e-10;

/// Sums of products over all pixels: what least squares needs of them.
struct NormalEquations {
  std::array<Row, kUnknowns> matrix{};
  Row right{};

  explicit NormalEquations(std::span<const PixelSample> pixels) {
    for (const PixelSample& p : pixels) {
      Row x{};
      std::copy(p.signals.begin(), p.signals.end(), x.begin());
      x[kSignals] = 1;
      for (std::size_t i = 0; i < kUnknowns; ++i) {
        for (std::size_t j = 0; j < kUnknowns; ++j) matrix[i][j] += x[i] * x[j];
        right[i] += x[i] * static_cast<double>(p.error);
      }
    }
  }

  /// The best values of the unknowns in `free`, the others 0, by elimination; none where they are
  /// not determined.
  std::optional<Row> solve(const std::array<bool, kUnknowns>& free) const {
    auto m = matrix;
    Row r = right;
    for (std::size_t i = 0; i < kUnknowns; ++i) {
      if (!free[i]) continue;
      if (m[i][i] <= kDependent * matrix[i][i]) return std::nullopt;
      for (std::size_t k = 0; k < kUnknowns; ++k) {
        if (k == i || !free[k]) continue;
        const double factor = m[k][i] / m[i][i];
        for (std::size_t j = 0; j < kUnknowns; ++j) m[k][j] -= factor * m[i][j];
        r[k] -= factor * r[i];
      }
    }
    Row x{};
    for (std::size_t i = 0; i < kUnknowns; ++i) x[i] = free[i] ? r[i] / m[i][i] : 0;
    return x;
  }
};

/// Least squares with weights >= 0. Its solution is the unconstrained one of the unknowns that are
/// not 0 in it, so with three signals the best of eight is looked for. By how much a solution of
/// normal equations lowers the sum of squares: x times the right-hand side.
std::array<double, kSignals> weights_of(std::span<const PixelSample> pixels) {
  const NormalEquations equations(pixels);
  std::array<double, kSignals> best{};
  double most = -1;
  for (unsigned subset = 0; subset < 1U << kSignals; ++subset) {
    std::array<bool, kUnknowns> free{};
    for (std::size_t i = 0; i < kSignals; ++i) free[i] = (subset >> i & 1U) != 0;
    free[kSignals] = true;
    const auto x = equations.solve(free);
    if (!x || std::any_of(x->begin(), x->end() - 1, [](double w) { return w < 0; })) continue;
    const double lowered = std::inner_product(x->begin(), x->end(), equations.right.begin(), 0.0);
    if (lowered <= most) continue;
    most = lowered;
    std::copy_n(x->begin(), kSignals, best.begin());
  }
  return best;
}

double score_of(const std::array<double, kSignals>& weights, const PixelSignals& signals) {
  double sum = 0;
  for (std::size_t s = 0; s < kSignals; ++s) sum += weights[s] * static_cast<double>(signals[s]);
  return sum;
}

/// Score, or expected error, and error of a pixel.
using Pair = std::pair<double, double>;

/// Ties stay in the order of the pixels.
void sort_by_first(std::vector<Pair>& pairs) {
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.first < b.first; });
}

/// Sums over pixels that share a knot.
struct Group {
  double score = 0, error = 0, count = 0;

  double mean_error() const { return error / count; }
  Group& operator+=(const Group& other) {
    score += other.score;
    error += other.error;
    count += other.count;
    return *this;
  }
};

/// kKnots groups alike in number, fewer where many pixels have one score, which are kept together.
std::vector<Group> groups_of(const std::vector<Pair>& sorted) {
  const double enough = static_cast<double>(sorted.size()) / kKnots;
  std::vector<Group> groups;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const bool tie = i > 0 && sorted[i].first == sorted[i - 1].first;
    if (groups.empty() || (groups.back().count >= enough && !tie)) groups.emplace_back();
    groups.back() += {sorted[i].first, sorted[i].second, 1};
  }
  return groups;
}

/// The groups' mean errors, not descending: neighbours that descend are pooled.
std::vector<double> not_descending(const std::vector<Group>& groups) {
  std::vector<std::pair<Group, std::size_t>> pools;  // and how many groups are in each
  for (const Group& g : groups) {
    pools.emplace_back(g, 1);
    while (pools.size() > 1 &&
           pools[pools.size() - 2].first.mean_error() >= pools.back().first.mean_error()) {
      const auto last = pools.back();
      pools.pop_back();
      pools.back().first += last.first;
      pools.back().second += last.second;
    }
  }
  std::vector<double> errors;
  errors.reserve(groups.size());
  for (const auto& [pool, count] : pools) errors.insert(errors.end(), count, pool.mean_error());
  return errors;
}

}  // namespace

double Calibration::expected(const PixelSignals& signals, double t) const {
  const double s = score_of(weights, signals);
  const auto above = std::upper_bound(score.begin(), score.end(), s);
  const double least = error.front();
  if (above == score.begin()) return least;
  const auto in_middle = [&] {
    if (above == score.end()) return error.back();
    const auto i = static_cast<std::size_t>(above - score.begin());
    const double along = (s - score[i - 1]) / (score[i] - score[i - 1]);
    return error[i - 1] + along * (error[i] - error[i - 1]);
  };
  return least + 4 * t * (1 - t) * (in_middle() - least);
}

Calibration calibrate(std::span<const PixelSample> pixels) {
  if (pixels.empty()) throw nn::Error(nn::Fault::job, "calibrate", "no pixels", "at least one");
  Calibration c;
  c.weights = weights_of(pixels);
  std::vector<Pair> scored;
  scored.reserve(pixels.size());
  for (const PixelSample& p : pixels) {
    scored.emplace_back(score_of(c.weights, p.signals), static_cast<double>(p.error));
  }
  sort_by_first(scored);
  const std::vector<Group> groups = groups_of(scored);
  for (const Group& g : groups) c.score.push_back(g.score / g.count);
  c.error = not_descending(groups);
  return c;
}

CalibrationCheck check_calibration(const Calibration& calibration,
                                   std::span<const PixelSample> pixels) {
  if (pixels.size() < kTenths) {
    throw nn::Error(nn::Fault::job, "check_calibration", std::to_string(pixels.size()) + " pixels",
                    "at least " + std::to_string(kTenths));
  }
  CalibrationCheck check;
  check.pixels = static_cast<nn::index>(pixels.size());
  std::vector<Pair> all;
  all.reserve(pixels.size());
  for (const PixelSample& p : pixels) {
    const auto error = static_cast<double>(p.error);
    const double expected = calibration.expected(p.signals);
    all.emplace_back(expected, error);
    for (std::size_t n = 0; n < check.within.size(); ++n) {
      if (error <= static_cast<double>(n + 1) * expected) check.within[n] += 1;
    }
  }
  for (double& share : check.within) share /= static_cast<double>(pixels.size());
  sort_by_first(all);
  for (std::size_t g = 0; g < kTenths; ++g) {
    const std::size_t first = g * all.size() / kTenths;
    const std::size_t last = (g + 1) * all.size() / kTenths;
    for (std::size_t i = first; i < last; ++i) {
      check.expected[g] += all[i].first / static_cast<double>(last - first);
      check.observed[g] += all[i].second / static_cast<double>(last - first);
    }
  }
  return check;
}

}  // namespace train
