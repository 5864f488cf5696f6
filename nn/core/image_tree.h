// The order in which the sums of a batch's images are added.
//
// Every sum over a batch (a gradient of weights, a loss, a mean) is formed for each image by
// itself, and the images' sums are added in a binary tree that follows from their number alone:
//
//   4 images   (0 + 1) + (2 + 3)
//   5 images   ((0 + 1) + (2 + 3)) + 4
//   7 images   ((0 + 1) + (2 + 3)) + ((4 + 5) + 6)
//
// The left side takes the largest power of two below the number of images. So images 0 to 1, 2 to
// 3, 0 to 3, 4 to 7 and so on are always a tree of their own: whoever has such a group of images
// can add them up alone, and all groups together give the same bits
// (docs/audit/reproducibility.md).
#pragma once

#include "nn/core/real.h"

namespace nn {

/// How many of `images` are on the left side of the tree; `images` is at least 2.
constexpr index left_images(index images) {
  index left = 1;
  while (2 * left < images) left *= 2;
  return left;
}

/// The sum of of_image(first), ..., of_image(first + images - 1), numbers.
template <class F>
auto sum_images(index first, index images, const F& of_image) {
  if (images == 1) return of_image(first);
  const index left = left_images(images);
  const auto left_sum = sum_images(first, left, of_image);
  return left_sum + sum_images(first + left, images - left, of_image);
}

/// The same for sums that are whole blocks of numbers, which lie in a few slots. sum(image, slot,
/// joins) is called for one image after the other. It forms the image's sum, adds it to the `joins`
/// sums that wait for it, in slots slot + joins - 1, ..., slot + 1, slot in this order, and leaves
/// the result in `slot`. The total is in slot 0, and comes with the last image.
template <class Sum>
void walk_images(index first, index images, const Sum& sum, index slot = 0, index joins = 0) {
  if (images == 1) return sum(first, slot, joins);
  const index left = left_images(images);
  walk_images(first, left, sum, slot + joins, 0);
  walk_images(first + left, images - left, sum, slot, joins + 1);
}

/// How many slots are used where an image's sum is formed in one of its own, slot + joins: 1 for
/// one image, 2 for 2 or 3, 3 for 4 to 7, and so on.
constexpr index tree_slots(index images) {
  index slots = 1;
  for (; images > 1; images /= 2) ++slots;
  return slots;
}

}  // namespace nn
