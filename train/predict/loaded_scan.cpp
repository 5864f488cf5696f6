#include "train/predict/loaded_scan.h"

namespace train {
namespace {

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

LoadedScan load_scan(const std::string& path, const data::ReadOptions& read, nn::index size) {
  const data::Volume volume = data::read_volume(path, read);
  LoadedScan scan;
  scan.view = data::loaded_view(volume, size);
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
  scan.place = data::slice_place(volume, size > 0 ? size : volume.width());
  scan.interpolated = data::interpolated_before(volume);
  for (const std::string& w : volume.warnings) {
    scan.warnings.push_back(std::string(path).append(": ").append(w));
  }
  if (!scan.interpolated.empty()) {
    scan.warnings.push_back(path + ": this scan holds " + scan.interpolated);
  }
  return scan;
}

}  // namespace train
