#include "train/fill/match_noise.h"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/measure/noise.h"
#include "data/slices/scan_view.h"
#include "nn/core/error.h"

namespace train {
namespace {

using nn::at;

/// Slices of one method at one position, and the spectra around them.
struct Kind {
  std::vector<nn::index> slices;
  data::NoiseSpectrum real, synthetic;
};

/// The measured slices before and after slice k.
std::pair<nn::index, nn::index> measured_around(const data::Volume& scan, nn::index k) {
  nn::index before = k, after = k;
  while (scan.origin(before).synthetic()) --before;
  while (scan.origin(after).synthetic()) ++after;
  return {before, after};
}

void look_at(Kind& kind, const data::Volume& scan, nn::index k) {
  const auto [before, after] = measured_around(scan, k);
  const std::vector<nn::Tensor> slices{data::known_slice(scan, k), data::known_slice(scan, before),
                                       data::known_slice(scan, after)};
  for (const nn::index first : data::noise_patches(slices)) {
    kind.synthetic.add(slices[0], first);
    kind.real.add(slices[1], first);
    kind.real.add(slices[2], first);
  }
  kind.slices.push_back(k);
}

void add_noise(data::Volume& scan, nn::index k, const data::NoisePower& power) {
  nn::Tensor slice = scan.slice(k);
  const nn::Tensor noise =
      data::made_noise(power, slice.shape(), kNoiseSeed, static_cast<std::uint32_t>(k));
  for (std::size_t i = 0; i < slice.values().size(); ++i) {
    if (slice.values()[i] >= static_cast<nn::real>(kNoiseAbove)) {
      slice.values()[i] += noise.values()[i];
    }
  }
  scan.set_slice(k, slice);
}

}  // namespace

std::vector<MatchedNoise> match_noise(data::Volume& scan) {
  nn::require(scan.unit == data::Unit::hu, "--match-noise", "a scan in " + to_string(scan.unit),
              "a scan in HU", "leave --match-noise out");
  std::map<std::pair<std::string, double>, Kind> kinds;
  for (nn::index k = 0; k < scan.slices(); ++k) {
    const data::SliceOrigin& o = scan.origin(k);
    if (o.synthetic()) look_at(kinds[{o.method, std::min(o.t, 1 - o.t)}], scan, k);
  }
  std::vector<MatchedNoise> done;
  for (const auto& [name, kind] : kinds) {
    const data::NoisePower real = kind.real.power(), made = kind.synthetic.power();
    const data::NoisePower missing = data::missing_power(real, made);
    const double added = data::noise_level(missing);
    done.push_back({name.first, name.second, static_cast<nn::index>(kind.slices.size()),
                    kind.synthetic.patches(), data::noise_level(real), data::noise_level(made),
                    added});
    if (added <= 0) continue;
    for (const nn::index k : kind.slices) {
      add_noise(scan, k, missing);
      scan.origins[at(k)].method += " + noise";
    }
  }
  return done;
}

nlohmann::ordered_json to_noise_json(const std::vector<MatchedNoise>& noise) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const MatchedNoise& n : noise) {
    all.push_back({{"method", n.method},
                   {"t", n.t},
                   {"slices", n.slices},
                   {"patches", n.patches},
                   {"real_hu", n.real},
                   {"synthetic_hu", n.synthetic},
                   {"added_hu", n.added}});
  }
  return all;
}

}  // namespace train
