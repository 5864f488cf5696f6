#include "data/slices/scan_view.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "data/pictures/overlay.h"
#include "data/volume/normalise.h"
#include "data/volume/resample.h"

namespace data {
namespace {

using nn::at;

/// 1 for each pixel that a masked one has a share in.
std::vector<std::uint8_t> resized_mask(const std::vector<std::uint8_t>& mask, const Volume& volume,
                                       nn::index size) {
  if (size == 0) return mask;
  nn::Tensor whole({1, volume.height(), volume.width(), 1});
  std::copy(mask.begin(), mask.end(), whole.data());
  const nn::Tensor shares = resized(whole, size, size);
  std::vector<std::uint8_t> small;
  for (const nn::real share : shares.values()) small.push_back(share > 0 ? 1 : 0);
  return small;
}

}  // namespace

nn::Tensor known_slice(const Volume& volume, nn::index k) {
  nn::Tensor slice = volume.slice(k);
  if (volume.overlay) volume.overlay->hide(slice);
  if (volume.unit != Unit::hu) return slice;
  nn::Tensor known = clamped(slice, kLowestHu, kHighestHu);
  if (!volume.padding) return known;
  for (nn::index i = 0; i < slice.numel(); ++i) {
    if (volume.padding->holds(slice.data()[i])) {
      known.data()[i] = static_cast<nn::real>(kLowestHu);
    }
  }
  return known;
}

std::vector<nn::index> measured_slices(const Volume& volume) {
  std::vector<nn::index> measured;
  for (nn::index k = 0; k < volume.slices(); ++k) {
    if (!volume.origin(k).synthetic()) measured.push_back(k);
  }
  return measured;
}

KnownSlices ScanView::around(const Triplet& t) const {
  const std::array<nn::index, 4> numbers = known_slices(t, slices(), positions);
  KnownSlices known;
  for (std::size_t i = 0; i < numbers.size(); ++i) known[i] = slice(numbers[i]);
  return known;
}

double ScanView::gap(const Triplet& t) const {
  return distance(positions[at(t.a())], positions[at(t.c())]);
}

ScanView ScanView::thinned(nn::index n) const {
  return {[whole = slice, n](nn::index k) { return whole(k * n); }, every_nth(positions, n), unit,
          text};
}

ScanView view_of(const Volume& scan) {
  const std::vector<nn::index> measured = measured_slices(scan);
  ScanView view;
  for (const nn::index k : measured) view.positions.push_back(scan.position(k));
  view.slice = [&scan, measured](nn::index k) { return known_slice(scan, measured[at(k)]); };
  view.unit = scan.unit;
  if (scan.overlay) view.text = scan.overlay->mask();
  return view;
}

ScanView loaded_view(const Volume& scan, nn::index size) {
  ScanView view;
  auto slices = std::make_shared<std::vector<nn::Tensor>>();
  for (nn::index k = 0; k < scan.slices(); ++k) {
    const nn::Tensor slice = known_slice(scan, k);
    slices->push_back(size > 0 ? resized(slice, size, size) : slice);
    view.positions.push_back(scan.position(k));
  }
  view.slice = [slices = std::move(slices)](nn::index k) { return (*slices)[at(k)]; };
  view.unit = scan.unit;
  if (scan.overlay) view.text = resized_mask(scan.overlay->mask(), scan, size);
  return view;
}

Volume volume_of(const ScanView& view, const std::string& source) {
  const nn::Shape shape = view.shape();
  Volume v;
  v.source = source;
  v.unit = view.unit;
  v.type = StoredType::float32;
  v.dims = {shape.w, shape.h, view.slices()};
  v.stored.resize(checked_bytes(v.dims, v.type, v.source));
  for (nn::index k = 0; k < view.slices(); ++k) v.set_slice(k, view.slice(k));
  v.positions = view.positions;
  return v;
}

}  // namespace data
