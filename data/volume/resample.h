// In-plane geometry of slices (N,H,W,C): area and box averaging, padding, cutting, mirroring.
#pragma once

#include <vector>

#include "nn/core/tensor.h"

namespace data {

/// Area averaging: each output pixel is the mean of the input over its own square, exact for any
/// ratio; enlarging repeats pixels.
nn::Tensor resized(const nn::Tensor& image, nn::index height, nn::index width);

/// The mean of (1,H,W,1) over that part of a square of side 2 * reach + 1 around (y, x) that lies
/// inside; and of the square around every pixel.
double box_mean_at(const nn::Tensor& image, nn::index y, nn::index x, nn::index reach);
nn::Tensor box_mean(const nn::Tensor& image, nn::index reach);

/// Grows to multiples of `multiple` by repeating the edge below and to the right.
nn::Tensor padded_to_multiple(const nn::Tensor& image, nn::index multiple);

/// The window with its first pixel at (top, left); `mirrored`: left and right exchanged.
nn::Tensor cropped(const nn::Tensor& image, nn::index top, nn::index left, nn::index height,
                   nn::index width, bool mirrored = false);

/// Stacks images (1,H,W,C) of one shape along N, or along channels.
nn::Tensor stacked(const std::vector<nn::Tensor>& images);
nn::Tensor channels_joined(const std::vector<nn::Tensor>& images);
/// Image n of a batch as (1,H,W,C).
nn::Tensor image_of(const nn::Tensor& batch, nn::index n);

}  // namespace data
