// A scan that is read once for many predictions, with the facts that training and evaluation
// record.
#pragma once

#include <string>
#include <vector>

#include "data/io/read.h"
#include "data/slices/scan_view.h"
#include "data/volume/sides.h"
#include "data/volume/window.h"
#include "train/recipe/sources.h"

namespace train {

struct LoadedScan {
  data::ScanView view;  ///< data::loaded_view()
  SourceInfo info;
  data::HashedPath files;    ///< the files that it was read from
  std::string format;        ///< Volume::format
  data::ShownWindow window;  ///< for pictures of the scan
  data::SlicePlace place;    ///< of the slices as they were resampled
  /// Warnings of the reader, each after the path.
  std::vector<std::string> warnings;
  std::string interpolated;  ///< data::interpolated_before()
};

/// Reads the scan. Slices are resampled to size x size unless `size` is 0.
LoadedScan load_scan(const std::string& path, const data::ReadOptions& read, nn::index size);

}  // namespace train
