#include "data/slices/triplets.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nn/core/error.h"

namespace data {
namespace {

constexpr nn::index kValidationPeriod = 16;
constexpr nn::index kValidationPhase = 8;

/// Middles of A and C, each `half` slices away.
void add_middles(std::vector<Triplet>& list, nn::index scan, nn::index slices, nn::index half,
                 nn::index step) {
  for (nn::index b = (half + step - 1) / step * step; b + half < slices; b += step) {
    list.push_back({scan, b, half, half});
  }
}

}  // namespace

std::array<nn::index, 4> known_slices(const Triplet& t, nn::index slices,
                                      std::span<const Position> positions) {
  const nn::index a = t.a();
  const nn::index c = t.c();
  const nn::index before = a - t.gap();
  const nn::index after = c + t.gap();
  const auto between = [&](nn::index i, nn::index k) {
    return distance(positions[static_cast<std::size_t>(i)], positions[static_cast<std::size_t>(k)]);
  };
  const auto counts = [&](nn::index outer, nn::index inner) {
    if (outer < 0 || outer >= slices) return false;
    return positions.empty() || outer_counts(between(outer, inner), between(a, c));
  };
  return {counts(before, a) ? before : a, a, c, counts(after, c) ? after : c};
}

bool outer_counts(double outer, double gap) {
  constexpr double kRounding = 1 + 1e-6;  // so that 3 to 2 counts everywhere in a scan
  return outer <= kRounding * kMostUneven * gap && gap <= kRounding * kMostUneven * outer;
}

double position_between(const Triplet& t, std::span<const Position> positions) {
  const double even = static_cast<double>(t.before) / static_cast<double>(t.gap());
  if (positions.empty()) return even;
  const Position& b = positions[static_cast<std::size_t>(t.target)];
  const double first = distance(positions[static_cast<std::size_t>(t.a())], b);
  const double second = distance(b, positions[static_cast<std::size_t>(t.c())]);
  const double whole = first + second;
  // A distance against what it should be beside the other one.
  const bool as_even = same_step(first, second * even / (1 - even));
  return as_even ? even : first / whole;
}

nn::index widest_gap_slices(double spacing) {
  const double fit = spacing > 0 ? std::floor(kWidestGapMm / spacing) : 0;
  return static_cast<nn::index>(std::clamp(fit, 4.0, static_cast<double>(kWidestGapSlices)));
}

Triplet elsewhere(const Triplet& t, nn::index slices, nn::index widest, nn::index step,
                  nn::Rng& rng) {
  // In steps: what lies before and behind B.
  const nn::index behind = t.target / step;
  const nn::index ahead = (slices - 1 - t.target) / step;
  const nn::index most = std::min(widest / step, behind + ahead);
  if (most < 2) return t;
  const auto gap = 2 + static_cast<nn::index>(rng.below(static_cast<std::uint32_t>(most - 1)));
  const nn::index least = std::max<nn::index>(1, gap - ahead);
  const nn::index last = std::min(gap - 1, behind);
  const auto before =
      least + static_cast<nn::index>(rng.below(static_cast<std::uint32_t>(last - least + 1)));
  return {t.scan, t.target, before * step, (gap - before) * step};
}

Protocol protocol_from(const std::string& name) {
  if (name == "unseen") return Protocol::unseen;
  if (name == "self") return Protocol::self;
  if (name == "seed") return Protocol::seed;
  throw nn::Error(nn::Fault::input, "--protocol", "'" + name + "'", "unseen, self or seed");
}

std::string to_string(Protocol protocol) {
  switch (protocol) {
    case Protocol::unseen:
      return "unseen";
    case Protocol::self:
      return "self";
    case Protocol::seed:
      return "seed";
  }
  return "";
}

Split split_triplets(const std::vector<nn::index>& slices, Protocol protocol, std::uint64_t seed) {
  std::vector<Triplet> all;
  for (nn::index scan = 0; scan < static_cast<nn::index>(slices.size()); ++scan) {
    const nn::index n = slices[static_cast<std::size_t>(scan)];
    switch (protocol) {
      case Protocol::unseen:
        add_middles(all, scan, n, 1, 1);
        add_middles(all, scan, n, 2, 1);
        break;
      case Protocol::self:
        add_middles(all, scan, n, 2, 2);
        break;
      case Protocol::seed:
        add_middles(all, scan, n, 1, 1);
        break;
    }
  }
  Split split;
  if (protocol == Protocol::seed) {
    const auto count = static_cast<nn::index>(all.size());
    const std::vector<nn::index> order = shuffled(count, seed, 0);
    const nn::index kept = count * 4 / 5;
    for (nn::index i = 0; i < count; ++i) {
      const Triplet& t = all[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])];
      (i < kept ? split.train : split.validation).push_back(t);
    }
  } else {
    for (const Triplet& t : all) {
      const bool held_out = t.target % kValidationPeriod == kValidationPhase;
      (held_out ? split.validation : split.train).push_back(t);
    }
  }
  nn::require(!split.train.empty(), "train", "scans with too few slices for a single triplet",
              "at least 3 slices (5 for --protocol self)", "give longer scans");
  return split;
}

std::vector<Triplet> thinned_targets(nn::index slices, nn::index factor) {
  std::vector<Triplet> list;
  for (nn::index a = 0; a + factor < slices; a += factor) {
    for (nn::index j = 1; j < factor; ++j) list.push_back({0, a + j, j, factor - j});
  }
  return list;
}

std::vector<nn::index> shuffled(nn::index count, std::uint64_t seed, std::uint32_t number) {
  std::vector<nn::index> order(static_cast<std::size_t>(count));
  std::iota(order.begin(), order.end(), nn::index{0});
  nn::Rng rng(seed, nn::Purpose::split, number);
  for (std::size_t i = order.size(); i > 1; --i) {
    std::swap(order[i - 1], order[rng.below(static_cast<std::uint32_t>(i))]);
  }
  return order;
}

}  // namespace data
