// Noise for synthetic slices. An interpolated slice is smoother than a measured one, because the
// noise of its neighbours averages out; so a reader who scrolls sees every second slice flicker.
// The noise that is added makes slices look alike. It holds no information, and it makes errors
// larger: it is off by default, and no measurement of fidelity ever uses it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "data/volume/volume.h"

namespace train {

/// What was done to the slices of one method at one position of the gap.
struct MatchedNoise {
  std::string method;  ///< as before
  double t = 0;        ///< min(t, 1 - t) of SliceOrigin
  nn::index slices = 0;
  nn::index patches = 0;  ///< that its spectra are taken from
  double real = 0;        ///< standard deviation in HU, of measured slices
  double synthetic = 0;   ///< the same, of the synthetic slices as they were made
  double added = 0;       ///< of the noise that was added
};

inline constexpr std::uint64_t kNoiseSeed = 1234;

/// Adds noise to every synthetic slice of a scan in HU, so that its spectrum in even soft tissue is
/// that of the measured slices around. Spectra are means over all slices that one method made at
/// one position in a gap. Pixels below kNoiseAbove HU stay as they are: there noise is not even,
/// because values end at -1024. The names of methods get " + noise" where some was added. Nothing
/// is added where no patch of even tissue is found. Input error for a scan that is not in HU.
std::vector<MatchedNoise> match_noise(data::Volume& scan);

inline constexpr double kNoiseAbove = -300;

nlohmann::ordered_json to_noise_json(const std::vector<MatchedNoise>& noise);

}  // namespace train
