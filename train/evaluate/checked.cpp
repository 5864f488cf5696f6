#include "train/evaluate/checked.h"

namespace train {

TestedScan tested(const PreparedScan& scan, nn::index factor, const std::vector<bool>& trained) {
  const auto all = [factor](nn::index k) { return static_cast<std::size_t>(k * factor); };
  TestedScan test;
  test.known.slice = [&scan, all](nn::index k) { return scan.slices[all(k)]; };
  test.known.unit =
      scan.info.unit == data::to_string(data::Unit::hu) ? data::Unit::hu : data::Unit::grey8;
  test.known.text = scan.text;
  for (nn::index k = 0; all(k) < scan.slices.size(); ++k) {
    test.known.positions.push_back(scan.positions[all(k)]);
    if (!trained.empty()) test.trained.push_back(trained[all(k)]);
  }
  test.cut.assign(test.known.positions.size() - 1, true);
  return test;
}

}  // namespace train
