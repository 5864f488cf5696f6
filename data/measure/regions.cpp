#include "data/measure/regions.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <optional>

#include "data/measure/slice_check.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::at;
using nn::index;

// The rule's numbers; why they are what they are: docs/audit/metrics.md.
constexpr double kOuterArea = 2.0 / 3.0;  // of the largest section: beyond it a stack tapers off
constexpr double kVaultBone = 0.35;       // the skull cut flat, at the top
constexpr double kVertexBone = 0.25;      // where the vertex ends
constexpr double kLeastBrainBone = 0.05;
constexpr double kMostBrainAir = 0.08;
constexpr double kLeastBrain = 0.1;     // of the stack
constexpr double kLeastBaseAir = 0.04;  // less at the peak: the stack ends above the skull base
constexpr double kBaseAir = 0.4;        // of the peak: where the skull base begins and ends
constexpr double kSmoothing = 5.0;      // mm to both sides

/// Air of each section, averaged over its neighbours.
std::vector<double> smooth_air(std::span<const Section> sections, double spacing) {
  const auto count = static_cast<index>(sections.size());
  const double steps = spacing > 0 ? std::round(kSmoothing / spacing) : 1.0;
  const auto reach = static_cast<index>(std::clamp(steps, 1.0, static_cast<double>(count)));
  std::vector<double> smooth(sections.size());
  for (index k = 0; k < count; ++k) {
    const index from = std::max<index>(0, k - reach);
    const index to = std::min(count - 1, k + reach);
    for (index i = from; i <= to; ++i) smooth[at(k)] += sections[at(i)].air;
    smooth[at(k)] /= static_cast<double>(to - from + 1);
  }
  return smooth;
}

/// The first section from the front that belongs to the brain or what lies below it, if the stack
/// begins with a vertex: it tapers off, and the part that does holds the skull cut flat.
std::optional<index> end_of_vertex(std::span<const Section> sections) {
  double largest = 0;
  for (const Section& s : sections) largest = std::max(largest, s.area);
  const auto count = static_cast<index>(sections.size());
  std::optional<index> flattest;
  for (index k = 0; k < count && sections[at(k)].area < kOuterArea * largest; ++k) {
    const double bone = sections[at(k)].bone;
    if (bone >= kVaultBone && (!flattest || bone > sections[at(*flattest)].bone)) flattest = k;
  }
  if (!flattest) return std::nullopt;
  index end = *flattest;
  while (end < count && sections[at(end)].bone >= kVertexBone) ++end;
  return end;
}

/// Parts of a stack that begins at the vertex; none where the rule is not sure.
std::vector<Region> from_vertex(std::span<const Section> sections, double spacing) {
  const auto found = end_of_vertex(sections);
  const auto count = static_cast<index>(sections.size());
  if (!found || *found == count) return {};
  const index brain = *found;
  const std::vector<double> air = smooth_air(sections, spacing);
  const auto peak = std::max_element(air.begin() + brain, air.end());
  index base = count;
  index face = count;
  if (*peak >= kLeastBaseAir) {
    const double border = kBaseAir * *peak;
    base = static_cast<index>(peak - air.begin());
    face = base;
    while (base > brain && air[at(base - 1)] >= border) --base;
    while (face < count && air[at(face)] >= border) ++face;
  }
  if (static_cast<double>(base - brain) < kLeastBrain * static_cast<double>(count)) return {};
  double bone = 0;
  double brain_air = 0;
  for (index k = brain; k < base; ++k) {
    bone += sections[at(k)].bone / static_cast<double>(base - brain);
    brain_air += sections[at(k)].air / static_cast<double>(base - brain);
  }
  if (bone < kLeastBrainBone || bone > kVertexBone || brain_air > kMostBrainAir) return {};
  std::vector<Region> parts;
  const auto add = [&](const char* name, index from, index to) {
    if (from < to) parts.push_back({name, from, to - 1});
  };
  add("vertex", 0, brain);
  add("brain", brain, base);
  add("skull base", base, face);
  add("face", face, count);
  return parts;
}

}  // namespace

Section section_of(const nn::Tensor& slice) {
  const std::vector<std::uint8_t> body = body_mask(slice);
  Section s;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == 0) continue;
    const nn::real hu = slice.data()[i];
    s.area += 1;
    if (hu > 200) s.bone += 1;
    if (hu < -300) s.air += 1;
  }
  if (s.area > 0) {
    s.bone /= s.area;
    s.air /= s.area;
  }
  return s;
}

Regions thirds(index slices) {
  Regions regions;
  const char* names[] = {"first third", "middle third", "last third"};
  for (index third = 0; third < 3; ++third) {
    const index from = slices * third / 3;
    const index to = slices * (third + 1) / 3;
    if (from < to) regions.parts.push_back({names[third], from, to - 1});
  }
  return regions;
}

Regions head_regions(std::span<const Section> sections, double spacing) {
  const auto count = static_cast<index>(sections.size());
  std::vector<Section> reversed(sections.rbegin(), sections.rend());
  std::vector<Region> up = from_vertex(sections, spacing);
  std::vector<Region> down = from_vertex(reversed, spacing);
  if (up.empty() == down.empty()) return thirds(count);
  if (!up.empty()) return {true, std::move(up)};
  std::reverse(down.begin(), down.end());
  for (Region& r : down) {
    r = {r.name, count - 1 - r.last, count - 1 - r.first};
  }
  return {true, std::move(down)};
}

const Region& region_of(const Regions& regions, index k) {
  for (const Region& r : regions.parts) {
    if (k >= r.first && k <= r.last) return r;
  }
  throw nn::Error(nn::Fault::job, "region_of", "slice " + std::to_string(k),
                  "a slice of the stack");
}

}  // namespace data
