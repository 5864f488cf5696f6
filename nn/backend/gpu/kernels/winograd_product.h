// Sixteen matrix products at once, one for each point of a Winograd tile (winograd_tile.h), in one
// kernel with the transforms before and after them. At each point every element is one chain of
// fused multiply-adds over k in increasing order, from 0.
//
// Threads. A block has kWinogradRows x kWinogradCols elements, each at 16 points. Thread t belongs
// to point t / 16 and forms 4 x 8 elements there. Along k the block goes kWinogradDepth steps at a
// time: a thread makes the 16 points of a value of A, and of B, and writes them to shared memory;
// then all threads multiply. At the end the sums take the room of what they were made from, so that
// a thread can read the 16 points of its element and transform them back.
#pragma once

#include "nn/backend/gpu/kernel.h"
#include "nn/backend/winograd_tile.h"

namespace nn::gpu {

constexpr int kWinogradThreads = 256;
constexpr int kWinogradRows = 16;
constexpr int kWinogradCols = 32;
constexpr int kWinogradDepth = 8;

struct WinogradSizes {
  int rows, cols, depth;
};

/// a(row, k, d) and b(k, col, u) make the 16 points of a value; end(row, col, m) gets the 16 sums
/// of an element. Rows and columns of the block begin at `row0` and `col0`.
template <class A, class B, class End>
GPU_DEVICE void winograd_product(WinogradSizes s, int row0, int col0, const A& a, const B& b,
                                 const End& end) {
  constexpr int kRows = kWinogradRows;
  constexpr int kCols = kWinogradCols;
  constexpr int kDepth = kWinogradDepth;
  GPU_SHARED float memory[kTile * kRows * (kCols + 1)];
  float* d_values = memory;                           // [point][k][row]
  float* u_values = memory + kTile * kDepth * kRows;  // [point][k][col]
  static_assert(kDepth * (kRows + kCols) <= kRows * (kCols + 1), "both fit in");
  const int thread = thread_index();
  const int point = thread / 16;
  const int own_row = thread % 16 / 4 * 4;
  const int own_col = thread % 4 * 8;

  float sum[4][8];
  NN_UNROLL
  for (int i = 0; i < 4; ++i) {
    NN_UNROLL
    for (int j = 0; j < 8; ++j) sum[i][j] = 0.0f;
  }
  for (int k0 = 0; k0 < s.depth; k0 += kDepth) {
    const int depth = least(kDepth, s.depth - k0);
    for (int i = thread; i < kDepth * kRows; i += kWinogradThreads) {
      const int k = i % kDepth;
      const int row = i / kDepth;
      float d[kTile] = {};
      if (k < depth && row0 + row < s.rows) a(row0 + row, k0 + k, d);
      NN_UNROLL
      for (int p = 0; p < kTile; ++p) d_values[(p * kDepth + k) * kRows + row] = d[p];
    }
    for (int i = thread; i < kDepth * kCols; i += kWinogradThreads) {
      const int k = i / kCols;
      const int col = i % kCols;
      float u[kTile] = {};
      if (k < depth && col0 + col < s.cols) b(k0 + k, col0 + col, u);
      NN_UNROLL
      for (int p = 0; p < kTile; ++p) u_values[(p * kDepth + k) * kCols + col] = u[p];
    }
    GPU_BARRIER();
    for (int k = 0; k < depth; ++k) {
      const float* d = d_values + (point * kDepth + k) * kRows + own_row;
      const float* u = u_values + (point * kDepth + k) * kCols + own_col;
      NN_UNROLL
      for (int i = 0; i < 4; ++i) {
        NN_UNROLL
        for (int j = 0; j < 8; ++j) sum[i][j] = multiply_add(d[i], u[j], sum[i][j]);
      }
    }
    GPU_BARRIER();
  }

  const auto place = [](int p, int row, int col) { return (p * kRows + row) * (kCols + 1) + col; };
  NN_UNROLL
  for (int i = 0; i < 4; ++i) {
    NN_UNROLL
    for (int j = 0; j < 8; ++j) memory[place(point, own_row + i, own_col + j)] = sum[i][j];
  }
  GPU_BARRIER();
  for (int i = thread; i < kRows * kCols; i += kWinogradThreads) {
    const int row = i / kCols;
    const int col = i % kCols;
    if (row0 + row >= s.rows || col0 + col >= s.cols) continue;
    float m[kTile];
    NN_UNROLL
    for (int p = 0; p < kTile; ++p) m[p] = memory[place(p, row, col)];
    end(row0 + row, col0 + col, m);
  }
}

/// A tile of an image.
struct TilePlace {
  int image;
  index row, col;
  GPU_DEVICE TilePlace(const WinogradPlan& plan, int tile)
      : image(tile / static_cast<int>(plan.tiles())),
        row(tile / plan.cols.tiles % plan.rows.tiles),
        col(tile % plan.cols.tiles) {}
};

/// The 4 x 4 values that a tile reads for one part of the kernel, from channel c of x, whose images
/// have h x w pixels; transformed.
GPU_DEVICE void read_tile(const WinogradPlan& plan, const TilePlace& tile, int part, const float* x,
                          int h, int w, int channels, int c, float (&d)[kTile]) {
  NN_UNROLL
  for (int e = 0; e < kTile; ++e) {
    const auto i = static_cast<int>(plan.rows.input(tile.row, part / plan.parts, e / 4));
    const auto j = static_cast<int>(plan.cols.input(tile.col, part % plan.parts, e % 4));
    const bool inside = i >= 0 && i < h && j >= 0 && j < w;
    d[e] = inside ? x[((tile.image * h + i) * w + j) * channels + c] : 0.0f;
  }
  winograd_input(d);
}

}  // namespace nn::gpu
