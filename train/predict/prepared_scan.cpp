#include "train/predict/prepared_scan.h"

#include <algorithm>

#include "data/pictures/overlay.h"
#include "data/volume/resample.h"

namespace train {
namespace {

/// 1 for each pixel that a masked one has a share in.
std::vector<std::uint8_t> resized_mask(const std::vector<std::uint8_t>& mask,
                                       const data::Volume& volume, nn::index size) {
  if (size == 0) return mask;
  nn::Tensor whole({1, volume.height(), volume.width(), 1});
  std::copy(mask.begin(), mask.end(), whole.data());
  const nn::Tensor shares = data::resized(whole, size, size);
  std::vector<std::uint8_t> small;
  for (const nn::real share : shares.values()) small.push_back(share > 0 ? 1 : 0);
  return small;
}

/// With the pixels of slices that are resampled to size x size unless that is 0.
std::optional<ScanProfile> profile_at(nn::index size, const data::Volume& volume) {
  if (volume.unit != data::Unit::hu) return std::nullopt;
  ScanProfile profile = profile_of(volume);
  if (size > 0) {
    profile.pixel_spacing[0] *= static_cast<double>(volume.height()) / static_cast<double>(size);
    profile.pixel_spacing[1] *= static_cast<double>(volume.width()) / static_cast<double>(size);
  }
  return profile;
}

}  // namespace

PreparedScan prepared_scan(const std::string& path, const data::ReadOptions& read, nn::index size) {
  const data::Volume volume = data::read_volume(path, read);
  PreparedScan scan;
  for (nn::index k = 0; k < volume.slices(); ++k) {
    const nn::Tensor s = data::known_slice(volume, k);
    scan.slices.push_back(size > 0 ? data::resized(s, size, size) : s);
    scan.positions.push_back(volume.position(k));
  }
  scan.info = {data::name_of(path),
               volume.sha256(),
               volume.slices(),
               volume.height(),
               volume.width(),
               data::median_gap(volume),
               data::to_string(volume.unit),
               profile_at(size, volume)};
  scan.files = data::input_files(volume);
  scan.format = volume.format;
  scan.window = data::window_of(volume, {});
  if (volume.overlay) scan.text = resized_mask(volume.overlay->mask(), volume, size);
  scan.interpolated = data::interpolated_before(volume);
  for (const std::string& w : volume.warnings) {
    scan.warnings.push_back(std::string(path).append(": ").append(w));
  }
  if (!scan.interpolated.empty()) {
    scan.warnings.push_back(path + ": this scan holds " + scan.interpolated);
  }
  return scan;
}

MissingSlice missing_slice(const std::vector<nn::Tensor>& slices,
                           std::span<const data::Position> positions, const data::Triplet& t) {
  const auto at = data::known_slices(t, static_cast<nn::index>(slices.size()), positions);
  MissingSlice m;
  for (std::size_t i = 0; i < at.size(); ++i) m.known[i] = slices[static_cast<std::size_t>(at[i])];
  m.t = data::position_between(t, positions);
  m.gap = data::distance(positions[static_cast<std::size_t>(t.a())],
                         positions[static_cast<std::size_t>(t.c())]);
  return m;
}

}  // namespace train
