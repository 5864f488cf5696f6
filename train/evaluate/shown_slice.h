// A slice of a test to look at: what was known, what was true, what two methods made of it.
#pragma once

#include <string>

#include "nn/core/tensor.h"

namespace train {

/// Five tensors of one shape (1,H,W,1) in HU and a name for the block, such as "slice 37, z = 112.5
/// mm".
struct ShownSlice {
  nn::Tensor a;
  nn::Tensor c;
  nn::Tensor truth;
  nn::Tensor prediction;
  nn::Tensor cubic;
  std::string title;
};

}  // namespace train
