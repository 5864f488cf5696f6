// A scan that is read and prepared once for many predictions: what training and evaluation use.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/io/read.h"
#include "data/slices/triplets.h"
#include "data/volume/window.h"
#include "train/predict/example.h"
#include "train/recipe/sources.h"

namespace train {

/// A scan as every method sees it.
struct PreparedScan {
  std::vector<nn::Tensor> slices;  ///< known_slice(), resampled to size x size unless that is 0
  SourceInfo info;
  data::HashedPath files;    ///< that it was read from
  std::string format;        ///< Volume::format
  data::ShownWindow window;  ///< of pictures of it
  std::vector<std::string> warnings;
  std::vector<data::Position> positions;  ///< of each slice, mm
  /// 1 for each pixel with burned-in text in it; empty where there is none.
  std::vector<std::uint8_t> text;
  std::string interpolated;  ///< data::interpolated_before()
};

/// What is known around a target of a scan.
MissingSlice missing_slice(const std::vector<nn::Tensor>& slices,
                           std::span<const data::Position> positions, const data::Triplet& t);

PreparedScan prepared_scan(const std::string& path, const data::ReadOptions& read, nn::index size);

}  // namespace train
