// A scan with more slices: real ones untouched and in place, synthetic ones between them.
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

/// In gaps wider than this, mm, slices show each other the way: MissingSlice::way. In narrower ones
/// movement is found as well without (docs/learn/registration.md).
inline constexpr double kLongWay = 8;

/// A slice (1,H,W,1), and by how much each of its pixels is expected to be off, in its unit.
struct Estimate {
  nn::Tensor slice;
  nn::Tensor error;
};

/// A way to make slices from known ones.
struct Method {
  std::string name;  ///< goes into the SliceOrigin of what it makes
  /// It knows no position but the middle: parts of 2, 4 and 8 alone can be made, recursively.
  bool middles_only = false;
  /// The missing slice (1,H,W,1) for each entry; all are of one shape.
  std::function<std::vector<nn::Tensor>(std::span<const MissingSlice>)> predict;
  /// Takes slices that it has made for known ones, pass by pass (see fill()). Else every slice is
  /// made from real ones.
  bool recursive = false;
  bool weights = false;  ///< uses the weights of a model
  /// Of a network: the slices of `predict`, and where its two answers disagree.
  std::function<std::vector<BothOrders>(std::span<const MissingSlice>)> predict_both = {};
  /// Once it was calibrated (train/self_check/error_map.h): the slices and their expected errors.
  std::function<std::vector<Estimate>(std::span<const MissingSlice>)> estimate = {};
  /// Of a network: the narrowest distance in mm between A and C that it was trained on.
  std::optional<double> narrowest_gap = {};
  /// How long a slice takes, compared with registration's 1: a rough guess, for the time left
  /// alone.
  double cost = 0.05;

  bool in_passes() const { return recursive || middles_only; }
};

/// By which of several methods the slices of one gap are made, and how far they are expected to be
/// off: SliceOrigin::expected_error.
struct GapMethod {
  std::size_t method = 0;
  std::optional<double> expected_error = {};
};

/// "registered", "cubic", "linear" or "nearest"; with anything else an input error. Only the first
/// asks for the unit.
Method method_without_network(const std::string& name, data::Unit unit = data::Unit::hu);
/// Keeps a reference to the model.
Method method_of(const Model& model, bool recursive = false);

/// Whether `method` can make all slices of a gap that is cut into so many parts.
bool can_cut(const Method& method, nn::index parts);

/// Input error when `method` cannot cut gaps into these numbers of parts.
void require_parts(const Method& method, const Plan& plan);

/// Called after each group of slices that are made together, with how many are done.
using SliceDone = std::function<void(nn::index done)>;

/// What fill() will do, in order, for a time left: slices, and their method's cost.
std::vector<WorkPart> work_of_fill(const data::Volume& scan, std::span<const Method> methods,
                                   std::span<const GapMethod> gaps);

/// Makes the slices of a Volume::refined() scan that its `origins` call synthetic. Each lies
/// between two real slices, A and C, and is made from them and the slices beyond
/// (data/slices/triplets.h says when those count; at the ends of the scan, and where they do not, A
/// and C stand in for them). Where both neighbours hold a scanner's padding, so does the slice
/// between them. Memory beyond the scan does not grow with the number of slices: the method is
/// given images_at_once(). It goes in passes: first the slice in the middle of each gap, or where
/// the number of parts is odd the two beside it; then those in the middle of what is left, and so
/// on. A recursive method takes the slices of earlier passes for known. Any other is given real
/// ones in every pass, and in gaps beyond kLongWay one of an earlier pass as MissingSlice::way.
/// `gaps`: one entry for each gap between real slices, in order. Sets method, weights and expected
/// error in `origins`.
/// `errors`: null, or a scan on the same grid that takes the expected errors of the synthetic
/// slices, 0 in padding; then each method has to have an `estimate`. What is made from slices that
/// are made themselves is expected to be off by its own estimate and, as if independent of it, by
/// (1 - t) and t of theirs (docs/audit/uncertainty.md).
void fill(data::Volume& scan, std::span<const Method> methods, std::span<const GapMethod> gaps,
          const SliceDone& done, data::Volume* errors = nullptr);
/// The same with one method for all gaps.
void fill(data::Volume& scan, const Method& method, const SliceDone& done);

/// The scan cut as planned, and filled.
data::Volume interpolate(const data::Volume& volume, const Plan& plan, const Method& method,
                         const SliceDone& done);

}  // namespace train
