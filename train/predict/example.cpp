#include "train/predict/example.h"

#include "data/normalise.h"
#include "data/overlay.h"
#include "data/resample.h"
#include "models/interpolators.h"
#include "nn/core/error.h"

namespace train {

nn::Tensor known_slice(const data::Volume& volume, nn::index k) {
  nn::Tensor slice = volume.slice(k);
  if (volume.overlay) volume.overlay->hide(slice);
  if (volume.unit != data::Unit::hu) return slice;
  nn::Tensor known = data::clamped(slice, data::kLowestHu, data::kHighestHu);
  if (!volume.padding) return known;
  const auto padding = static_cast<nn::real>(*volume.padding);
  for (nn::index i = 0; i < slice.numel(); ++i) {
    if (slice.data()[i] == padding) known.data()[i] = static_cast<nn::real>(data::kLowestHu);
  }
  return known;
}

NetworkInput network_input(const Recipe& recipe, const KnownSlices& known) {
  const data::Normalisation norm = recipe.normalisation();
  const auto& [outer0, a, c, outer1] = known;
  if (recipe.input == InputKind::four_slices) {
    NetworkInput in;
    in.input = norm.apply(data::channels_joined({outer0, a, c, outer1}), true);
    // Not clipped: where metal leaves the window, the answer is still cubic plus a correction.
    in.base = norm.apply(models::cubic(outer0, a, c, outer1, 0.5), false);
    return in;
  }
  if (recipe.input == InputKind::average) {
    return {norm.apply(models::linear(a, c, 0.5), true), {}};
  }
  throw nn::Error(nn::Fault::input, "model", "a model of recipe '" + recipe.name + "'",
                  "one that predicts slices from their neighbours",
                  "use a model trained with --recipe residual or ct2ct");
}

}  // namespace train
