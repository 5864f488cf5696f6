#include "train/self_check/hidden.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "data/measure/slice_check.h"
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
  const data::ScanView& scan;
  const nn::Tensor& truth;
  const nn::Tensor& baseline;
  const std::vector<std::uint8_t>& body;

  bool ignored(nn::index i) const { return !scan.text.empty() && scan.text[at(i)] != 0; }
  bool in_body(nn::index i) const { return body[at(i)] != 0; }
  bool hu() const { return scan.hu(); }

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
      const std::size_t c = class_of(static_cast<double>(baseline.data()[i]), hu());
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

/// A hidden slice, and what was known around it.
struct Hidden {
  nn::index slice;
  nn::Tensor truth;
  MissingSlice missing;
  std::vector<std::uint8_t> body;  ///< 1 where errors count

  bool empty() const { return std::find(body.begin(), body.end(), 1) == body.end(); }
};

/// Slice k, which is no longer known.
Hidden hidden_slice(const data::ScanView& scan, nn::index k, const MissingSlice& missing) {
  Hidden h{k, scan.slice(k), missing, {}};
  h.body = scan.hu() ? data::body_mask(h.truth)
                     : std::vector<std::uint8_t>(at(h.truth.numel()), std::uint8_t{1});
  for (std::size_t i = 0; i < scan.text.size(); ++i) {
    if (scan.text[i] != 0) h.body[i] = 0;
  }
  return h;
}

/// What two methods made of it, and for samples one that is simpler than both, else empty.
struct Made {
  const Hidden& hidden;
  const BothOrders& candidate;
  const nn::Tensor& baseline;
  nn::Tensor simpler;
};

HiddenSlice compared(const data::ScanView& scan, const Made& made) {
  const auto& [slice, truth, missing, body] = made.hidden;
  data::require_slice("self-check", made.candidate.slice);
  data::require_same_shape("self-check", truth, made.candidate.slice);
  const bool hu = scan.hu();
  const Limits limits = limits_of(hu);
  const Counted counted{scan, truth, made.baseline, body};
  HiddenSlice h;
  h.slice = slice;
  h.peak = limits.window - limits.low;
  for (nn::index i = 0; i < truth.numel(); ++i) {
    if (counted.ignored(i)) continue;
    ++h.pixels;
    if (counted.in_body(i)) ++h.body[class_of(static_cast<double>(made.baseline.data()[i]), hu)];
  }
  h.candidate = counted.errors(made.candidate.slice);
  h.baseline = counted.errors(made.baseline);
  if (made.simpler.empty()) return h;
  h.candidate_pixels =
      counted.samples(made.candidate.slice, signals_of(missing, made.candidate, made.baseline));
  h.baseline_pixels =
      counted.samples(made.baseline, signals_of_baseline(missing, made.baseline, made.simpler));
  return h;
}

std::vector<HiddenSlice> compared(const data::ScanView& scan, const std::vector<Made>& made) {
  std::vector<HiddenSlice> all(made.size());
  nn::parallel_for(static_cast<nn::index>(made.size()),
                   [&](nn::index n) { all[at(n)] = compared(scan, made[at(n)]); });
  return all;
}

/// Registration against cubic, and the network against both.
using ThreeTrials = std::array<std::vector<Made>, 3>;

/// All trials at once, so that threads share the work even where a group is one slice.
std::array<std::vector<HiddenSlice>, 3> compared(const data::ScanView& scan,
                                                 const ThreeTrials& trials) {
  std::vector<Made> all;
  for (const std::vector<Made>& trial : trials) {
    for (const Made& made : trial) all.push_back(made);
  }
  std::vector<HiddenSlice> found = compared(scan, all);
  std::array<std::vector<HiddenSlice>, 3> results;
  auto next = std::make_move_iterator(found.begin());
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const auto end = next + static_cast<std::ptrdiff_t>(trials[i].size());
    results[i].assign(next, end);
    next = end;
  }
  return results;
}

