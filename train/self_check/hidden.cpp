#include "train/self_check/hidden.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "data/measure/slice_check.h"
#include "data/pictures/overlay.h"
#include "data/slices/triplets.h"
#include "nn/core/math.h"
#include "nn/core/parallel.h"
#include "train/predict/predict.h"

namespace train {
namespace {

using nn::at;

constexpr std::size_t kRest = data::kTissueCount;

std::size_t class_of(double seen, bool hu) {
  const std::optional<data::Tissue> tissue = hu ? data::tissue_of(seen) : std::nullopt;
  return tissue ? static_cast<std::size_t>(*tissue) : kRest;
}

/// Values beyond these say nothing; squared errors count up to `window`.
struct Limits {
  double low, high, window;
};

Limits limits_of(bool hu) {
  return hu ? Limits{data::kClampLo, data::kClampHi, data::kWindows[0].hi} : Limits{0, 255, 255};
}

/// Sums of one prediction: error by error over the whole slice.
struct Counted {
  const KnownScan& scan;
  const nn::Tensor& truth;
  const nn::Tensor& fallback;
  std::vector<std::uint8_t> body;

  bool ignored(nn::index i) const { return !scan.text.empty() && scan.text[at(i)] != 0; }
  bool in_body(nn::index i) const { return body[at(i)] != 0 && !ignored(i); }
  bool hu() const { return scan.unit == data::Unit::hu; }

  double value(const nn::Tensor& t, nn::index i) const {
    const Limits limits = limits_of(hu());
    return std::clamp(static_cast<double>(t.data()[i]), limits.low, limits.high);
  }

  ClassErrors errors(const nn::Tensor& prediction) const {
    const Limits limits = limits_of(hu());
    ClassErrors sums;
    for (nn::index i = 0; i < truth.numel(); ++i) {
      if (ignored(i)) continue;
      const double x = value(truth, i);
      const double y = value(prediction, i);
      const std::size_t c = class_of(static_cast<double>(fallback.data()[i]), hu());
      const double shown = std::min(x, limits.window) - std::min(y, limits.window);
      sums.squared[c] += shown * shown;
      if (in_body(i)) sums.absolute[c] += y < x ? x - y : y - x;
    }
    return sums;
  }

