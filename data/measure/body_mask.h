// Which pixels of a CT slice belong to the patient.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/core/tensor.h"

namespace data {

/// One byte per pixel, 1 in the body: above -500 HU, of that the largest 4-connected region, with
/// its holes (lungs, bowel gas) filled. Drops table and blanket where they do not touch the patient
/// in the slice, and also arms that lie apart. All 0 if nothing is above -500 HU. Throws nn::Error
/// unless `truth` is one slice (1,H,W,1) of finite values in HU.
std::vector<std::uint8_t> body_mask(const nn::Tensor& truth);

}  // namespace data
