// What a convolution by Winograd's algorithm (winograd.h) reads and writes, and the transforms of a
// tile: the same source for the CPU and for a GPU.
#pragma once

#include "nn/core/host_device.h"
#include "nn/core/real.h"

namespace nn {

/// One axis of a plan. A tile has `outputs` outputs and four inputs.
struct WinogradAxis {
  index tiles, outputs;
  index in_step, in_part, in_first;
  index out_step, out_first;
  index tap_step, tap_part, tap_first;

  /// The e-th input line of tile t for a part of the kernel; outside the image it is zero.
  NN_HOST_DEVICE index input(index t, index part, index e) const {
    return (outputs * t + e) * in_step + part * in_part + in_first;
  }
  /// The i-th output line of tile t in a group of outputs; lines outside do not exist.
  NN_HOST_DEVICE index output(index t, index group, index i) const {
    return (outputs * t + i) * out_step + group + out_first;
  }
  /// The kernel's line that is the b-th tap of a part (for a group of outputs).
  NN_HOST_DEVICE index tap(index part, index group, index b) const {
    return b * tap_step + (part + group) * tap_part + tap_first;
  }
};

/// What reads what. Sums run over parts (row, then column) and channels, in this order.
struct WinogradPlan {
  index taps;    ///< r, along an axis
  index parts;   ///< of the kernel, along an axis
  index groups;  ///< of the outputs, along an axis
  WinogradAxis rows, cols;

  NN_HOST_DEVICE index outputs() const { return rows.outputs; }
  NN_HOST_DEVICE index tiles() const { return rows.tiles * cols.tiles; }  ///< of one image
};

// The transforms, for any type with + - and *= : a scalar of the specification, or a vector of
// channels. Columns of the tile first, then rows; each value as written, without reordering.
// Inlined and unrolled by order: left to itself a compiler calls them, and a tile goes through
// memory.

constexpr int kTile = 16;  ///< values of a 4 x 4 tile, and points at which products are made

namespace winograd_detail {

/// B^T d
template <class T>
NN_HOST_DEVICE NN_ALWAYS_INLINE void input(T& d0, T& d1, T& d2, T& d3) {
  const T v0 = d0 - d2;
  const T v1 = d1 + d2;
  const T v2 = d2 - d1;
  const T v3 = d1 - d3;
  d0 = v0;
  d1 = v1;
  d2 = v2;
  d3 = v3;
}

template <class T>
NN_HOST_DEVICE NN_ALWAYS_INLINE T half(T x) {
  x *= 0.5F;
  return x;
}

/// u = G g, both with a step between values
template <int R, class T>
NN_HOST_DEVICE NN_ALWAYS_INLINE void filter(const T* g, int g_step, T* u, int u_step) {
  const T ends = g[0] + g[(R - 1) * g_step];
  if constexpr (R == 2) {
    u[u_step] = half(ends);
    u[2 * u_step] = half(T(g[0] - g[g_step]));
  } else {
    u[u_step] = half(T(ends + g[g_step]));
    u[2 * u_step] = half(T(ends - g[g_step]));
  }
  u[0] = g[0];
  u[3 * u_step] = g[(R - 1) * g_step];
}

/// y = A^T m
template <int M, class T>
NN_HOST_DEVICE NN_ALWAYS_INLINE void output(const T* m, int m_step, T* y, int y_step) {
  const T sum = m[m_step] + m[2 * m_step];
  const T difference = m[m_step] - m[2 * m_step];
  y[0] = m[0] + sum;
  if constexpr (M == 2) {
    y[y_step] = difference - m[3 * m_step];
  } else {
    y[y_step] = difference;
    y[2 * y_step] = sum - m[3 * m_step];
  }
}

}  // namespace winograd_detail

/// B^T d B in place: the four by four inputs of a tile to its 16 points.
template <class T>
NN_HOST_DEVICE NN_ALWAYS_INLINE void winograd_input(T (&d)[kTile]) {
  NN_UNROLL
  for (int j = 0; j < 4; ++j) winograd_detail::input(d[j], d[4 + j], d[8 + j], d[12 + j]);
  NN_UNROLL
  for (int i = 0; i < 4; ++i) {
    winograd_detail::input(d[4 * i], d[4 * i + 1], d[4 * i + 2], d[4 * i + 3]);
  }
}

/// G g G^T: R x R taps to 16 points.
template <int R, class T>
NN_HOST_DEVICE NN_ALWAYS_INLINE void winograd_filter(const T (&g)[R * R], T (&u)[kTile]) {
  T down[4 * R];
  NN_UNROLL
  for (int j = 0; j < R; ++j) winograd_detail::filter<R>(g + j, R, down + j, R);
  NN_UNROLL
  for (int i = 0; i < 4; ++i) winograd_detail::filter<R>(down + i * R, 1, u + 4 * i, 1);
}

/// A^T m A: 16 points to M x M outputs.
template <int M, class T>
NN_HOST_DEVICE NN_ALWAYS_INLINE void winograd_output(const T (&m)[kTile], T (&y)[M * M]) {
  T down[4 * M];
  NN_UNROLL
  for (int j = 0; j < 4; ++j) winograd_detail::output<M>(m + j, 4, down + j, 4);
  NN_UNROLL
  for (int i = 0; i < M; ++i) winograd_detail::output<M>(down + 4 * i, 1, y + i * M, 1);
}

}  // namespace nn
