#include "data/draw/axis.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "data/draw/markup.h"
#include "nn/core/math.h"

namespace data {
namespace {

constexpr double kLargest = 1e280;

double power_of_ten(int exponent) {
  const double p = nn::math::ipow(10.0, static_cast<std::uint64_t>(std::abs(exponent)));
  return exponent < 0 ? 1.0 / p : p;
}

int decade_of(double value) {
  constexpr double kLn10 = 2.302585092994045684;
  return static_cast<int>(std::floor(nn::math::log(value) / kLn10 + 1e-9));
}

/// As few digits as a multiple of `step` needs; powers of ten where there would be many zeros.
std::string label_of(double value, double step) {
  if (value == 0.0) return "0";
  const int size = decade_of(std::abs(value));
  if (size >= 6 || size < -4) {
    const int digits = std::clamp(size - decade_of(step), 0, 12);
    return fixed(value / power_of_ten(size), digits) + "e" + std::to_string(size);
  }
  return fixed(value, std::max(0, -decade_of(step)));
}

std::vector<Tick> linear_ticks(const Axis& axis, int wanted) {
  const double rough = (axis.hi - axis.lo) / wanted;
  const double decade = power_of_ten(decade_of(rough));
  double step = 10.0 * decade;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * decade >= rough * (1.0 - 1e-9)) step = factor * decade;
  }
  std::vector<Tick> ticks;
  const double slack = 1e-9 * (axis.hi - axis.lo);
  for (double k = std::ceil((axis.lo - slack) / step); k * step <= axis.hi + slack; k += 1.0) {
    ticks.push_back({k * step, label_of(k * step, step)});
  }
  return ticks;
}

/// Powers of ten, and 2 and 5 times them where there are few; every n-th where there are many.
std::vector<Tick> log_ticks(const Axis& axis, int wanted) {
  const int first = decade_of(axis.lo);
  const int last = decade_of(axis.hi);
  const int stride = std::max(1, (last - first) / wanted);
  std::vector<Tick> ticks;
  for (int decade = first; decade <= last; decade += stride) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor != 1.0 && last - first > 3) continue;
      const double value = factor * power_of_ten(decade);
      if (value < axis.lo * (1.0 - 1e-9) || value > axis.hi * (1.0 + 1e-9)) continue;
      ticks.push_back({value, label_of(value, power_of_ten(decade))});
    }
  }
  // Less than a third of a decade: the linear ticks are the better ones.
  return ticks.size() >= 2 ? ticks : linear_ticks(axis, wanted);
}

}  // namespace

double Axis::map(double v) const {
  if (!log) return (v - lo) / (hi - lo);
  return (nn::math::log(v) - nn::math::log(lo)) / (nn::math::log(hi) - nn::math::log(lo));
}

bool drawable(double v, bool log) {
  const bool sane = std::abs(v) <= kLargest;  // false for NaN
  return sane && (!log || v >= 1.0 / kLargest);
}

Axis axis_over(std::span<const double> values, bool log, double room) {
  double lo = std::numeric_limits<double>::infinity();
  double hi = -lo;
  for (const double v : values) {
    if (!drawable(v, log)) continue;
    lo = std::min(lo, v);
    hi = std::max(hi, v);
  }
  if (log) {
    if (lo > hi) return {0.1, 1.0, true};
    const double by = nn::math::exp(room * (nn::math::log(hi) - nn::math::log(lo)) + 1e-3);
    return {lo / by, hi * by, true};
  }
  if (lo > hi) return {0.0, 1.0, false};
  if (lo == hi) {
    const double half = lo == 0.0 ? 1.0 : 0.5 * std::abs(lo);
    return {lo - half, hi + half, false};
  }
  return {lo - room * (hi - lo), hi + room * (hi - lo), false};
}

std::vector<Tick> ticks_of(const Axis& axis, int wanted) {
  return axis.log ? log_ticks(axis, wanted) : linear_ticks(axis, wanted);
}

}  // namespace data
