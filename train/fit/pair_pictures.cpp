#include "train/fit/pair_pictures.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "data/files/atomic_file.h"
#include "data/measure/slice_check.h"
#include "data/slices/scan_view.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "train/recipe/scan_profile.h"

namespace train {
namespace {

/// Evenly spread from black to white.
std::uint8_t level_of(std::size_t tissue) {
  return static_cast<std::uint8_t>(255 * tissue / (kProfileTissues - 1));
}

double body_share(const nn::Tensor& slice) {
  const std::vector<std::uint8_t> body = data::body_mask(slice);
  return static_cast<double>(std::count(body.begin(), body.end(), 1)) /
         static_cast<double>(body.size());
}

}  // namespace

data::Image8 pair_picture(const nn::Tensor& slice, const data::Window& shown) {
  const nn::index height = slice.shape().h;
  const nn::index width = slice.shape().w;
  const std::vector<std::uint8_t> grey = data::to_grey(slice, shown);
  data::Image8 pair{2 * width, height, 1, {}};
  pair.bytes.reserve(2 * grey.size());
  for (nn::index y = 0; y < height; ++y) {
    for (nn::index x = 0; x < width; ++x) {
      const nn::real hu = slice.data()[y * width + x];
      pair.bytes.push_back(level_of(tissue_at(static_cast<double>(hu))));
    }
    const auto row = grey.begin() + y * width;
    pair.bytes.insert(pair.bytes.end(), row, row + width);
  }
  return pair;
}

nn::index write_pairs(const std::string& folder, const data::Volume& scan,
                      const data::Window& shown, bool force) {
  nn::require(scan.unit == data::Unit::hu, scan.source, data::to_string(scan.unit), "HU",
              "give a scan in HU: it tells the tissues apart");
  data::AtomicFolder out(folder, "slice_", ".png", force);
  std::vector<nn::index> written(static_cast<std::size_t>(scan.slices()), 0);
  nn::parallel_for(scan.slices(), [&](nn::index k) {
    const nn::Tensor slice = data::known_slice(scan, k);
    if (body_share(slice) < kLeastBody) return;
    const data::Image8 pair = pair_picture(slice, shown);
    char name[32];
    std::snprintf(name, sizeof name, "/slice_%04lld.png", static_cast<long long>(k));
    data::write_png(out.folder() + name, pair.width, pair.height, 1, pair.bytes, false);
    written[static_cast<std::size_t>(k)] = 1;
  });
  const auto count = static_cast<nn::index>(std::count(written.begin(), written.end(), 1));
  nn::require(count > 0, scan.source, "no slice with a body on 5 % of it", "one or more",
              "look at the scan: ct2ct reformat SCAN --plane slices --out slices.png");
  out.commit();
  return count;
}

}  // namespace train
