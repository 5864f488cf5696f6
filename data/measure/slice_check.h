// What every picture and every metric asks of a slice before it looks at it.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/tensor.h"

namespace data {

// Which pixels of a CT slice belong to the patient.

/// One byte per pixel, 1 in the body: above -500 HU, of that the largest 4-connected region, with
/// its holes (lungs, bowel gas) filled. Drops table and blanket where they do not touch the patient
/// in the slice, and also arms that lie apart. All 0 if nothing is above -500 HU. Throws nn::Error
/// unless `truth` is one slice (1,H,W,1) of finite values in HU.
std::vector<std::uint8_t> body_mask(const nn::Tensor& truth);

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