  /// Every n-th pixel of the body, kMostSamples at most.
  std::vector<PixelSample> samples(const nn::Tensor& prediction, const Signals& signals) const {
    nn::index pixels = 0;
    for (nn::index i = 0; i < truth.numel(); ++i) pixels += in_body(i) ? 1 : 0;
    const nn::index step = (pixels + kMostSamples - 1) / kMostSamples;
    std::vector<PixelSample> all;
    nn::index seen = 0;
    for (nn::index i = 0; i < truth.numel(); ++i) {
      if (!in_body(i) || seen++ % step != 0) continue;
      const double off = value(prediction, i) - value(truth, i);
      all.push_back({smoothed_at(signals, i), static_cast<float>(std::fabs(off))});
    }
    return all;
  }
};

/// A hidden slice, what was known around it, and what both methods made of that, and one simpler
/// than both.
struct Made {
  nn::index slice;
  nn::Tensor truth;
  MissingSlice missing;
  BothOrders model;
  nn::Tensor fallback, simpler;
};

HiddenSlice compared(const KnownScan& scan, const Made& made) {
  const auto& [slice, truth, missing, model, fallback, simpler] = made;
  data::require_slice("self-check", model.slice);
  data::require_same_shape("self-check", truth, model.slice);
  const bool hu = scan.unit == data::Unit::hu;
  const Limits limits = limits_of(hu);
  const Counted counted{
      scan, truth, fallback,
      hu ? data::body_mask(truth) : std::vector<std::uint8_t>(at(truth.numel()), std::uint8_t{1})};
  HiddenSlice h;
  h.slice = slice;
  h.peak = limits.window - limits.low;
  for (nn::index i = 0; i < truth.numel(); ++i) {
    if (counted.ignored(i)) continue;
    ++h.pixels;
    if (counted.in_body(i)) ++h.body[class_of(static_cast<double>(fallback.data()[i]), hu)];
  }
  h.model = counted.errors(model.slice);
  h.fallback = counted.errors(fallback);
  h.model_pixels = counted.samples(model.slice, signals_of(missing, model, fallback));
  h.fallback_pixels = counted.samples(fallback, signals_of_fallback(missing, fallback, simpler));
  return h;
}

data::Triplet triplet_at(nn::index k) { return {0, k, 1, 1}; }

/// Slice k as if it were missing, and its neighbours at equal steps as far as there are some.
MissingSlice hidden_at(const KnownScan& scan, nn::index k) {
  MissingSlice m;
  const auto from = data::known_slices(triplet_at(k), scan.slices(), scan.positions);
  for (std::size_t i = 0; i < from.size(); ++i) m.known[i] = scan.slice(from[i]);
  m.t = data::position_between(triplet_at(k), scan.positions);
  m.gap = data::distance(scan.positions[at(k - 1)], scan.positions[at(k + 1)]);
  return m;
}

double total(const std::array<double, kClasses>& model,
             const std::array<double, kClasses>& fallback, const FromFallback& tissues) {
  double sum = model[kRest];
  for (std::size_t t = 0; t < data::kTissueCount; ++t) sum += tissues[t] ? fallback[t] : model[t];
  return sum;
}

constexpr FromFallback kNone{};

double psnr_of(double squared, const HiddenSlice& h) {
  if (squared == 0) return data::kPsnrCap;
  constexpr double kLn10 = 2.302585092994045684;
  const double ratio = h.peak * h.peak * static_cast<double>(h.pixels) / squared;
  return std::min(data::kPsnrCap, 10 * nn::math::log(ratio) / kLn10);
}

}  // namespace

KnownScan known_scan(const data::Volume& scan) {
  std::vector<nn::index> real;
  KnownScan known;
  for (nn::index k = 0; k < scan.slices(); ++k) {
    if (scan.origin(k).synthetic()) continue;
    real.push_back(k);
    known.positions.push_back(scan.position(k));
  }
  known.slice = [&scan, real](nn::index k) { return data::known_slice(scan, real[at(k)]); };
  known.unit = scan.unit;
  if (scan.overlay) known.text = scan.overlay->mask();
  return known;
}

std::vector<nn::index> evenly_spread(const std::vector<nn::index>& all, nn::index most) {
  const auto count = static_cast<nn::index>(all.size());
  if (count <= most) return all;
  std::vector<nn::index> spread;
  for (nn::index i = 0; i < most; ++i) {
    spread.push_back(all[at((2 * i + 1) * count / (2 * most))]);
  }
  return spread;
}

std::vector<nn::index> slices_to_hide(const KnownScan& scan, const std::vector<bool>& cut,
                                      const std::vector<bool>& trained, bool middles_only) {
  std::vector<nn::index> all;
  for (nn::index k = 1; k + 1 < scan.slices(); ++k) {
    if (!cut[at(k - 1)] || !cut[at(k)]) continue;
    if (!trained.empty() && trained[at(k)]) continue;
    if (middles_only && data::position_between(triplet_at(k), scan.positions) != 0.5) continue;
    all.push_back(k);
  }
  return evenly_spread(all, kMostHidden);
}

nn::index HiddenSlice::body_pixels() const {
  return std::accumulate(body.begin(), body.end(), nn::index{0});
}

double HiddenSlice::mae(const FromFallback& tissues) const {
  return total(model.absolute, fallback.absolute, tissues) / static_cast<double>(body_pixels());
}

double HiddenSlice::psnr(const FromFallback& tissues) const {
  return psnr_of(total(model.squared, fallback.squared, tissues), *this);
}

double HiddenSlice::mae_fallback() const {
  return total(fallback.absolute, fallback.absolute, kNone) / static_cast<double>(body_pixels());
}

double HiddenSlice::psnr_fallback() const {
  return psnr_of(total(fallback.squared, fallback.squared, kNone), *this);
}

std::vector<BothOrders> answers(const Method& method, std::span<const MissingSlice> missing) {
  if (method.predict_both) return method.predict_both(missing);
  std::vector<BothOrders> made;
  for (nn::Tensor& slice : method.predict(missing)) {
    const nn::Shape shape = slice.shape();
    made.push_back({std::move(slice), nn::Tensor::zeros(shape)});
  }
  return made;
}

std::vector<HiddenSlice> hide_and_make(const KnownScan& scan, std::span<const nn::index> hidden,
                                       const Method& model, Fallback fallback,
                                       const SliceDone& done) {
  const Method instead = method_of(fallback, scan.unit);
  const Method simpler = simpler_than(fallback);
  std::vector<HiddenSlice> all;
  std::size_t at_once = 1;
  for (std::size_t first = 0; first < hidden.size(); first += at_once) {
    at_once = at(images_at_once(scan.slice(hidden[first]).shape()));
    const std::size_t count = std::min(hidden.size() - first, at_once);
    std::vector<MissingSlice> missing;
    for (std::size_t i = 0; i < count; ++i) missing.push_back(hidden_at(scan, hidden[first + i]));
    const std::vector<BothOrders> by_model = answers(model, missing);
    const std::vector<nn::Tensor> by_fallback = instead.predict(missing);
    const std::vector<nn::Tensor> by_simpler = simpler.predict(missing);
    std::vector<Made> made;
    for (std::size_t i = 0; i < count; ++i) {
      const nn::index k = hidden[first + i];
      made.push_back({k, scan.slice(k), missing[i], by_model[i], by_fallback[i], by_simpler[i]});
    }
    std::vector<HiddenSlice> group(count);
    nn::parallel_for(static_cast<nn::index>(count),
                     [&](nn::index n) { group[at(n)] = compared(scan, made[at(n)]); });
    std::copy_if(group.begin(), group.end(), std::back_inserter(all),
                 [](const HiddenSlice& h) { return h.body_pixels() > 0; });
    if (done) done(static_cast<nn::index>(first + count));
  }
  return all;
}

nn::Tensor mixed(const nn::Tensor& model, const nn::Tensor& fallback, const FromFallback& tissues) {
  return chosen(model, fallback, fallback, tissues);
}

nn::Tensor chosen(const nn::Tensor& model, const nn::Tensor& fallback, const nn::Tensor& seen,
                  const FromFallback& tissues) {
  data::require_same_shape("self-check", model, fallback);
  nn::Tensor slice = model.clone();
  for (nn::index i = 0; i < slice.numel(); ++i) {
    const std::size_t c = class_of(static_cast<double>(seen.data()[i]), true);
    if (c != kRest && tissues[c]) slice.data()[i] = fallback.data()[i];
  }
  return slice;
}

Method with_fallback_in(const Method& model, const Method& fallback, const FromFallback& tissues,
                        const std::string& name) {
  Method both = model;
  both.name = name;
  both.predict_both = {};  // would know nothing of the mixture
  both.predict = [predict = model.predict, tissues,
                  instead = fallback.predict](std::span<const MissingSlice> missing) {
    std::vector<nn::Tensor> slices = predict(missing);
    const std::vector<nn::Tensor> plain = instead(missing);
    for (std::size_t i = 0; i < slices.size(); ++i) slices[i] = mixed(slices[i], plain[i], tissues);
    return slices;
  };
  return both;
}

}  // namespace train
