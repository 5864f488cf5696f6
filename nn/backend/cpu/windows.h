// Windows of a convolution, copied to where a matrix product can read them.
//
// Names are those of the convolution: `image` has Cin channels and H x W pixels, `map` is its
// output with Cout channels and Ho x Wo pixels. Pixels are counted over all images, rows and
// columns.
#pragma once

#include <cstring>
#include <vector>

#include "nn/backend/backend.h"

namespace nn::cpu {

/// std::copy_n, without the call that it becomes where only a few vectors are to be copied.
inline void copy_values(const float* from, index count, float* to) {
  constexpr index kBlock = 16;
  if (count > 4 * kBlock) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
    return;
  }
  index i = 0;
  for (; i + kBlock <= count; i += kBlock) std::memcpy(to + i, from + i, kBlock * sizeof(float));
  for (; i < count; ++i) to[i] = from[i];
}

/// to = values, rows x cols of them.
inline void copy_block(const float* values, index values_row, index rows, index cols, float* to,
                       index to_row) {
  for (index r = 0; r < rows; ++r) copy_values(values + r * values_row, cols, to + r * to_row);
}

/// sums += values, rows x cols of them.
inline void add_block(const float* values, index values_row, index rows, index cols, float* sums,
                      index sums_row) {
  for (index r = 0; r < rows; ++r, values += values_row, sums += sums_row) {
    for (index j = 0; j < cols; ++j) sums[j] += values[j];
  }
}

/// Taps [tap_h0, tap_h1) x [tap_w0, tap_w1) and channels [c0, c1) of a window.
struct WindowRange {
  index tap_h0, tap_h1, tap_w0, tap_w1, c0, c1;
  index size() const { return (tap_h1 - tap_h0) * (tap_w1 - tap_w0) * (c1 - c0); }
};

/// Cuts a window of kh x kw x channels into ranges of at most `limit` values where it can: kernel
/// rows, else taps, else channels of one tap. In the order of the window's values, without gaps.
std::vector<WindowRange> cut_window(const Conv2dSpec& spec, index channels, index limit);

/// Taps [tap0, tap1), channels [c0, c1) of each: a block of k where k runs over taps and channels.
struct TapRange {
  index tap0, tap1, c0, c1;
  index size() const { return (tap1 - tap0) * (c1 - c0); }
};

/// Cuts taps x channels into ranges of at most `limit` values: whole taps where it can.
std::vector<TapRange> cut_taps(index taps, index channels, index limit);

/// Copies the windows of map pixels [first, last) to rows of `out`, `row` values apart: what lies
/// in range `r`. Outside the image there are zeros.
void gather_windows(const Conv2dSpec& spec, const Tensor& image, const Shape& map, index first,
                    index last, const WindowRange& r, float* out, index row);

/// One phase of the adjoint along one axis: the image's lines first, first + stride, ... (`count`
/// of them) and the taps tap, tap + stride, ... (`taps` of them) that reach those lines.
struct PhaseAxis {
  PhaseAxis(index phase, index stride, index pad_before, index size, index kernel);
  index first, count, tap, taps;
};

/// The image's pixels that the same taps reach. With stride s there are s^2 phases, and within one
/// the adjoint is a dense stride-1 convolution of its own: a gather, never a scatter.
struct Phase {
  PhaseAxis rows, cols;
  index stride;

  index taps() const { return rows.taps * cols.taps; }
  index pixels(const Shape& image) const { return image.n * rows.count * cols.count; }
  /// Where the p-th pixel of the phase lies: pixel number in the image.
  index pixel(const Shape& image, index p) const {
    const index n = p / (rows.count * cols.count);
    const index h = rows.first + p / cols.count % rows.count * stride;
    const index v = cols.first + p % cols.count * stride;
    return (n * image.h + h) * image.w + v;
  }
  /// Offset of tap t in weights (kh, kw, Cin, Cout), in taps.
  index weight_tap(const Conv2dSpec& spec, index t) const {
    return (rows.tap + t / cols.taps * stride) * spec.kernel_w + cols.tap + t % cols.taps * stride;
  }
};

/// The phases that hold pixels of the image.
std::vector<Phase> phases_of(const Conv2dSpec& spec, const Shape& image);

/// Copies, for pixels [first, last) of a phase, the map's values under taps [tap0, tap1), channels
/// [c0, c1) each, to rows of `out`, `row` values apart. Outside the map there are zeros.
void gather_phase(const Conv2dSpec& spec, const Phase& phase, const Tensor& map, const Shape& image,
                  index first, index last, index tap0, index tap1, index c0, index c1, float* out,
                  index row);

}  // namespace nn::cpu
