// In-plane geometry of slices (N,H,W,C): area and box averaging, padding, cutting, mirroring.
#pragma once

#include <vector>

#include "nn/core/tensor.h"

namespace data {

/// Area averaging: each output pixel is the mean of the input over the rectangle that it covers,
/// exact for any ratio. Enlarging repeats pixels.
nn::Tensor resized(const nn::Tensor& image, nn::index height, nn::index width);

/// The mean of (1,H,W,1) over the square of side 2 * reach + 1 around (y, x). Only pixels inside
/// the image count.
double box_mean_at(const nn::Tensor& image, nn::index y, nn::index x, nn::index reach);
/// box_mean_at() for every pixel.
nn::Tensor box_mean(const nn::Tensor& image, nn::index reach);

/// Enlarges height and width to multiples of `multiple`. Repeats the last row and the last column.
nn::Tensor padded_to_multiple(const nn::Tensor& image, nn::index multiple);

/// Cuts out height x width pixels from (top, left) on. `mirrored`: left and right exchanged.
nn::Tensor cropped(const nn::Tensor& image, nn::index top, nn::index left, nn::index height,
                   nn::index width, bool mirrored = false);

/// Stacks images (1,H,W,C) of one shape along N, or along channels.
nn::Tensor stacked(const std::vector<nn::Tensor>& images);
nn::Tensor channels_joined(const std::vector<nn::Tensor>& images);
/// Image n of a batch as (1,H,W,C).
nn::Tensor image_of(const nn::Tensor& batch, nn::index n);

}  // namespace data
