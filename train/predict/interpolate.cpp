#include "train/predict/interpolate.h"

#include <algorithm>

#include "data/overlay.h"
#include "nn/core/error.h"
#include "train/predict/predict.h"

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

/// What is known of slice k, `gap` from its neighbours.
KnownSlices known_around(const data::Volume& volume, nn::index k, nn::index gap) {
  const auto at = data::known_slices({0, k, gap}, volume.slices());
  KnownSlices known;
  for (std::size_t i = 0; i < at.size(); ++i) {
    known[i] = volume.slice(at[i]);
    if (volume.unit == data::Unit::hu) {
      known[i] = data::clamped(known[i], data::kLowestHu, data::kHighestHu);
    }
    if (volume.overlay) volume.overlay->hide(known[i]);
  }
  return known;
}

}  // namespace

MiddleSlices method_without_network(const std::string& name) {
  const auto one_by_one = [](auto middle) {
    return [middle](std::span<const KnownSlices> known) {
      std::vector<nn::Tensor> slices;
      for (const KnownSlices& k : known) slices.push_back(middle(k));
      return slices;
    };
  };
  if (name == "nearest") {
    return one_by_one([](const KnownSlices& k) { return models::nearest(k[1], k[2], 0.5); });
  }
  if (name == "linear") {
    return one_by_one([](const KnownSlices& k) { return models::linear(k[1], k[2], 0.5); });
  }
  if (name == "cubic") {
    return one_by_one(
        [](const KnownSlices& k) { return models::cubic(k[0], k[1], k[2], k[3], 0.5); });
  }
  throw nn::Error(nn::Fault::input, "--method", "'" + name + "'",
                  "model, cubic, linear or nearest");
}

nn::index synthetic_slices(const data::Volume& volume, nn::index factor) {
  require_factor(factor);
  return (volume.slices() - 1) * (factor - 1);
}

data::Volume interpolate(const data::Volume& volume, nn::index factor, const MiddleSlices& middle,
                         const SliceDone& done) {
  require_factor(factor);
  data::require_slices(volume, 2, "interpolate");
  const bool hu = volume.unit == data::Unit::hu;
  data::Volume out = volume.expanded(factor);
  const nn::index at_once = images_at_once({1, volume.height(), volume.width(), 1});
  nn::index made = 0;
  for (nn::index half = factor / 2; half >= 1; half /= 2) {
    // Slices of one pass know only those of earlier passes, so they may be made together.
    const nn::index step = 2 * half;
    for (nn::index first = half; first < out.slices(); first += step * at_once) {
      const nn::index end = std::min(out.slices(), first + step * at_once);
      std::vector<KnownSlices> known;
      for (nn::index k = first; k < end; k += step) known.push_back(known_around(out, k, half));
      nn::index k = first;
      for (nn::Tensor& slice : middle(known)) {
        if (hu) restore_padding(slice, out.slice(k - half), out.slice(k + half));
        out.set_slice(k, slice);
        if (done) done(++made);
        k += step;
      }
    }
  }
  out.origins.clear();
  for (nn::index k = 0; k < out.slices(); ++k) {
    const nn::index before = k / factor;
    const bool real = k % factor == 0;
    const double t = static_cast<double>(k % factor) / static_cast<double>(factor);
    out.origins.push_back({before, real ? before : before + 1, t});
  }
  data::restore_overlay(volume, out);
  return out;
}

}  // namespace train
