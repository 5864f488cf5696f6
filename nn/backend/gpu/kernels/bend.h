// relu and leaky_relu of one value, for kernels.
#pragma once

#include "nn/backend/gpu/kernel.h"

namespace nn::gpu {

/// `value` where `sign` is above 0, else slope * value. With `zero` it is 0 there, even where
/// `value` is infinite. The comparison with <= is false for NaN: so a NaN passes as it is.
struct Bend {
  float slope;
  bool zero;
  GPU_DEVICE float operator()(float sign, float value) const {
    return sign <= 0 ? (zero ? 0.0f : slope * value) : value;
  }
};

}  // namespace nn::gpu
