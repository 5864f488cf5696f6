#include "train/self_check/decide.h"

#include <algorithm>
#include <cmath>

#include "nn/core/error.h"

namespace train {
namespace {

/// Tissues in which the network loses over the whole scan. Sums weigh each pixel alike, since a
/// slice with a handful of bone pixels says little of bone.
FromFallback lost_tissues(std::span<const HiddenSlice> hidden) {
  FromFallback lost{};
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    double model = 0;
    double fallback = 0;
    nn::index pixels = 0;
    for (const HiddenSlice& h : hidden) {
      model += h.model.absolute[t];
      fallback += h.fallback.absolute[t];
      pixels += h.body[t];
    }
    lost[t] = pixels > 0 && model >= fallback;
  }
  return lost;
}

/// The hidden slices by which the gap after slice `gap` is judged.
std::span<const HiddenSlice> near(std::span<const HiddenSlice> hidden, nn::index gap) {
  const auto after = std::find_if(hidden.begin(), hidden.end(),
                                  [&](const HiddenSlice& h) { return h.slice > gap; });
  const auto middle = static_cast<std::size_t>(after - hidden.begin());
  const std::size_t first = middle > kNear ? middle - kNear : 0;
  return hidden.subspan(first, std::min(hidden.size(), middle + kNear) - first);
}

template <class F>
double mean_of(std::span<const HiddenSlice> hidden, const F& value) {
  double sum = 0;
  for (const HiddenSlice& h : hidden) sum += value(h);
  return sum / static_cast<double>(hidden.size());
}

data::Summary difference(std::span<const HiddenSlice> hidden,
                         double (*value)(const HiddenSlice&, const FromFallback&),
                         const FromFallback& tissues) {
  std::vector<double> differences;
  for (const HiddenSlice& h : hidden) differences.push_back(value(h, tissues));
  return data::bootstrap_mean(differences, data::kBootstrapSeed);
}

double mae_over_fallback(const HiddenSlice& h, const FromFallback& tissues) {
  return h.mae(tissues) - h.mae_fallback();
}

double psnr_over_fallback(const HiddenSlice& h, const FromFallback& tissues) {
  return h.psnr(tissues) - h.psnr_fallback();
}

bool in_favour(std::span<const HiddenSlice> hidden, const FromFallback& tissues, double margin) {
  const double mae = mean_of(hidden, [&](const auto& h) { return mae_over_fallback(h, tissues); });
  const double psnr =
      mean_of(hidden, [&](const auto& h) { return psnr_over_fallback(h, tissues); });
  return mae < 0 && psnr > margin;
}

/// By both measures, with the whole interval of the paired difference.
bool clearly_ahead(const data::Summary& mae, const data::Summary& psnr, double margin) {
  return mae.hi < 0 && psnr.lo > margin;
}

}  // namespace

Decision decide(std::span<const HiddenSlice> hidden, nn::index slices, double margin,
                const std::optional<SoftShift>& shift) {
  nn::require(slices >= 2, "self-check", std::to_string(slices) + " slices", "at least 2");
  Decision d;
  d.margin = margin;
  d.shift = shift;
  const auto gaps = static_cast<std::size_t>(slices - 1);
  if (hidden.size() >= kFewestHidden) {
    d.tissues = lost_tissues(hidden);
    d.mae = difference(hidden, mae_over_fallback, d.tissues);
    d.psnr = difference(hidden, psnr_over_fallback, d.tissues);
    d.whole = clearly_ahead(d.mae, d.psnr, margin) ? Whole::model : Whole::not_ahead;
    const bool shifts = shift && std::fabs(shift->median) > kMostShift;
    if (d.whole == Whole::model && shifts) d.whole = Whole::shifts;
  }
  for (std::size_t g = 0; g < gaps; ++g) {
    const auto around = near(hidden, static_cast<nn::index>(g));
    const bool fallback = d.whole != Whole::model || !in_favour(around, d.tissues, margin);
    d.fallback.push_back(fallback);
    d.expected.emplace_back();
    if (around.empty()) continue;
    d.expected.back() = mean_of(around, [&](const HiddenSlice& h) {
      return fallback ? h.mae_fallback() : h.mae(d.tissues);
    });
  }
  return d;
}

void expect_of_fallback(Decision& decision, std::span<const HiddenSlice> registered,
                        Fallback fallback) {
  for (std::size_t g = 0; g < decision.expected.size(); ++g) {
    const auto around = near(registered, static_cast<nn::index>(g));
    if (decision.expected[g] || around.empty()) continue;
    decision.expected[g] = mean_of(around, [&](const HiddenSlice& h) {
      return fallback == Fallback::registered ? h.mae({}) : h.mae_fallback();
    });
  }
}

Fallback choose_fallback(std::span<const HiddenSlice> hidden) {
  const FromFallback lost = lost_tissues(hidden);
  const bool loses = std::any_of(lost.begin(), lost.end(), [](bool tissue) { return tissue; });
  if (hidden.size() < kFewestHidden || loses) return Fallback::cubic;
  const data::Summary mae = difference(hidden, mae_over_fallback, {});
  const data::Summary psnr = difference(hidden, psnr_over_fallback, {});
  return clearly_ahead(mae, psnr, kMargin) ? Fallback::registered : Fallback::cubic;
}

}  // namespace train
