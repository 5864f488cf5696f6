// Loops that every elementwise kernel and every reduction shares. Chunks are fixed, and partial
// sums are combined in order, so no result depends on the number of threads.
#pragma once

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "nn/backend/backend.h"
#include "nn/core/buffer_pool.h"
#include "nn/core/image_tree.h"
#include "nn/core/parallel.h"

namespace nn::cpu {

inline constexpr index kChunk = 16384;
/// Partial sums run in 16 lanes on every instruction set.
inline constexpr index kLanes = 16;

inline index ceil_div(index a, index b) { return (a + b - 1) / b; }

/// How many tasks a kernel is cut into at least, where there is a choice: several for each thread,
/// so that all end at about the same time. A single thread gathers and packs everything once.
inline index tasks_wanted() { return threads() == 1 ? 1 : index{4} * threads(); }

/// Memory that a thread keeps, one of four; grows to the largest and stays. 0 to 2 are for the
/// strips of a task; 3 is for what all tasks of a kernel share, asked for before they start.
inline float* thread_scratch(std::size_t slot, index count) {
  struct Buffer {
    std::shared_ptr<float> values;
    index count = 0;
  };
  static thread_local std::array<Buffer, 4> buffers;
  Buffer& buffer = buffers[slot];
  if (buffer.count < count) {
    buffer = {};  // first, or both would be there at once
    buffer = {BufferPool::workspace(count), count};
  }
  return buffer.values.get();
}

/// dst[i] = value(i) or dst[i] += value(i).
template <class F>
void store(Destination out, const F& value) {
  float* dst = out.tensor->data();
  const bool set = out.write == Write::set;
  parallel_chunks(out.tensor->numel(), kChunk, [&](index begin, index end) {
    // A copy of what it captured, on this stack: a store to dst cannot change that, so it stays in
    // registers and the loop becomes vectors.
    const F at = value;
    if (set) {
      for (index i = begin; i < end; ++i) dst[i] = at(i);
    } else {
      for (index i = begin; i < end; ++i) dst[i] += at(i);
    }
  });
}

template <class F>
void store(Tensor& out, const F& value) {
  store(Destination{&out, Write::set}, value);
}

/// Sum of term(i) over the values of a batch of shape `s`. Within an image: float lanes in a part,
/// double across parts, which never cross an image. Images are added in double.
template <class F>
double sum_of(const Shape& s, const F& term) {
  constexpr index kPart = 4096;
  const index size = s.numel() / s.n;
  const index per_image = ceil_div(size, kPart);
  std::vector<double> parts(static_cast<std::size_t>(s.n * per_image));
  parallel_for(s.n * per_image, [&](index part) {
    std::array<float, kLanes> lanes{};
    const index begin = part / per_image * size + part % per_image * kPart;
    const index end = std::min(begin + kPart, (part / per_image + 1) * size);
    index i = begin;
    for (; i + kLanes <= end; i += kLanes) {
      for (index l = 0; l < kLanes; ++l) lanes[static_cast<std::size_t>(l)] += term(i + l);
    }
    double sum = 0;
    for (; i < end; ++i) sum += static_cast<double>(term(i));
    for (const float lane : lanes) sum += static_cast<double>(lane);
    parts[static_cast<std::size_t>(part)] = sum;
  });
  return sum_images(0, s.n, [&](index n) {
    double image = 0;
    for (index q = 0; q < per_image; ++q) {
      image += parts[static_cast<std::size_t>(n * per_image + q)];
    }
    return image;
  });
}

}  // namespace nn::cpu
