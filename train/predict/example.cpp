#include "train/predict/example.h"

#include <algorithm>

#include "data/volume/normalise.h"
#include "data/volume/resample.h"
#include "models/interpolators.h"
#include "models/registration.h"
#include "nn/core/error.h"
#include "nn/core/math.h"

namespace train {
namespace {

/// gain (x - y)
nn::Tensor difference(const nn::Tensor& x, const nn::Tensor& y, nn::real gain) {
  nn::Tensor d(x.shape());
  for (nn::index i = 0; i < d.numel(); ++i) d.data()[i] = gain * (x.data()[i] - y.data()[i]);
  return d;
}

}  // namespace

MissingSlice MissingSlice::reversed() const {
  MissingSlice m{{known[3], known[2], known[1], known[0]}, 1 - t, gap, {}, {}};
  if (way) m.way = models::Waypoint{way->slice, 1 - way->t};
  if (registered) m.registered = registered->reversed();
  return m;
}

MissingSlice missing_slice(const data::ScanView& scan, const data::Triplet& t) {
  return {scan.around(t), data::position_between(t, scan.positions), scan.gap(t), {}, {}};
}

nn::real position_value(double t) { return static_cast<nn::real>(2 * t - 1); }

nn::real gap_value(double gap) {
  // A log of our own: the C library's may differ from platform to platform.
  const double octaves = nn::math::log(gap / 4) / nn::math::log(2.0);
  return static_cast<nn::real>(std::clamp(octaves / 2, -2.0, 2.0));
}

MissingSlice as_seen(const Recipe& recipe, const MissingSlice& missing) {
  MissingSlice seen = missing;
  if (recipe.registration() && !seen.registered) {
    seen.registered = models::registered(
        seen.known, seen.t, *recipe.registration(),
        models::RegisteredRange::of_window(recipe.window_low, recipe.window_high),
        seen.way ? &*seen.way : nullptr);
  }
  return seen;
}

NetworkInput network_input(const Recipe& recipe, const MissingSlice& missing) {
  const data::Normalisation norm = recipe.normalisation();
  if (recipe.anywhere() == 0 && missing.t != 0.5) {
    throw nn::Error(nn::Fault::job, "model", "a slice at t = " + std::to_string(missing.t),
                    "one in the middle");
  }
  if (const FourSlices* four = recipe.four_slices()) {
    const MissingSlice seen = as_seen(recipe, missing);
    const bool moved = recipe.registration().has_value();
    const data::KnownSlices& slices = moved ? seen.registered->moved : seen.known;
    const auto& [outer0, a, c, outer1] = slices;
    const nn::Tensor base =
        moved ? seen.registered->slice : models::cubic(outer0, a, c, outer1, seen.t);
    std::vector<nn::Tensor> channels;
    for (const nn::Tensor& slice : slices) channels.push_back(norm.apply(slice, true));
    if (four->differences) {
      const auto gain = static_cast<nn::real>(four->differences->gain);
      channels = {difference(channels[0], channels[1], gain), norm.apply(base, true),
                  difference(channels[2], channels[1], gain),
                  difference(channels[3], channels[2], gain)};
      if (moved) {
        channels.push_back(
            difference(norm.apply(seen.registered->unmoved, true), channels[1], gain));
      }
    }
    if (four->anywhere > 0) {
      channels.push_back(nn::Tensor::full(a.shape(), position_value(seen.t)));
      channels.push_back(nn::Tensor::full(a.shape(), gap_value(seen.gap)));
    }
    // Not clipped: where metal leaves the window, the answer is still cubic plus a correction.
    std::vector<nn::Tensor> corrected{norm.apply(base, false)};
    if (recipe.generator.head == models::Head::movement) {
      const auto& [back, forth] = seen.registered->movement;
      for (const nn::Tensor& slice : {seen.known[1], seen.known[2]}) {
        corrected.push_back(norm.apply(slice, false));
      }
      corrected.insert(corrected.end(), {back.x, back.y, forth.x, forth.y});
    }
    return {data::channels_joined(channels), data::channels_joined(corrected)};
  }
  if (std::holds_alternative<Average>(recipe.input)) {
    return {norm.apply(models::linear(missing.known[1], missing.known[2], 0.5), true), {}};
  }
  throw nn::Error(nn::Fault::input, "model", "a model of recipe '" + recipe.name + "'",
                  "one that predicts slices from their neighbours",
                  "use a model trained with --recipe residual or ct2ct");
}

}  // namespace train
