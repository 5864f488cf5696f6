// A slice as every method sees it, and the four slices around one that is missing.
#pragma once

#include <array>

#include "data/volume/volume.h"
#include "nn/core/tensor.h"

namespace data {

/// outer0, A, C, outer1: (1,H,W,1) each, in HU or grey levels, clamped to [-1024, 3071] if in HU.
using KnownSlices = std::array<nn::Tensor, 4>;

/// Slice k as every method sees it: HU clamped to [-1024, 3071], a scanner's padding taken for air;
/// grey levels without burned-in text.
nn::Tensor known_slice(const Volume& volume, nn::index k);

}  // namespace data
