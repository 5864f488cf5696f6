#include "train/predict/example.h"

#include "data/resample.h"
#include "models/interpolators.h"
#include "nn/core/error.h"

namespace train {

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
