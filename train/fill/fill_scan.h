// Fills a scan with slices: plans them, checks the network against methods without one, and makes
// them. `ct2ct interpolate` runs this between reading and writing. It touches no file.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/volume/volume.h"
#include "train/fill/match_noise.h"
#include "train/predict/interpolate.h"
#include "train/predict/plan.h"
#include "train/self_check/error_map.h"
#include "train/self_check/self_check.h"
#include "train/self_check/trained_for.h"

namespace train {

struct FillOptions {
  /// "model", or a method without a network: "registered", "cubic", "linear", "nearest".
  std::string method = "model";
  nn::index factor = 0;      ///< parts of each gap, 2 to 10; 0: kLeastFactor
  double spacing = 0;        ///< mm from slice to slice, used instead of factor; 0: use factor
  bool fill_gaps = false;    ///< PlanOptions::fill_gaps
  bool in_passes = false;    ///< a network treats the slices that it has made as known
  bool self_check = true;    ///< false: the network makes every slice
  bool any_scan = false;     ///< accept scans unlike the training, and interpolated ones
  bool match_noise = false;  ///< give synthetic slices the noise of real ones: match_noise.h
  bool error_map = false;    ///< also compute the expected error of each voxel
};

/// Progress of long work.
struct FillProgress {
  const char* stage = "";  ///< "self-check" or "interpolate"
  std::uint64_t done = 0;  ///< slices; 0 when a stage begins
  std::uint64_t total = 0;
  std::span<const WorkPart> work = {};  ///< what the stage's slices cost, in order
};

/// The working thread calls it when a stage begins and after each group of slices. If it returns
/// false, the work ends with the job error "cancelled". An exception that it throws ends it too.
using FillWatch = std::function<bool(const FillProgress&)>;

class ScanFill {
 public:
  /// Plans the slices, and reports every input error before the long work. Only method "model"
  /// uses `model`: then it must not be null, and must outlive this object. Input error, which names
  /// scan.source: the plan is impossible, or the model is of another kind. Without `any_scan` also:
  /// the scan is no CT in HU, or holds interpolated slices.
  ScanFill(const data::Volume& scan, const Model* model, const FillOptions& options);
  ScanFill(const ScanFill&) = delete;
  ScanFill& operator=(const ScanFill&) = delete;

  /// The scan with room for the new slices, which are zero until fill(). Its warnings come from the
  /// reader; one more says if the scan was interpolated before.
  const data::Volume& scan() const { return scan_; }
  data::Volume& scan() { return scan_; }
  const Plan& plan() const { return plan_; }
  nn::index slices_before() const { return before_; }
  /// Whether the model was trained for scans like this one; none without a model.
  const std::optional<TrainedFor>& trained_for() const { return judged_; }
  /// True if the model was not trained for such scans, so that methods without a network replace
  /// it.
  bool untrained() const;

  /// Chooses the method of each gap, by a self-check if one is needed. Call it once, before fill().
  void self_check(const FillWatch& watch = {});
  /// The result of the self-check; none if there was no check.
  const std::optional<SelfCheck>& check() const { return check_; }
  /// One entry for each gap: whether slices are made in it.
  const std::vector<bool>& cut() const { return cut_; }
  /// How the expected errors were calibrated; none unless FillOptions::error_map.
  const std::optional<ErrorMap>& error_map() const { return map_; }
  /// True if the model was not trained for such scans and there is no self-check: then cubic
  /// interpolation makes all slices.
  bool by_cubic_alone() const { return untrained() && !options_.self_check; }

  /// Makes the slices. Call it once, after self_check().
  void fill(const FillWatch& watch = {});
  /// Expected errors in steps of kErrorStep HU on the scan's grid, 0 in real slices; none unless
  /// FillOptions::error_map.
  const std::optional<data::Volume>& errors() const { return errors_; }

  /// The fields of the record that say what was done: "slices_before", "slices", "synthetic",
  /// "method", "made_by", "trained_for", "verdict", "self_check", "uncertainty", "noise"
  /// (docs/audit/record.md).
  nlohmann::ordered_json result() const;

 private:
  void check_network(const FillWatch& watch);
  void check_registration(const FillWatch& watch);
  void use_alone(const Method& method);

  FillOptions options_;
  const Model* model_;  // null for a method without one
  nn::index before_;
  Method method_;
  Plan plan_;
  std::optional<TrainedFor> judged_;
  std::string sha256_;  // of the scan as read; set only if the self-check needs it
  std::vector<bool> cut_;
  data::Volume scan_;
  CheckedMethods by_;
  std::optional<SelfCheck> check_;
  std::optional<ErrorMap> map_;
  std::optional<data::Volume> errors_;
  std::optional<std::vector<MatchedNoise>> noise_;  // none unless FillOptions::match_noise
};

/// HU per step of the stored errors. They are int16, so the largest is 4095 HU.
inline constexpr double kErrorStep = 0.125;

}  // namespace train
