#include "train/evaluate/checked.h"

namespace train {

SelfCheck check_known_slices(const PreparedScan& scan, nn::index factor, const Method& model,
                             const std::vector<bool>& trained, const SliceDone& done) {
  const auto all = [&](nn::index k) { return static_cast<std::size_t>(k * factor); };
  KnownScan known;
  known.slice = [&](nn::index k) { return scan.slices[all(k)]; };
  known.unit =
      scan.info.unit == data::to_string(data::Unit::hu) ? data::Unit::hu : data::Unit::grey8;
  known.text = scan.text;
  std::vector<bool> targets;
  for (nn::index k = 0; all(k) < scan.slices.size(); ++k) {
    known.positions.push_back(scan.positions[all(k)]);
    if (!trained.empty()) targets.push_back(trained[all(k)]);
  }
  const std::vector<bool> cut(known.positions.size() - 1, true);
  return self_check(known, cut, targets, model, done);
}

}  // namespace train
