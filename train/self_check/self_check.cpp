#include "train/self_check/self_check.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace train {
namespace {

using nn::at;

/// By how many dB a network has to be ahead to fill the gaps of this scan.
double margin_for(const Method& model, const data::ScanView& scan) {
  constexpr double kRounding = 0.99;  // of spacings in headers
  const bool untrained = model.narrowest_gap && scan.slices() > 1 &&
                         data::median_step(scan.positions) < kRounding * *model.narrowest_gap;
  return untrained ? kMarginUntrained : kMargin;
}

/// "model with cubic in bone"
std::string mixed_name(const std::string& candidate, const std::string& baseline,
                       const FromBaseline& tissues) {
  std::string names;
  for (std::size_t t = 0; t < data::kTissueCount; ++t) {
    if (tissues[t]) names += std::string(names.empty() ? "" : " and ") + data::kTissueNames[t];
  }
  return candidate + " with " + baseline + " in " + names;
}

/// The hidden slices, each once.
std::vector<nn::index> either(const SlicesToMake& make) {
  std::vector<nn::index> all;
  std::set_union(make.registered.begin(), make.registered.end(), make.hidden.begin(),
                 make.hidden.end(), std::back_inserter(all));
  return all;
}

SelfCheck about(const data::ScanView& scan) {
  SelfCheck check;
  check.slices = scan.slices();
  check.interior = std::max<nn::index>(0, scan.slices() - 2);
  check.hu = scan.hu();
  return check;
}

}  // namespace

std::vector<bool> trained_targets(const Model& model, const std::string& sha256,
                                  const nn::Shape& slice, nn::index slices) {
  const std::vector<SourceInfo>& sources = model.training().sources;
  const auto same = std::find_if(sources.begin(), sources.end(),
                                 [&](const SourceInfo& s) { return s.sha256 == sha256; });
  if (!model.training().knows(sha256)) return {};
  // Which slices an earlier training had as targets is not on record: any may have been one.
  if (same == sources.end() || same->slices != slices || same->height != slice.h ||
      same->width != slice.w) {
    return std::vector<bool>(at(slices), true);
  }
  std::vector<nn::index> counts;
  counts.reserve(sources.size());
  for (const SourceInfo& s : sources) counts.push_back(s.slices);
  std::vector<bool> trained(at(slices), false);
  const data::Split split =
      data::split_triplets(counts, model.recipe().protocol, model.training().split_seed);
  for (const data::Triplet& t : split.train) {
    if (t.scan == same - sources.begin()) trained[at(t.target)] = true;
  }
  return trained;
}

SlicesToMake slices_to_make(const data::ScanView& scan, const std::vector<bool>& cut,
                            const std::vector<bool>& trained, const Method& model) {
  SlicesToMake make;
  make.registered = slices_to_hide(scan, cut, {}, /*middles_only=*/false);
  make.hidden = slices_to_hide(scan, cut, trained, model.middles_only);
  const bool judged = make.hidden.size() >= kFewestHidden && scan.hu();
  if (judged) make.probed = gaps_to_probe(cut);
  return make;
}

std::vector<WorkPart> SlicesToMake::work(const Method& model) const {
  constexpr double kCompared = 0.4;  // with the truth
  const double by_registration = method_of(Fallback::registered, data::Unit::hu).cost;
  const std::size_t both = either(*this).size();
  const double shares =
      both == 0 ? 0 : static_cast<double>(hidden.size()) / static_cast<double>(both);
  return {{both, by_registration + shares * model.cost + kCompared}, {probed.size(), model.cost}};
}

