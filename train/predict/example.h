// What a generator sees for one missing slice; the same in training, evaluation and interpolation.
#pragma once

#include <array>

#include "data/volume.h"
#include "nn/core/tensor.h"
#include "train/recipe.h"

namespace train {

/// outer0, A, C, outer1: (1,H,W,1) each, in HU or grey levels, clamped to [-1024, 3071] if in HU.
using KnownSlices = std::array<nn::Tensor, 4>;

/// Slice k as every method sees it: HU clamped to [-1024, 3071], a scanner's padding taken for air;
/// grey levels without burned-in text.
nn::Tensor known_slice(const data::Volume& volume, nn::index k);

struct NetworkInput {
  nn::Tensor input;  ///< (1,H,W,in_channels), network units, clipped to the recipe's window
  nn::Tensor base;   ///< (1,H,W,1), cubic interpolation in network units; empty unless residual
};

/// Throws an input error for InputKind::picture, which knows no slices, and for identity, which
/// would need the slice that is asked for.
NetworkInput network_input(const Recipe& recipe, const KnownSlices& known);

}  // namespace train
