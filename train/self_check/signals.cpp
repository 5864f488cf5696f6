#include "train/self_check/signals.h"

#include "data/volume/normalise.h"
#include "data/volume/resample.h"

namespace train {

Signals signals_of(const MissingSlice& missing, const BothOrders& made, const nn::Tensor& simpler) {
  return {data::absolute_difference(missing.known[2], missing.known[1]),
          data::absolute_difference(made.slice, simpler), made.disagreement};
}

Signals signals_of_baseline(const MissingSlice& missing, const nn::Tensor& made,
                            const nn::Tensor& simpler) {
  return signals_of(missing, {made, nn::Tensor::zeros(made.shape())}, simpler);
}

PixelSignals smoothed_at(const Signals& signals, nn::index pixel) {
  const nn::index width = signals[0].shape().w;
  PixelSignals values{};
  for (std::size_t s = 0; s < kSignals; ++s) {
    values[s] =
        static_cast<float>(data::box_mean_at(signals[s], pixel / width, pixel % width, kReach));
  }
  return values;
}

Signals smoothed(const Signals& signals) {
  Signals all;
  for (std::size_t s = 0; s < kSignals; ++s) all[s] = data::box_mean(signals[s], kReach);
  return all;
}

}  // namespace train
