#include "data/volume/mark.h"

#include <algorithm>

namespace data {

bool holds_made_slices(const Volume& v) {
  return v.resampled || std::any_of(v.origins.begin(), v.origins.end(),
                                    [](const SliceOrigin& o) { return o.synthetic(); });
}

std::string interpolation_mark(const Volume& v, const Provenance& provenance) {
  constexpr std::size_t kDigits = 16;
  const nn::index factor = v.refinement[0] * v.refinement[1] * v.refinement[2];
  std::string mark =
      (factor > 1 ? "x" + std::to_string(factor) + " " : std::string()) + kInterpolatedMark;
  if (v.resampled) mark += ", straightened: all slices resampled";
  if (!provenance.version.empty()) mark += "; ct2ct " + provenance.version;
  const bool weights = std::any_of(v.origins.begin(), v.origins.end(),
                                   [](const SliceOrigin& o) { return o.weights; });
  if (weights && !provenance.weights_sha256.empty()) {
    mark += "; model " + provenance.weights_sha256.substr(0, kDigits);
  }
  return mark;
}

}  // namespace data