void append(std::vector<HiddenSlice>& all, std::vector<HiddenSlice> more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

/// Slice k as if it were missing.
data::Triplet hidden_at(nn::index k) { return {0, k, 1, 1}; }

/// Goes through these slices in groups of images_at_once(), without those that have no body.
/// `work` gets a group, and the same as missing slices.
template <class F>
void in_groups_of(const data::ScanView& scan, std::span<const nn::index> slices, const F& work,
                  const SliceDone& done) {
  const auto around = [&](std::size_t i) { return missing_slice(scan, hidden_at(slices[i])); };
  in_groups(slices.size(), around, [&](std::size_t first, std::span<const MissingSlice> missing) {
    std::vector<Hidden> all(missing.size());
    nn::parallel_for(static_cast<nn::index>(all.size()), [&](nn::index n) {
      const nn::index k = slices[first + at(n)];
      all[at(n)] = hidden_slice(scan, k, missing[at(n)]);
    });
    std::erase_if(all, [](const Hidden& h) { return h.empty(); });
    std::vector<MissingSlice> with_body;
    with_body.reserve(all.size());
    for (const Hidden& h : all) with_body.push_back(h.missing);
    if (!all.empty()) work(std::span<const Hidden>(all), with_body);
    if (done) done(static_cast<nn::index>(first + missing.size()));
  });
}

double total(const std::array<double, kClasses>& candidate,
             const std::array<double, kClasses>& baseline, const FromBaseline& tissues) {
  double sum = candidate[kRest];
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    sum += tissues[t] ? baseline[t] : candidate[t];
  }
  return sum;
}

constexpr FromBaseline kNone{};

double psnr_of(double squared, const HiddenSlice& h) {
  if (squared == 0) return data::kPsnrCap;
  constexpr double kLn10 = 2.302585092994045684;
  const double ratio = h.peak * h.peak * static_cast<double>(h.pixels) / squared;
  return std::min(data::kPsnrCap, 10 * nn::math::log(ratio) / kLn10);
}

}  // namespace

std::vector<nn::index> evenly_spread(const std::vector<nn::index>& all, nn::index most) {
  const auto count = static_cast<nn::index>(all.size());
  if (count <= most) return all;
  std::vector<nn::index> spread;
  for (nn::index i = 0; i < most; ++i) {
    spread.push_back(all[at((2 * i + 1) * count / (2 * most))]);
  }
  return spread;
}

std::vector<nn::index> slices_to_hide(const data::ScanView& scan, const std::vector<bool>& cut,
                                      const std::vector<bool>& trained, bool middles_only) {
  std::vector<nn::index> all;
  for (nn::index k = 1; k + 1 < scan.slices(); ++k) {
    if (!cut[at(k - 1)] || !cut[at(k)]) continue;
    if (!trained.empty() && trained[at(k)]) continue;
    if (middles_only && data::position_between(hidden_at(k), scan.positions) != 0.5) continue;
    all.push_back(k);
  }
  return evenly_spread(all, kMostHidden);
}

nn::index HiddenSlice::body_pixels() const {
  return std::accumulate(body.begin(), body.end(), nn::index{0});
}

double HiddenSlice::mae(const FromBaseline& tissues) const {
  return total(candidate.absolute, baseline.absolute, tissues) / static_cast<double>(body_pixels());
}

double HiddenSlice::psnr(const FromBaseline& tissues) const {
  return psnr_of(total(candidate.squared, baseline.squared, tissues), *this);
}

double HiddenSlice::mae_baseline() const {
  return total(baseline.absolute, baseline.absolute, kNone) / static_cast<double>(body_pixels());
}

