#include "train/fill/fill_scan.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "data/io/read.h"
#include "nn/core/error.h"
#include "train/fill/record.h"
#include "train/fill/self_check_text.h"

namespace train {
namespace {

/// Calls `watch` when a stage begins, and turns slices that are done into its calls.
SliceDone watched(const FillWatch& watch, const char* stage, const std::vector<WorkPart>& work,
                  const std::string& scan) {
  std::uint64_t total = 0;
  for (const WorkPart& part : work) total += part.units;
  const auto say = [watch, stage, work, total, scan](nn::index done) {
    if (!watch || watch({stage, static_cast<std::uint64_t>(done), total, work})) return;
    throw nn::Error(nn::Fault::job, scan, "cancelled",
                    std::to_string(total) + " slices, of which " + std::to_string(done) +
                        " were done (" + stage + ")",
                    "run it again");
  };
  say(0);
  return say;
}

Plan plan_of(const FillOptions& o, const Model* model, const Method& method,
             const data::Volume& scan) {
  nn::require(o.factor == 0 || o.spacing == 0, "interpolate", "both --factor and --spacing",
              "one of them");
  PlanOptions options;
  options.factor = o.factor > 0 || o.spacing > 0 ? o.factor : kLeastFactor;
  options.spacing = o.spacing;
  options.fill_gaps = o.fill_gaps;
  if (model != nullptr) {
    model->require_unit(scan);
    options.trained = model->widest_gap();
  }
  Plan planned = plan(scan, options);
  require_parts(method, planned);
  return planned;
}

/// Refuses what is no CT in HU, unless the user insists.
std::optional<TrainedFor> judge(const FillOptions& o, const Model* model,
                                const data::Volume& scan) {
  if (model == nullptr) return std::nullopt;
  std::optional<ScanProfile> profile;
  if (scan.unit == data::Unit::hu) profile = profile_of(scan);
  const TrainedFor judged = trained_for(*model, profile, data::median_gap(scan));
  if (!o.any_scan) require_ct(judged, scan.source);
  return judged;
}

/// What an earlier interpolation left; empty where nothing says so.
std::string require_measured(const FillOptions& o, const data::Volume& scan) {
  std::string made = data::interpolated_before(scan);
  nn::require(made.empty() || o.any_scan, scan.source, made, "slices that a scanner measured",
              "name the scan that they were made of; --any-scan goes on all the same");
  return made;
}

void require_map(const FillOptions& o, const ScanFill& fill) {
  if (!o.error_map) return;
  nn::require(o.method == "model" && o.self_check, "--uncertainty",
              o.self_check ? "--method " + o.method : "--no-self-check",
              "a network and its self-check, from which errors are learned",
              "leave --uncertainty out");
  nn::require(fill.scan().unit == data::Unit::hu, "--uncertainty", "a scan that is not in HU",
              "one in HU", "leave --uncertainty out");
  nn::require(!fill.untrained(), "--uncertainty", "a scan that the model was not trained for",
              "one that it was trained for, since errors are learned from its self-check",
              "leave --uncertainty out, or give --any-scan");
}

}  // namespace

ScanFill::ScanFill(const data::Volume& scan, const Model* model, const FillOptions& options)
    : options_(options),
      model_(options.method == "model" ? model : nullptr),
      before_(scan.slices()) {
  const std::string made = require_measured(options, scan);
  if (options.method == "model") {
    nn::require(model != nullptr, "fill", "method \"model\" without a model", "a model",
                "load one, or choose another method");
    model->require_slices();
    method_ = method_of(*model, options.in_passes);
  } else {
    method_ = method_without_network(options.method, scan.unit);
  }
  plan_ = plan_of(options, model_, method_, scan);
  judged_ = judge(options, model_, scan);
  if (model_ != nullptr && options.self_check) sha256_ = scan.sha256();
  for (const nn::index parts : plan_.parts) cut_.push_back(parts > 1);
  scan_ = scan.refined(plan_.parts);
  if (!made.empty()) scan_.warnings.push_back("this scan holds " + made);
  require_map(options, *this);
  nn::require(!options.match_noise || scan_.unit == data::Unit::hu, "--match-noise",
              "a scan that is not in HU", "one in HU", "leave --match-noise out");
}

bool ScanFill::untrained() const { return judged_ && !judged_->holds() && !options_.any_scan; }

void ScanFill::self_check(const FillWatch& watch) {
  if (untrained()) {
    if (options_.self_check) return check_registration(watch);
    return use_alone(cubic_for_untrained());
  }
  if (model_ != nullptr && options_.self_check) return check_network(watch);
  use_alone(method_);
}

void ScanFill::use_alone(const Method& method) {
  by_.methods = {method};
  by_.gaps.resize(plan_.parts.size());
}

void ScanFill::check_registration(const FillWatch& watch) {
  const data::ScanView known = data::view_of(scan_);
  const auto total = slices_to_make(known, cut_, {}, method_).registered.size();
  check_ = self_check_without_network(known, cut_,
                                      watched(watch, "self-check", {{total, 1}}, scan_.source));
  by_ = checked_methods(*check_, method_of(Fallback::registered, scan_.unit));
}

void ScanFill::check_network(const FillWatch& watch) {
  const data::ScanView known = data::view_of(scan_);
  const nn::Shape slice{1, scan_.height(), scan_.width(), 1};
  const auto trained = trained_targets(*model_, sha256_, slice, known.slices());
  const auto whole = [](nn::index parts) { return parts == 1 || parts % 2 == 0; };
  const CheckOptions options{options_.error_map ? Samples::kept : Samples::none,
                             !method_.in_passes() && !options_.error_map &&
                                 std::all_of(plan_.parts.begin(), plan_.parts.end(), whole)};
  const auto work = slices_to_make(known, cut_, trained, method_).work(method_);
  check_ = train::self_check(known, cut_, trained, method_,
                             watched(watch, "self-check", work, scan_.source), options);
  if (options_.error_map) {
    map_ = calibrated(*check_);
    by_ = mapped_methods(*check_, method_, *map_);
  } else {
    by_ = checked_methods(*check_, method_);
  }
}

void ScanFill::fill(const FillWatch& watch) {
  if (map_) errors_ = scan_.blank(kErrorStep);
  const auto work = work_of_fill(scan_, by_.methods, by_.gaps);
  train::fill(
      scan_, by_.methods, by_.gaps, watched(watch, "interpolate", work, scan_.source),
      errors_ ? &*errors_ : nullptr,
      check_ ? std::span<const MadeMiddle>(check_->middles) : std::span<const MadeMiddle>());
  if (check_) check_->middles.clear();
  if (options_.match_noise) noise_ = match_noise(scan_);
}

nlohmann::ordered_json ScanFill::result() const {
  using Json = nlohmann::ordered_json;
  nn::index synthetic = 0;
  for (nn::index k = 0; k < scan_.slices(); ++k) synthetic += scan_.origin(k).synthetic() ? 1 : 0;
  Json j{{"slices_before", before_}, {"slices", scan_.slices()}, {"synthetic", synthetic}};
  j.update(methods_json(scan_));
  j["trained_for"] = judged_ ? to_trained_for_json(*judged_) : Json();
  j["verdict"] = to_verdict_json(check_ ? verdict_of(*check_)
                                        : verdict_without_check(options_.method, by_cubic_alone()));
  j["self_check"] = check_ ? to_self_check_json(*check_, cut_) : Json();
  j["uncertainty"] = map_ ? to_error_map_json(*map_) : Json();
  j["noise"] = noise_ ? to_noise_json(*noise_) : Json();
  return j;
}

}  // namespace train
