// ScanView: the slices of a scan that are known, as every method sees them. Training, evaluation
// and the self-check of `interpolate` read scans through it alone.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "data/slices/triplets.h"
#include "data/volume/volume.h"
#include "nn/core/tensor.h"

namespace data {

/// outer0, A, C, outer1: (1,H,W,1) each, in HU or grey levels, clamped to [-1024, 3071] if in HU.
using KnownSlices = std::array<nn::Tensor, 4>;

/// Slice k as every method sees it: HU clamped to [-1024, 3071], a scanner's padding taken for air;
/// grey levels without burned-in text.
nn::Tensor known_slice(const Volume& volume, nn::index k);

/// The numbers of the slices that were measured: all but those that `origins` calls synthetic.
std::vector<nn::index> measured_slices(const Volume& volume);

/// The known slices of a scan. They are numbered from 0, whatever lies between them in the scan.
struct ScanView {
  std::function<nn::Tensor(nn::index)> slice;  ///< (1,H,W,1), as known_slice() gives it
  std::vector<Position> positions;             ///< of each slice, mm
  Unit unit = Unit::hu;
  std::vector<std::uint8_t> text;  ///< 1 for each pixel with burned-in text; empty: none

  nn::index slices() const { return static_cast<nn::index>(positions.size()); }
  nn::Shape shape() const { return slice(0).shape(); }  ///< of each slice; needs one
  bool hu() const { return unit == Unit::hu; }

  /// The known slices around a target, by known_slices() of triplets.h.
  KnownSlices around(const Triplet& t) const;
  /// From A to C, mm.
  double gap(const Triplet& t) const;

  /// Every n-th slice, as if the others did not exist: what a test leaves known.
  ScanView thinned(nn::index n) const;
};

/// Every n-th entry of a list with one entry a slice.
template <class T>
std::vector<T> every_nth(const std::vector<T>& all, nn::index n) {
  std::vector<T> kept;
  for (std::size_t k = 0; k < all.size(); k += static_cast<std::size_t>(n)) kept.push_back(all[k]);
  return kept;
}

/// The measured slices of a scan, refined or not. Reads a slice each time that it is asked for:
/// the scan must outlive the view.
ScanView view_of(const Volume& scan);

/// All slices of a scan, resampled to size x size unless that is 0. They are held in memory, and
/// the scan is needed no longer. A pixel of a resampled slice has text where one of its parts has.
ScanView loaded_view(const Volume& scan, nn::index size);

/// The known slices as a scan of float32 at their positions. `source`: the name that its errors
/// give. Input error for a scan beyond kMaxAxis and kMaxVoxels.
Volume volume_of(const ScanView& view, const std::string& source);

}  // namespace data
