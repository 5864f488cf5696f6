// What every picture and every metric asks of a slice before it looks at it.
#pragma once

#include <cmath>
#include <string>

#include "nn/core/error.h"
#include "nn/core/tensor.h"

namespace data {

/// Throws unless `slice` is (1,H,W,1) with at least one pixel and only finite values.
inline void require_slice(const std::string& where, const nn::Tensor& slice) {
  const nn::Shape& s = slice.shape();
  nn::require(!slice.empty() && s.n == 1 && s.c == 1 && s.numel() > 0, where,
              "a tensor of " + nn::to_string(s), "one slice, 1xHxWx1");
  for (const nn::real value : slice.values()) {
    if (std::isfinite(value)) continue;
    throw nn::Error(nn::Fault::input, where, "a value that is not finite", "finite values in HU",
                    "a network that returns them has diverged");
  }
}

inline void require_same_shape(const std::string& where, const nn::Tensor& a, const nn::Tensor& b) {
  nn::require(a.shape() == b.shape(), where,
              "slices of " + nn::to_string(a.shape()) + " and " + nn::to_string(b.shape()),
              "slices of one shape");
}

}  // namespace data
