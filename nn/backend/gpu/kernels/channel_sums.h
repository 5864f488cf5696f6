// Sums over the pixels of a batch, one for each channel, in the order of the `cpu` backend: an
// image is cut into parts of equal numbers of pixels, a part is a chain of additions in float, and
// the parts of an image are added in double, in order.
//
// Block (part, group of channels): thread t follows channel 64 * block_y() + t through the pixels
// of the part. Threads that follow each other read values that follow each other.
#pragma once

#include "nn/backend/gpu/kernel.h"

namespace nn::gpu {

constexpr int kChannelThreads = 64;

struct ChannelParts {
  int images, image_pixels, channels;
  int part_pixels, per_image;  ///< pixels of a part; parts of an image

  /// Parts of `part_pixels` pixels.
  NN_HOST_DEVICE ChannelParts(int n, int pixels, int c, int part)
      : images(n),
        image_pixels(pixels),
        channels(c),
        part_pixels(part),
        per_image(ceil_div(pixels, part)) {}

  NN_HOST_DEVICE int parts() const { return images * per_image; }
};

/// The channel of the running thread.
GPU_DEVICE int own_channel() { return block_y() * kChannelThreads + thread_index(); }

/// sums[part, channel] = the chain of term(value) over the block's part, where `value` counts the
/// batch's values.
template <class F>
GPU_DEVICE void sum_part(const ChannelParts& s, float* sums, const F& term) {
  const int c = own_channel();
  if (c >= s.channels) return;
  const int part = block_x();
  const int image = part / s.per_image;
  const int begin = part % s.per_image * s.part_pixels;
  const int end = least(begin + s.part_pixels, s.image_pixels);
  float sum = 0;
  for (int p = begin; p < end; ++p) {
    sum = sum + term((image * s.image_pixels + p) * s.channels + c);
  }
  sums[part * s.channels + c] = sum;
}

/// The sum over an image, from those of its parts.
GPU_DEVICE double image_sum(const ChannelParts& s, const float* sums, int image, int channel) {
  double sum = 0;
  for (int part = 0; part < s.per_image; ++part) {
    sum += static_cast<double>(sums[(image * s.per_image + part) * s.channels + channel]);
  }
  return sum;
}

}  // namespace nn::gpu
