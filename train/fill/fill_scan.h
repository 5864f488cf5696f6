// A scan filled with slices: planned, checked against methods without a network, and made. This is
// what `ct2ct interpolate` runs between reading and writing; it touches no file.
#pragma once

#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/volume/volume.h"
#include "train/predict/interpolate.h"
#include "train/predict/plan.h"
#include "train/self_check/error_map.h"
#include "train/self_check/self_check.h"
#include "train/self_check/trained_for.h"

namespace train {

struct FillOptions {
  /// "model", or a method without a network: "registered", "cubic", "linear", "nearest".
  std::string method = "model";
  nn::index factor = 0;    ///< parts of each gap, 2 to 10; 0: kLeastFactor
  double spacing = 0;      ///< instead: mm from slice to slice; 0: by factor
  bool fill_gaps = false;  ///< PlanOptions::fill_gaps
  bool in_passes = false;  ///< a network takes slices that it has made for known ones
  bool self_check = true;  ///< false: the network makes every slice
  bool any_scan = false;   ///< also scans unlike those of the training, and interpolated ones
  bool error_map = false;  ///< also expected errors, voxel by voxel
};

/// Where long work stands.
struct FillProgress {
  const char* stage = "";  ///< "self-check" or "interpolate"
  std::uint64_t done = 0;  ///< slices; 0 when a stage begins
  std::uint64_t total = 0;
};

/// Called when a stage begins and after each slice, by the thread that works. The work ends with a
/// job error, "cancelled", when it returns false; an exception of its own ends it, too.
using FillWatch = std::function<bool(const FillProgress&)>;

class ScanFill {
 public:
  /// Plans, and finds out everything that can be wrong before the long work. `model` is used, and
  /// must outlive this, for method "model" only; there it must not be null. Input error, which
  /// names scan.source, for a plan that cannot be made, for a model of another kind, and, without
  /// `any_scan`, for a scan that is no CT in HU and for one that holds interpolated slices.
  ScanFill(const data::Volume& scan, const Model* model, const FillOptions& options);
  ScanFill(const ScanFill&) = delete;
  ScanFill& operator=(const ScanFill&) = delete;

  /// The scan with room for the new slices, which are zero until fill(). Its warnings are those of
  /// the reader, and that it was interpolated before.
  const data::Volume& scan() const { return scan_; }
  data::Volume& scan() { return scan_; }
  const Plan& plan() const { return plan_; }
  nn::index slices_before() const { return before_; }
  /// Whether the model was trained for scans like this one; none without a model.
  const std::optional<TrainedFor>& trained_for() const { return judged_; }
  /// Whether methods without a network take the model's place, since it was not trained for this.
  bool untrained() const;

  /// Chooses the method of each gap, by the self-check where there is one to make. Once, before
  /// fill().
  void self_check(const FillWatch& watch = {});
  /// Its result; none where none was made.
  const std::optional<SelfCheck>& check() const { return check_; }
  /// Gap by gap, whether slices are made in it.
  const std::vector<bool>& cut() const { return cut_; }
  /// How the expected errors were calibrated; none unless FillOptions::error_map.
  const std::optional<ErrorMap>& error_map() const { return map_; }
  /// Whether cubic interpolation alone makes the scan, unchecked, in the place of a model that was
  /// not trained for it.
  bool by_cubic_alone() const { return untrained() && !options_.self_check; }

  /// Makes the slices. Once, after self_check().
  void fill(const FillWatch& watch = {});
  /// Expected errors in steps of kErrorStep HU on the scan's grid, 0 in real slices; none unless
  /// FillOptions::error_map.
  const std::optional<data::Volume>& errors() const { return errors_; }

  /// What was done, as the record has it: "slices_before", "slices", "synthetic", "method",
  /// "made_by", "trained_for", "self_check", "uncertainty" (docs/audit/record.md).
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
  std::string sha256_;  // of the scan as it was read, where the self-check needs it
  std::vector<bool> cut_;
  data::Volume scan_;
  CheckedMethods by_;
  std::optional<SelfCheck> check_;
  std::optional<ErrorMap> map_;
  std::optional<data::Volume> errors_;
};

/// Errors of int16 in steps of this many HU: up to 4095.
inline constexpr double kErrorStep = 0.125;

}  // namespace train
