#include "train/predict/interpolate.h"

#include "nn/core/error.h"

namespace train {
namespace {

void require_factor(nn::index factor) {
  nn::require(factor == 2 || factor == 4 || factor == 8, "--factor", std::to_string(factor),
              "2, 4 or 8", "other factors are not made from repeated doubling");
}

/// Padding outside the scan circle, which the clamped values hide, comes back where both have it.
void restore_padding(nn::Tensor& slice, const nn::Tensor& a, const nn::Tensor& c) {
  const auto low = static_cast<nn::real>(data::kLowestHu);
  for (nn::index i = 0; i < slice.numel(); ++i) {
    if (a.data()[i] < low && c.data()[i] < low) {
      slice.data()[i] = nn::real{0.5} * (a.data()[i] + c.data()[i]);
    }
  }
}

}  // namespace

MiddleSlice method_without_network(const std::string& name) {
  if (name == "nearest") {
    return [](const KnownSlices& k) { return models::nearest(k[1], k[2], 0.5); };
  }
  if (name == "linear") {
    return [](const KnownSlices& k) { return models::linear(k[1], k[2], 0.5); };
  }
  if (name == "cubic") {
    return [](const KnownSlices& k) { return models::cubic(k[0], k[1], k[2], k[3], 0.5); };
  }
  throw nn::Error(nn::Fault::input, "--method", "'" + name + "'",
                  "model, cubic, linear or nearest");
}

nn::index synthetic_slices(const data::Volume& volume, nn::index factor) {
  require_factor(factor);
  return (volume.slices() - 1) * (factor - 1);
}

data::Volume interpolate(const data::Volume& volume, nn::index factor, const MiddleSlice& middle,
                         const SliceDone& done) {
  require_factor(factor);
  data::require_slices(volume, 2, "interpolate");
  const bool hu = volume.unit == data::Unit::hu;
  data::Volume out = volume.expanded(factor);
  const nn::index count = out.slices();
  nn::index made = 0;
  for (nn::index half = factor / 2; half >= 1; half /= 2) {
    for (nn::index k = half; k < count; k += 2 * half) {
      const auto at = data::known_slices({0, k, half}, count);
      KnownSlices known;
      for (std::size_t i = 0; i < at.size(); ++i) known[i] = out.slice(at[i]);
      const nn::Tensor a = known[1];
      const nn::Tensor c = known[2];
      if (hu) {
        for (nn::Tensor& s : known) s = data::clamped(s, data::kLowestHu, data::kHighestHu);
      }
      nn::Tensor slice = middle(known);
      if (hu) restore_padding(slice, a, c);
      out.set_slice(k, slice);
      if (done) done(++made);
    }
  }
  return out;
}

}  // namespace train
