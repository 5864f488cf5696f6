#include "train/recipe/scan_profile.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "data/measure/slice_check.h"
#include "data/slices/scan_view.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace train {
namespace {

constexpr nn::real kAirBelow = -500;

/// Numbers of pixels: sums of whole numbers do not depend on their order.
struct Counts {
  nn::index pixels = 0, air = 0, body = 0;
  std::array<nn::index, kProfileTissues> tissues{};
};

Counts counts_of(const nn::Tensor& slice) {
  const std::vector<std::uint8_t> body = data::body_mask(slice);
  Counts c;
  c.pixels = slice.numel();
  for (nn::index i = 0; i < slice.numel(); ++i) {
    const nn::real hu = slice.data()[i];
    if (hu < kAirBelow) ++c.air;
    if (body[static_cast<std::size_t>(i)] == 0) continue;
    ++c.body;
    ++c.tissues[tissue_at(static_cast<double>(hu))];
  }
  return c;
}

double share(nn::index part, nn::index whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

void require_share(double value) {
  nn::require(value >= 0 && value <= 1, "profile", std::to_string(value), "a share from 0 to 1");
}

}  // namespace

std::size_t tissue_at(double hu) {
  const auto* above = std::upper_bound(kProfileEdges.begin(), kProfileEdges.end(), hu);
  return static_cast<std::size_t>(above - kProfileEdges.begin());
}

ScanProfile profile_of(const data::Volume& volume) {
  nn::require(volume.unit == data::Unit::hu, volume.source, "values that are not in HU", "HU");
  const nn::index slices = volume.slices();
  const nn::index count = std::min(slices, kProfileSlices);
  std::vector<Counts> each(static_cast<std::size_t>(count));
  nn::parallel_for(count, [&](nn::index i) {
    const nn::index k = (2 * i + 1) * slices / (2 * count);
    each[static_cast<std::size_t>(i)] = counts_of(data::known_slice(volume, k));
  });
  Counts all;
  for (const Counts& c : each) {
    all.pixels += c.pixels;
    all.air += c.air;
    all.body += c.body;
    for (std::size_t t = 0; t < kProfileTissues; ++t) all.tissues[t] += c.tissues[t];
  }
  ScanProfile p;
  p.pixel_spacing = {volume.spacing[static_cast<std::size_t>(volume.row_axis())],
                     volume.spacing[static_cast<std::size_t>(volume.column_axis())]};
  p.air = share(all.air, all.pixels);
  for (std::size_t t = 0; t < kProfileTissues; ++t) p.tissues[t] = share(all.tissues[t], all.body);
  return p;
}

double tissue_distance(const ScanProfile& a, const ScanProfile& b) {
  double common = 0;
  for (std::size_t t = 0; t < kProfileTissues; ++t) {
    common += std::sqrt(a.tissues[t] * b.tissues[t]);
  }
  return std::sqrt(std::max(0.0, 1 - common));
}

void to_json(nlohmann::json& j, const ScanProfile& p) {
  j = {{"pixel_spacing", p.pixel_spacing}, {"air", p.air}, {"tissues", p.tissues}};
}

void from_json(const nlohmann::json& j, ScanProfile& p) {
  j.at("pixel_spacing").get_to(p.pixel_spacing);
  j.at("air").get_to(p.air);
  j.at("tissues").get_to(p.tissues);
  for (const double mm : p.pixel_spacing) {
    nn::require(mm > 0, "profile", std::to_string(mm), "a length in mm above 0");
  }
  require_share(p.air);
  for (const double tissue : p.tissues) require_share(tissue);
}

}  // namespace train
