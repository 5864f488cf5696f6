// Translated pictures for the eye: a row for each, input | output | truth.
#pragma once

#include <span>

#include "data/draw/canvas.h"
#include "train/predict/translate.h"

namespace train {

/// Pictures of any sizes, grey or colour; those with a side above 512 pixels are shown smaller.
data::Canvas pair_montage(std::span<const Translation> rows);

}  // namespace train
