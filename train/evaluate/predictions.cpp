#include "train/evaluate/predictions.h"

#include "models/interpolators.h"
#include "train/program/progress.h"

namespace train {
namespace {

/// Least squares has its weights for middles; elsewhere cubic's stand in for them, and no report
/// shows it.
Predictions all_methods(const Model& model, data::Unit unit, const MissingSlice& m,
                        const nn::Tensor& predicted) {
  const data::KnownSlices& k = m.known;
  const models::Taps taps = m.t == 0.5 ? model.training().least_squares : models::cubic_taps(m.t);
  const nn::Tensor registered = method_without_network("registered", unit).predict({&m, 1}).front();
  return {predicted,
          predicted,  // where no self-check says otherwise
          models::nearest(k[1], k[2], m.t),
          models::linear(k[1], k[2], m.t),
          models::cubic(k[0], k[1], k[2], k[3], m.t),
          models::least_squares(k[0], k[1], k[2], k[3], taps),
          registered};
}

/// Its place in kMethods.
std::size_t method_number(Fallback fallback) {
  return fallback == Fallback::registered ? kMethodRegistered : kMethodCubic;
}

SliceDone shown_by(Progress& progress) {
  return [&](nn::index done) { progress.update(static_cast<std::uint64_t>(done)); };
}

}  // namespace

SelfCheck check_of_known(const LoadedScan& scan, const Model& model, nn::index factor,
                         bool untrained, Messages& messages) {
  const SourceInfo& info = scan.info;
  const data::ScanView known = scan.view.thinned(factor);
  const std::vector<bool> cut(nn::at(known.slices() - 1), true);
  const std::vector<bool> trained = data::every_nth(
      trained_targets(model, info.sha256, {1, info.height, info.width, 1}, info.slices), factor);
  const Method method = method_of(model);
  const SlicesToMake make = slices_to_make(known, cut, trained, method);
  std::vector<WorkPart> work = make.work(method);
  if (untrained) work.resize(1);
  Progress progress("self-check " + info.name, work, messages);
  if (untrained) return self_check_without_network(known, cut, shown_by(progress));
  return self_check(known, cut, trained, method, shown_by(progress));
}

TestMethods::TestMethods(const LoadedScan& scan, const Model& model, const Method& method,
                         const TestSlices& test, const std::optional<SelfCheck>& check,
                         Messages& messages)
    : model_(model), test_(test), check_(check), unit_(scan.view.unit) {
  if (test.filled) fill_scan(scan, method, messages);
}

void TestMethods::fill_scan(const LoadedScan& scan, const Method& method, Messages& messages) {
  const data::ScanView known = scan.view.thinned(test_.factor);
  const std::vector<nn::index> parts(nn::at(known.slices() - 1), test_.factor);
  const auto with_room = [&] { return data::volume_of(known, scan.info.name).refined(parts); };
  filled_ = with_room();
  const nn::index steps = filled_->slices() - 1;
  Progress progress("fill " + scan.info.name,
                    static_cast<std::uint64_t>(steps - steps / test_.factor), messages);
  fill(*filled_, method, shown_by(progress));
  if (!check_ || is_model_alone(*check_)) return;
  const CheckedMethods by =
      checked_methods(*check_, check_->network ? method : method_of(Fallback::registered, unit_));
  filled_checked_ = with_room();
  fill(*filled_checked_, by.methods, by.gaps, {});
}

std::vector<nn::Tensor> TestMethods::by_model(std::size_t first,
                                              std::span<const MissingSlice> group) const {
  if (!filled_) return model_.predict(group);
  std::vector<nn::Tensor> made;
  for (std::size_t i = 0; i < group.size(); ++i) {
    made.push_back(filled_->slice(test_.targets[first + i].target));
  }
  return made;
}

nn::Tensor TestMethods::with_check(const data::Triplet& target, const Predictions& made) const {
  if (filled_) return (filled_checked_ ? *filled_checked_ : *filled_).slice(target.target);
  if (!check_) return made[kMethodModel];
  const nn::Tensor& candidate = made[check_->network ? kMethodModel : kMethodRegistered];
  const nn::Tensor& baseline = made[method_number(check_->fallback)];
  return checked_slice(*check_, target.a() / test_.factor, candidate, baseline);
}

std::vector<Predictions> TestMethods::of(std::size_t first,
                                         std::span<const MissingSlice> group) const {
  const std::vector<nn::Tensor> made = by_model(first, group);
  std::vector<Predictions> all;
  for (std::size_t i = 0; i < group.size(); ++i) {
    all.push_back(all_methods(model_, unit_, group[i], made[i]));
    all.back()[kMethodChecked] = with_check(test_.targets[first + i], all.back());
  }
  return all;
}

}  // namespace train
