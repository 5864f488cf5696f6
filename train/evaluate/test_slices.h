// Which slices of a scan a model is tested on: by protocol and factor, and by what the model can
// make.
#pragma once

#include <string>
#include <vector>

#include "data/slices/triplets.h"
#include "train/predict/interpolate.h"
#include "train/predict/loaded_scan.h"
#include "train/predict/model_file.h"

namespace train {

/// What a model is tested on in one scan.
struct TestSlices {
  nn::index factor = 2;                ///< every factor-th slice is known
  std::vector<data::Triplet> targets;  ///< the slices to make, each from A and C
  /// Whether fill() makes the slices, as `interpolate` would. Else each is made by itself, from
  /// known slices alone.
  bool filled = false;
};

/// What a scan is tested on. Protocols unseen and self: every factor-th slice known, those between
/// the truth. seed, with factor 2 alone: of all triplets that training left out, those of this
/// scan, which it knows by its SHA-256; an input error for a scan that was not trained on, or not
/// across this axis.
std::vector<data::Triplet> test_triplets(data::Protocol protocol, nn::index factor,
                                         const TrainingRecord& training, const std::string& scan,
                                         const SourceInfo& info);

/// Those of test_triplets() that `method`, the model's, can make. `scan`: what the user named.
/// Input error when there is none.
TestSlices test_slices(const LoadedScan& loaded, const std::string& scan, const Model& model,
                       const Method& method, data::Protocol protocol, nn::index factor);

}  // namespace train
