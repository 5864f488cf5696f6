// Makes the synthetic slices of a scan. Real slices keep their values and places.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/volume/volume.h"
#include "train/predict/model_file.h"
#include "train/predict/plan.h"
#include "train/program/time_left.h"

namespace train {

/// In gaps wider than this, in mm, earlier slices guide registration: MissingSlice::way. In
/// narrower gaps registration works as well without a guide (docs/learn/registration.md).
inline constexpr double kLongWay = 8;

/// A slice (1,H,W,1), and the expected error of each of its pixels, in the slice's unit.
struct Estimate {
  nn::Tensor slice;
  nn::Tensor error;
};

/// How a method registers slices.
struct Registering {
  models::RegistrationRule rule = models::kFreeRule;
  models::RegisteredRange range = {};

  bool operator==(const Registering& other) const {
    return rule == other.rule && range.low == other.range.low && range.high == other.range.high;
  }
};

/// A way to make slices from known ones.
struct Method {
  std::string name;  ///< SliceOrigin::method of the slices that it makes
  /// It makes slices in the middle of a gap only. So it can cut a gap into 2, 4 or 8 parts, pass by
  /// pass.
  bool middles_only = false;
  /// The missing slice (1,H,W,1) for each entry; all are of one shape.
  std::function<std::vector<nn::Tensor>(std::span<const MissingSlice>)> predict;
  /// True: slices of earlier passes count as known (see fill()). False: every slice is made from
  /// real ones.
  bool recursive = false;
  bool weights = false;  ///< uses the weights of a model
  /// For a network: the slices of `predict`, and where its two answers disagree.
  std::function<std::vector<BothOrders>(std::span<const MissingSlice>)> predict_both = {};
  /// The slices and their expected errors; set by calibration (train/self_check/error_map.h).
  std::function<std::vector<Estimate>(std::span<const MissingSlice>)> estimate = {};
  /// Set where its slices begin with registration: then it takes MissingSlice::registered, which
  /// must be made in this way, if that is set.
  std::optional<Registering> registering = {};
  /// For a network: the narrowest distance in mm between A and C that it was trained on.
  std::optional<double> narrowest_gap = {};
  /// How long a slice takes, compared with 1 for registration by rule demons: a rough guess, for
  /// the time left alone.
  double cost = 0.05;

  bool in_passes() const { return recursive || middles_only; }
};

/// The method that makes the slices of one gap (an index into a list of methods), and
/// SliceOrigin::expected_error of these slices.
struct GapMethod {
  std::size_t method = 0;
  std::optional<double> expected_error = {};
};

/// The method "registered", "cubic", "linear" or "nearest"; input error for another name. Only
/// "registered" uses the unit.
Method method_without_network(const std::string& name, data::Unit unit = data::Unit::hu);
/// The method that uses a network. Keeps a reference to the model.
Method method_of(const Model& model, bool recursive = false);

/// `missing` with MissingSlice::registered set, if both methods register in the same way, so that
/// it is done once. A slice with a MissingSlice::way stays as it is, since not all methods use
/// that.
std::vector<MissingSlice> registered_once(std::span<const MissingSlice> missing, const Method& one,
                                          const Method& other);

/// Whether `method` can make all slices of a gap that is cut into this many parts.
bool can_cut(const Method& method, nn::index parts);

/// Input error if `method` cannot cut gaps as `plan` says.
void require_parts(const Method& method, const Plan& plan);

/// The middle of the gap after real slice `gap`, `mm` wide, as a network has made it.
struct MadeMiddle {
  nn::index gap = 0;
  double mm = 0;
  nn::Tensor slice;
};

/// Called after each group of slices that are made together, with how many are done.
using SliceDone = std::function<void(nn::index done)>;

/// What fill() will do, in order, for a time left: slices, and their method's cost.
std::vector<WorkPart> work_of_fill(const data::Volume& scan, std::span<const Method> methods,
                                   std::span<const GapMethod> gaps);

/// Makes the slices of a Volume::refined() scan that its `origins` call synthetic. Each lies
/// between two real slices A and C, and is made from these and one outer slice on each side. If an
/// outer slice is missing or does not count (data/slices/triplets.h), A or C is used in its place.
/// Where A and C both hold a scanner's padding, so does the new slice. The method is given
/// images_at_once() slices, so memory beyond the scan does not grow with the number of slices.
/// The work goes in passes. The first makes the slice in the middle of each gap, or the two beside
/// the middle if the number of parts is odd; the next does the same in the smaller gaps, and so on.
/// A recursive method treats slices of earlier passes as known. Any other method always gets real
/// slices; in gaps beyond kLongWay it also gets a slice of an earlier pass as MissingSlice::way.
/// `gaps`: one entry for each gap between real slices, in order. Sets method, weights and expected
/// error in `origins`.
/// `errors`: null, or a scan on the same grid that receives the expected errors of the synthetic
/// slices, 0 in padding; then each method must have an `estimate`. The error of a slice made from
/// synthetic neighbours combines its own estimate with (1 - t) and t times theirs, as if
/// independent (docs/audit/uncertainty.md).
/// `made`: middles of gaps that the network has made already. They are taken where it makes the
/// slice from real ones in a gap of that width.
void fill(data::Volume& scan, std::span<const Method> methods, std::span<const GapMethod> gaps,
          const SliceDone& done, data::Volume* errors = nullptr,
          std::span<const MadeMiddle> made = {});
/// The same with one method for all gaps.
void fill(data::Volume& scan, const Method& method, const SliceDone& done);

/// The scan cut as planned, and filled.
data::Volume interpolate(const data::Volume& volume, const Plan& plan, const Method& method,
                         const SliceDone& done);

}  // namespace train
