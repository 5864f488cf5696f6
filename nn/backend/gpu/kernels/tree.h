// The sum over images in the order of nn/core/image_tree.h, for kernels.
#pragma once

#include "nn/backend/gpu/kernel.h"

namespace nn::gpu {

/// The sum of of_image(first), ..., of_image(first + images - 1). Sums that wait for their right
/// side are kept in order. The tree is that of a binary counter: an image's sum joins as many of
/// them as its number, counted from `first`, ends in ones.
template <class T, class F>
GPU_DEVICE T tree_sum(int first, int images, const F& of_image) {
  T waiting[32];
  int count = 0;
  for (int n = 0; n < images; ++n) {
    T sum = of_image(first + n);
    for (int ones = n; ones % 2 == 1; ones /= 2) sum = waiting[--count] + sum;
    waiting[count++] = sum;
  }
  T sum = waiting[--count];
  while (count > 0) sum = waiting[--count] + sum;
  return sum;
}

}  // namespace nn::gpu
