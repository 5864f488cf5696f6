#include "train/self_check/decide.h"

#include <algorithm>
#include <cmath>

#include "nn/core/error.h"

namespace train {
namespace {

/// Tissues in which the candidate loses over the whole scan. Sums weigh each pixel alike, since a
/// slice with a handful of bone pixels says little of bone.
FromBaseline lost_tissues(std::span<const HiddenSlice> hidden) {
  FromBaseline lost{};
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    double candidate = 0;
    double baseline = 0;
    nn::index pixels = 0;
    for (const HiddenSlice& h : hidden) {
      candidate += h.candidate.absolute[t];
      baseline += h.baseline.absolute[t];
      pixels += h.body[t];
    }
    lost[t] = pixels > 0 && candidate >= baseline;
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
                         double (*value)(const HiddenSlice&, const FromBaseline&),
                         const FromBaseline& tissues) {
  std::vector<double> differences;
  for (const HiddenSlice& h : hidden) differences.push_back(value(h, tissues));
  return data::bootstrap_mean(differences, data::kBootstrapSeed);
}

double mae_over_baseline(const HiddenSlice& h, const FromBaseline& tissues) {
  return h.mae(tissues) - h.mae_baseline();
}

double psnr_over_baseline(const HiddenSlice& h, const FromBaseline& tissues) {
  return h.psnr(tissues) - h.psnr_baseline();
}

/// Whether the candidate is better by neither measure. It has won over the whole scan, and a few
/// slices at twice the gap say little; so where the measures disagree it stays.
bool loses(std::span<const HiddenSlice> hidden, const FromBaseline& tissues, double margin) {
  const double mae = mean_of(hidden, [&](const auto& h) { return mae_over_baseline(h, tissues); });
  const double psnr =
      mean_of(hidden, [&](const auto& h) { return psnr_over_baseline(h, tissues); });
  return mae >= 0 && psnr <= margin;
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
    d.mae = difference(hidden, mae_over_baseline, d.tissues);
    d.psnr = difference(hidden, psnr_over_baseline, d.tissues);
    d.whole = clearly_ahead(d.mae, d.psnr, margin) ? Whole::candidate : Whole::not_ahead;
    const bool shifts = shift && std::fabs(shift->median) > kMostShift;
    if (d.whole == Whole::candidate && shifts) d.whole = Whole::shifts;
  }
  for (std::size_t g = 0; g < gaps; ++g) {
    const auto around = near(hidden, static_cast<nn::index>(g));
    const bool baseline = d.whole != Whole::candidate || loses(around, d.tissues, margin);
    d.baseline.push_back(baseline);
    d.expected.emplace_back();
    if (around.empty()) continue;
    d.expected.back() = mean_of(around, [&](const HiddenSlice& h) {
      return baseline ? h.mae_baseline() : h.mae(d.tissues);
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
      return fallback == Fallback::registered ? h.mae({}) : h.mae_baseline();
    });
  }
}

Fallback choose_fallback(std::span<const HiddenSlice> registered) {
  const FromBaseline lost = lost_tissues(registered);
  const bool loses = std::any_of(lost.begin(), lost.end(), [](bool tissue) { return tissue; });
  if (registered.size() < kFewestHidden || loses) return Fallback::cubic;
  const data::Summary mae = difference(registered, mae_over_baseline, {});
  const data::Summary psnr = difference(registered, psnr_over_baseline, {});
  return clearly_ahead(mae, psnr, kMargin) ? Fallback::registered : Fallback::cubic;
}

}  // namespace train
