// What every method makes of the slices of a test, and the self-check on what the test leaves
// known.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "data/volume/volume.h"
#include "train/evaluate/methods.h"
#include "train/evaluate/test_slices.h"
#include "train/program/messages.h"
#include "train/self_check/self_check.h"

namespace train {

/// The self-check as `interpolate` would make it, if it had every factor-th slice alone.
/// `untrained`: of a scan that the model was not trained for.
SelfCheck check_of_known(const LoadedScan& scan, const Model& model, nn::index factor,
                         bool untrained, Messages& messages);

/// One slice by each of kMethods, in HU or grey levels.
using Predictions = std::array<nn::Tensor, kMethods.size()>;

/// Makes the slices of one test. Keeps references to all that it is given.
class TestMethods {
 public:
  /// Fills the scan first where TestSlices::filled says so. `method`: the model's.
  TestMethods(const LoadedScan& scan, const Model& model, const Method& method,
              const TestSlices& test, const std::optional<SelfCheck>& check, Messages& messages);

  /// Of a group of targets from number `first` on, given what is known around them.
  std::vector<Predictions> of(std::size_t first, std::span<const MissingSlice> group) const;

 private:
  void fill_scan(const LoadedScan& scan, const Method& method, Messages& messages);
  std::vector<nn::Tensor> by_model(std::size_t first, std::span<const MissingSlice> group) const;
  nn::Tensor with_check(const data::Triplet& target, const Predictions& made) const;

  const Model& model_;
  const TestSlices& test_;
  const std::optional<SelfCheck>& check_;
  data::Unit unit_;
  std::optional<data::Volume> filled_;          // by the network
  std::optional<data::Volume> filled_checked_;  // as the self-check decides, where that is another
};

}  // namespace train
