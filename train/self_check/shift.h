// Does a network shift even soft tissue in the very gaps that it is to fill? Hidden slices cannot
// say: they lie in gaps twice as wide. Where tissue is even there is nothing to interpolate, so
// cubic interpolation is right but for noise, and no truth is needed. docs/audit/self-check.md.
#pragma once

#include <optional>
#include <vector>

#include "train/self_check/hidden.h"

namespace train {

struct SoftShift {
  nn::index gaps = 0;    ///< in which it was looked for
  nn::index pixels = 0;  ///< of even soft tissue in them
  double median = 0;     ///< of network - cubic over these pixels, HU
};

/// A network that shifts soft tissue by more is not used: the tolerance of the CT number of water
/// in IEC 61223-3-5 (acceptance tests of CT scanners).
inline constexpr double kMostShift = 4;

/// With fewer pixels the median says little.
inline constexpr nn::index kFewestEven = 1000;

/// Middles of at most so many gaps are made, evenly spread.
inline constexpr nn::index kMostProbed = 16;

/// Which gaps, in order: kMostProbed of those that are cut.
std::vector<nn::index> gaps_to_probe(const std::vector<bool>& cut);

/// Makes the middles of these gaps by `model` and by cubic interpolation. A pixel is even soft
/// tissue where all of the 5 x 5 around it are soft in both slices that bound the gap. None for a
/// scan that is not in HU and for fewer than kFewestEven pixels. The model's slices are added to
/// `made`, if that is not null. `done`: as in hide_and_make().
std::optional<SoftShift> soft_shift(const data::ScanView& scan, const std::vector<nn::index>& gaps,
                                    const Method& model, std::vector<MadeMiddle>* made,
                                    const SliceDone& done);

}  // namespace train