double HiddenSlice::psnr_baseline() const {
  return psnr_of(total(baseline.squared, baseline.squared, kNone), *this);
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

std::vector<HiddenSlice> hide_and_make(const data::ScanView& scan,
                                       std::span<const nn::index> hidden, const Method& candidate,
                                       Fallback baseline, Samples samples, const SliceDone& done) {
  const Method plain = method_of(baseline, scan.unit);
  std::vector<HiddenSlice> all;
  in_groups_of(
      scan, hidden,
      [&](std::span<const Hidden> group, const auto& missing) {
        const std::vector<BothOrders> by_candidate = answers(candidate, missing);
        const std::vector<nn::Tensor> by_baseline = plain.predict(missing);
        std::vector<nn::Tensor> simpler(group.size());
        if (samples == Samples::kept) simpler = simpler_than(baseline).predict(missing);
        std::vector<Made> made;
        for (std::size_t i = 0; i < group.size(); ++i) {
          made.push_back({group[i], by_candidate[i], by_baseline[i], simpler[i]});
        }
        append(all, compared(scan, made));
      },
      done);
  return all;
}

Trials try_all(const data::ScanView& scan, std::span<const nn::index> registered,
               std::span<const nn::index> hidden, const Method& network, Samples samples,
               const SliceDone& done) {
  const auto has = [](std::span<const nn::index> slices, const Hidden& h) {
    return std::binary_search(slices.begin(), slices.end(), h.slice);
  };
  const bool kept = samples == Samples::kept;
  const Method registration = method_of(Fallback::registered, scan.unit);
  const Method cubic = method_of(Fallback::cubic, scan.unit);
  const Method linear = simpler_than(Fallback::cubic);
  std::vector<nn::index> either;
  std::set_union(registered.begin(), registered.end(), hidden.begin(), hidden.end(),
                 std::back_inserter(either));
  Trials trials;
  in_groups_of(
      scan, either,
      [&](std::span<const Hidden> group, const auto& missing) {
        const std::vector<MissingSlice> seen = registered_once(missing, registration, network);
        const std::vector<BothOrders> by_registration = answers(registration, seen);
        const std::vector<nn::Tensor> by_cubic = cubic.predict(seen);
        std::vector<MissingSlice> asked;
        for (std::size_t i = 0; i < group.size(); ++i) {
          if (has(hidden, group[i])) asked.push_back(seen[i]);
        }
        const std::vector<BothOrders> by_network = answers(network, asked);
        ThreeTrials made;
        auto answer = by_network.begin();
        for (std::size_t i = 0; i < group.size(); ++i) {
          const BothOrders& moved = by_registration[i];
          const nn::Tensor& plain = by_cubic[i];
          if (has(registered, group[i])) made[0].push_back({group[i], moved, plain, {}});
          if (!has(hidden, group[i])) continue;
          const nn::Tensor simpler = kept ? linear.predict({&seen[i], 1}).front() : nn::Tensor();
          made[1].push_back({group[i], *answer, plain, simpler});
          made[2].push_back({group[i], *answer, moved.slice, kept ? plain : nn::Tensor()});
          ++answer;
        }
        std::array<std::vector<HiddenSlice>, 3> found = compared(scan, made);
        append(trials.registered, std::move(found[0]));
        append(trials.network[0], std::move(found[1]));
        append(trials.network[1], std::move(found[2]));
      },
      done);
  return trials;
}

nn::Tensor mixed(const nn::Tensor& candidate, const nn::Tensor& baseline,
                 const FromBaseline& tissues) {
  return chosen(candidate, baseline, baseline, tissues);
}

nn::Tensor chosen(const nn::Tensor& candidate, const nn::Tensor& baseline, const nn::Tensor& seen,
                  const FromBaseline& tissues) {
  data::require_same_shape("self-check", candidate, baseline);
  nn::Tensor slice = candidate.clone();
  for (nn::index i = 0; i < slice.numel(); ++i) {
    const std::size_t c = class_of(static_cast<double>(seen.data()[i]), true);
    if (c != kRest && tissues[c]) slice.data()[i] = baseline.data()[i];
  }
  return slice;
}

Method with_baseline_in(const Method& candidate, const Method& baseline,
                        const FromBaseline& tissues, const std::string& name) {
  Method both = candidate;
  both.name = name;
  both.predict_both = {};  // would know nothing of the mixture
  both.cost += baseline.cost;
  both.predict = [candidate, tissues, baseline](std::span<const MissingSlice> missing) {
    const std::vector<MissingSlice> seen = registered_once(missing, candidate, baseline);
    std::vector<nn::Tensor> slices = candidate.predict(seen);
    const std::vector<nn::Tensor> plain_slices = baseline.predict(seen);
    for (std::size_t i = 0; i < slices.size(); ++i) {
      slices[i] = mixed(slices[i], plain_slices[i], tissues);
    }
    return slices;
  };
  return both;
}

std::string name_of(Fallback fallback) {
  return fallback == Fallback::cubic ? "cubic" : "registered";
}

Method method_of(Fallback fallback, data::Unit unit) {
  return method_without_network(name_of(fallback), unit);
}

Method simpler_than(Fallback fallback) {
  return method_without_network(fallback == Fallback::cubic ? "linear" : "cubic");
}

}  // namespace train
