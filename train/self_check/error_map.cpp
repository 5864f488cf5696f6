#include "train/self_check/error_map.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/draw/markup.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace train {
namespace {

using PixelSamples = std::vector<PixelSample>;

/// The pixels of every `step`-th hidden slice from `first` on.
PixelSamples pixels_of(std::span<const HiddenSlice> hidden, PixelSamples HiddenSlice::*of,
                       std::size_t first, std::size_t step) {
  PixelSamples all;
  for (std::size_t i = first; i < hidden.size(); i += step) {
    const PixelSamples& pixels = hidden[i].*of;
    all.insert(all.end(), pixels.begin(), pixels.end());
  }
  return all;
}

CalibratedMaker calibrated_maker(const std::string& name, bool used,
                                 std::span<const HiddenSlice> hidden,
                                 PixelSamples HiddenSlice::*of) {
  CalibratedMaker maker{name, used, calibrate(pixels_of(hidden, of, 0, 1)), {}};
  const Calibration half = calibrate(pixels_of(hidden, of, 0, 2));
  maker.check = check_calibration(half, pixels_of(hidden, of, 1, 2));
  return maker;
}

/// The expected error of each pixel of a slice at t.
nn::Tensor expected(const Calibration& calibration, const Signals& signals, double t) {
  const Signals s = smoothed(signals);
  nn::Tensor error(s[0].shape());
  nn::parallel_chunks(error.numel(), 1 << 14, [&](nn::index begin, nn::index end) {
    for (nn::index i = begin; i < end; ++i) {
      const PixelSignals pixel{s[0].data()[i], s[1].data()[i], s[2].data()[i]};
      error.data()[i] = static_cast<nn::real>(calibration.expected(pixel, t));
    }
  });
  return error;
}

/// Slices and expected errors of the baseline.
struct BaselineEstimates {
  Method method, simpler;
  Calibration calibration;

  std::vector<Estimate> operator()(std::span<const MissingSlice> missing) const {
    std::vector<nn::Tensor> slices = method.predict(missing);
    const std::vector<nn::Tensor> simple = simpler.predict(missing);
    std::vector<Estimate> made;
    for (std::size_t i = 0; i < missing.size(); ++i) {
      const Signals signals = signals_of_baseline(missing[i], slices[i], simple[i]);
      const nn::Tensor error = expected(calibration, signals, missing[i].t);
      made.push_back({std::move(slices[i]), error});
    }
    return made;
  }
};

/// The same of the candidate, with those of the baseline in `tissues`.
std::vector<Estimate> estimates_of_candidate(const Method& candidate,
                                             const BaselineEstimates& baseline,
                                             const FromBaseline& tissues,
                                             const Calibration& calibration,
                                             std::span<const MissingSlice> missing) {
  const std::vector<BothOrders> both = answers(candidate, missing);
  const std::vector<Estimate> plain = baseline(missing);
  std::vector<Estimate> made;
  for (std::size_t i = 0; i < missing.size(); ++i) {
    const nn::Tensor& seen = plain[i].slice;
    const nn::Tensor error =
        expected(calibration, signals_of(missing[i], both[i], seen), missing[i].t);
    made.push_back(
        {mixed(both[i].slice, seen, tissues), chosen(error, plain[i].error, seen, tissues)});
  }
  return made;
}

std::string in_hu(const std::array<double, kTenths>& tenths) {
  std::string text;
  for (const std::size_t t : {std::size_t{0}, std::size_t{4}, std::size_t{9}}) {
    text += (text.empty() ? "" : " / ") + data::fixed(tenths[t], tenths[t] < 10 ? 1 : 0);
  }
  return text;
}

nlohmann::ordered_json to_ordered(const CalibratedMaker& maker) {
  nlohmann::ordered_json weights;
  for (std::size_t s = 0; s < kSignals; ++s) {
    weights[kSignalNames[s]] = maker.calibration.weights[s];
  }
  return {{"method", maker.name},
          {"weights", weights},
          {"score", maker.calibration.score},
          {"error", maker.calibration.error},
          {"check",
           {{"pixels", maker.check.pixels},
            {"expected_by_tenths", maker.check.expected},
            {"observed_by_tenths", maker.check.observed},
            {"share_within_1_2_3_times", maker.check.within}}}};
}

}  // namespace

ErrorMap calibrated(const SelfCheck& check) {
  nn::require(check.hu, "--uncertainty", "a scan in grey levels", "one in HU",
              "leave --uncertainty out");
  nn::require(check.hidden.size() >= kFewestHidden, "--uncertainty",
              std::to_string(check.hidden.size()) + " slices to learn errors from" +
                  (check.trained > 0 ? ", since the model was trained on this scan" : ""),
              std::to_string(kFewestHidden) + " or more", "leave --uncertainty out");
  const Decision& d = check.decision;
  const auto some = [](const auto& flags) {
    return std::any_of(flags.begin(), flags.end(), [](bool b) { return b; });
  };
  const bool used = d.whole == Whole::candidate;
  ErrorMap map;
  map.hidden = static_cast<nn::index>(check.hidden.size());
  map.checked = map.hidden / 2;
  map.candidate = calibrated_maker("model", used, check.hidden, &HiddenSlice::candidate_pixels);
  map.baseline =
      calibrated_maker(name_of(check.fallback), some(d.baseline) || (used && some(d.tissues)),
                       check.hidden, &HiddenSlice::baseline_pixels);
  return map;
}

CheckedMethods mapped_methods(const SelfCheck& check, const Method& candidate,
                              const ErrorMap& map) {
  CheckedMethods by = checked_methods(check, candidate);
  const BaselineEstimates baseline{method_of(check.fallback, data::Unit::hu),
                                   simpler_than(check.fallback), map.baseline.calibration};
  by.methods[0].estimate = [candidate, baseline, tissues = check.decision.tissues,
                            calibration = map.candidate.calibration](auto missing) {
    return estimates_of_candidate(candidate, baseline, tissues, calibration, missing);
  };
  by.methods[1].estimate = baseline;
  return by;
}

std::string to_text(const ErrorMap& map) {
  std::string text;
  for (const CalibratedMaker* m : {&map.candidate, &map.baseline}) {
    if (!m->used) continue;
    text += "uncertainty, " + m->name + ": expected " + in_hu(m->check.expected) +
            " HU in the lowest, fifth and highest tenth of the pixels of " +
            std::to_string(map.checked) + " hidden slices, observed " + in_hu(m->check.observed) +
            "\n";
  }
  return text;
}

nlohmann::ordered_json to_error_map_json(const ErrorMap& map) {
  nlohmann::ordered_json j{{"hidden", map.hidden}, {"checked", map.checked}};
  for (const CalibratedMaker* m : {&map.candidate, &map.baseline}) {
    if (m->used) j["methods"].push_back(to_ordered(*m));
  }
  return j;
}

}  // namespace train