SelfCheck self_check(const data::ScanView& scan, const std::vector<bool>& cut,
                     const std::vector<bool>& trained, const Method& model, const SliceDone& done,
                     const CheckOptions& options) {
  SelfCheck check = about(scan);
  for (nn::index k = 1; k + 1 < scan.slices() && !trained.empty(); ++k) {
    if (trained[at(k)]) ++check.trained;
  }
  const SlicesToMake make = slices_to_make(scan, cut, trained, model);
  Trials trials = try_all(scan, make.registered, make.hidden, model, options.samples, done);
  check.registered = std::move(trials.registered);
  check.fallback = choose_fallback(check.registered);
  check.hidden = std::move(trials.network.at(check.fallback == Fallback::registered ? 1 : 0));
  const double margin = margin_for(model, scan);
  check.decision = decide(check.hidden, scan.slices(), margin);
  const auto before = static_cast<nn::index>(either(make).size());
  const auto after = [&](nn::index now) {
    if (done) done(before + now);
  };
  if (check.decision.whole == Whole::candidate) {
    const auto shift = soft_shift(scan, make.probed, model,
                                  options.keep_middles ? &check.middles : nullptr, after);
    check.decision = decide(check.hidden, scan.slices(), margin, shift);
  } else if (!make.probed.empty()) {
    after(static_cast<nn::index>(make.probed.size()));  // not needed any more
  }
  expect_of_fallback(check.decision, check.registered, check.fallback);
  return check;
}

SelfCheck self_check_without_network(const data::ScanView& scan, const std::vector<bool>& cut,
                                     const SliceDone& done) {
  SelfCheck check = about(scan);
  check.network = false;
  const auto hide = slices_to_hide(scan, cut, {}, /*middles_only=*/false);
  const Method registered = method_of(Fallback::registered, scan.unit);
  check.hidden = hide_and_make(scan, hide, registered, Fallback::cubic, Samples::none, done);
  check.decision = decide(check.hidden, scan.slices());
  return check;
}

CheckedMethods checked_methods(const SelfCheck& check, const Method& candidate) {
  CheckedMethods checked;
  const std::string why = check.network ? " (self-check)" : " (not trained for this)";
  const Method baseline = method_of(check.fallback, check.hu ? data::Unit::hu : data::Unit::grey8);
  const FromBaseline& tissues = check.decision.tissues;
  const bool mixed = std::any_of(tissues.begin(), tissues.end(), [](bool b) { return b; });
  const std::string name = mixed_name(candidate.name, baseline.name, tissues);
  checked.methods.push_back(mixed ? with_baseline_in(candidate, baseline, tissues, name)
                                  : candidate);
  if (mixed || !check.network) checked.methods.back().name += why;
  checked.methods.push_back(baseline);
  checked.methods.back().name += why;
  for (std::size_t g = 0; g < check.decision.baseline.size(); ++g) {
    checked.gaps.push_back({check.decision.baseline[g] ? std::size_t{1} : std::size_t{0},
                            check.hu ? check.decision.expected[g] : std::nullopt});
  }
  return checked;
}

bool is_model_alone(const SelfCheck& check) {
  const Decision& d = check.decision;
  const auto set = [](bool baseline) { return baseline; };
  return check.network && std::none_of(d.baseline.begin(), d.baseline.end(), set) &&
         std::none_of(d.tissues.begin(), d.tissues.end(), set);
}

nn::Tensor checked_slice(const SelfCheck& check, nn::index gap, const nn::Tensor& candidate,
                         const nn::Tensor& baseline) {
  if (check.decision.baseline.at(at(gap))) return baseline;
  return mixed(candidate, baseline, check.decision.tissues);
}

std::vector<std::pair<nn::index, nn::index>> fallback_ranges(const Decision& decision) {
  std::vector<std::pair<nn::index, nn::index>> ranges;
  if (decision.whole != Whole::candidate) return ranges;
  for (std::size_t g = 0; g < decision.baseline.size(); ++g) {
    if (!decision.baseline[g]) continue;
    const auto k = static_cast<nn::index>(g);
    if (!ranges.empty() && ranges.back().second == k) {
      ranges.back().second = k + 1;
    } else {
      ranges.emplace_back(k, k + 1);
    }
  }
  return ranges;
}

std::optional<double> expected_error(const SelfCheck& check, const std::vector<bool>& cut) {
  double sum = 0;
  nn::index gaps = 0;
  for (std::size_t g = 0; g < cut.size(); ++g) {
    if (!cut[g] || !check.decision.expected[g]) continue;
    sum += *check.decision.expected[g];
    ++gaps;
  }
  if (gaps == 0) return std::nullopt;
  return sum / static_cast<double>(gaps);
}

}  // namespace train
