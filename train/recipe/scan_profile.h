// What a scan in HU looks like, in a few numbers: recorded of every scan that a network is trained
// on, and compared with a scan that it is asked to fill (docs/audit/trained-for.md).
#pragma once

#include <array>
#include <nlohmann/json_fwd.hpp>

#include "data/volume/volume.h"

namespace train {

/// Where one tissue ends and the next begins, HU: the first below -300, the last from 500 on.
inline constexpr std::array<double, 5> kProfileEdges{-300, -20, 100, 200, 500};
inline constexpr std::size_t kProfileTissues = kProfileEdges.size() + 1;
inline constexpr std::array<const char*, kProfileTissues> kProfileNames{
    "air and lung", "fat", "soft tissue", "100 to 200 HU", "spongy bone", "dense bone"};

/// Index into kProfileNames of the tissue that has this value.
std::size_t tissue_at(double hu);

/// At most so many slices are looked at: of longer scans an evenly spread choice.
inline constexpr nn::index kProfileSlices = 64;

struct ScanProfile {
  std::array<double, 2> pixel_spacing{};          ///< mm between rows, between columns
  double air = 0;                                 ///< share of all pixels below -500 HU
  std::array<double, kProfileTissues> tissues{};  ///< shares of the body; all 0 without a body
};

/// Of a scan in HU as every method sees it (known_slice()); the body is body_mask(). The same on
/// any number of threads.
ScanProfile profile_of(const data::Volume& volume);

/// Hellinger distance of the shares of tissues: sqrt(1 - sum of sqrt(p q)), from 0 for equal shares
/// to 1 for those that have no tissue in common, and for a scan without a body.
double tissue_distance(const ScanProfile& a, const ScanProfile& b);

void to_json(nlohmann::json& j, const ScanProfile& p);
/// Throws nn::Error for shares outside [0, 1] and lengths that are none.
void from_json(const nlohmann::json& j, ScanProfile& p);

}  // namespace train
