// A matrix product, C = A B, in which every element of C is one chain of fused multiply-adds over k
// in increasing order: the convolutions' arithmetic. The three direct convolutions are this product
// with other operands.
//
// Threads. A block forms kRows x kCols elements, a thread kTall x kWide of them in registers:
//
//                 columns of the block: kCols
//               +-----+-----+-----+-----+
//               | t 0 | t 1 | t 2 | t 3 |  kTall rows
//               +-----+-----+-----+-----+
//               | t 4 | ...             |
//               +-----+-----------------+
//                kWide
//
// Along k the block goes kDepth steps at a time. All threads together copy kRows x kDepth values of
// A and kDepth x kCols of B to shared memory, where each value is then read kCols / kWide and kRows
// / kTall times. There are two such places: while the threads multiply what is in one, what comes
// next is on its way to the other, so one barrier a turn is enough.
//
// k is never split, neither over threads nor over blocks: that would change the order of the sum.
#pragma once

#include "nn/backend/gpu/kernel.h"

namespace nn::gpu {

template <int kRows_, int kCols_, int kTall_, int kWide_>
struct Tile {
  static constexpr int kRows = kRows_, kCols = kCols_, kTall = kTall_, kWide = kWide_;
  static constexpr int kDepth = 16;
  static constexpr int kThreads = (kRows / kTall) * (kCols / kWide);
};
using LargeTile = Tile<128, 64, 8, 8>;
using MediumTile = Tile<64, 32, 4, 4>;
using SmallTile = Tile<16, 16, 2, 1>;

/// What a thread copies of an operand. An operand says which values it has:
///   Line line(int i)             what all values of line i have in common: row i of A, column i of
///   B Step step(int k)             the same for step k float at(Line, Step)         the value
///   kAlongK                      whether values of following k lie side by side in memory, else
///                                those of following lines do: neighbours are for neighbouring
///                                threads
/// Beyond the matrix values are 0.
template <class Operand, class T, int kLines>
class Copier {
 public:
  GPU_DEVICE Copier(const Operand& operand, int first_line, int lines, int depth)
      : operand_(operand), depth_(depth) {
    NN_UNROLL
    for (int j = 0; j < kOwnLines; ++j) {
      const int line = first_line + own_line(j);
      inside_[j] = line < lines;
      lines_[j] = operand.line(inside_[j] ? line : 0);
    }
  }
  /// Reads the values of kDepth steps from `k` on.
  GPU_DEVICE void read(int k) {
    NN_UNROLL
    for (int m = 0; m < kOwnSteps; ++m) {
      const int at = k + own_step(m);
      typename Operand::Step step{};
      if (at < depth_) step = operand_.step(at);
      NN_UNROLL
      for (int j = 0; j < kOwnLines; ++j) {
        values_[m][j] = inside_[j] && at < depth_ ? operand_.at(lines_[j], step) : 0.0f;
      }
    }
  }
  /// Writes them to shared memory.
  template <int kRow>
  GPU_DEVICE void write(float (&to)[T::kDepth][kRow]) const {
    NN_UNROLL
    for (int m = 0; m < kOwnSteps; ++m) {
      NN_UNROLL
      for (int j = 0; j < kOwnLines; ++j) to[own_step(m)][own_line(j)] = values_[m][j];
    }
  }

 private:
  // Along k: a thread has one step and several lines; else one line and several steps.
  static constexpr bool kAlongK = Operand::kAlongK;
  static constexpr int kSide = kAlongK ? T::kDepth : kLines;
  static constexpr int kApart = T::kThreads / kSide;  ///< between the values of a thread
  static constexpr int kOwnLines = kAlongK ? kLines / kApart : 1;
  static constexpr int kOwnSteps = kAlongK ? 1 : T::kDepth / kApart;
  static_assert(T::kThreads % kSide == 0, "a thread stays in its line or step");
  static_assert(kOwnLines * kOwnSteps * T::kThreads == kLines * T::kDepth, "each value once");
  GPU_DEVICE static int own_line(int j) {
    return kAlongK ? thread_index() / kSide + j * kApart : thread_index() % kSide;
  }
  GPU_DEVICE static int own_step(int m) {
    return kAlongK ? thread_index() % kSide : thread_index() / kSide + m * kApart;
  }

  const Operand& operand_;
  int depth_;
  typename Operand::Line lines_[kOwnLines];
  bool inside_[kOwnLines];
  float values_[kOwnSteps][kOwnLines];
};

/// Rows, columns and length of the sums of a product.
struct ProductSizes {
  int rows, cols, depth;
};

/// The block's part of the product: an element begins as begin(row, col) and ends in
/// end(row, col, sum).
template <class T, class A, class B, class Begin, class End>
GPU_DEVICE void tile_product(ProductSizes s, const A& a, const B& b, const Begin& begin,
                             const End& end) {
  GPU_SHARED float a_values[2][T::kDepth][T::kRows + 4];  // + 4: rows begin on other banks
  GPU_SHARED float b_values[2][T::kDepth][T::kCols + 4];
  const int row0 = block_x() * T::kRows;
  const int col0 = block_y() * T::kCols;
  if (row0 >= s.rows) return;  // phases of an adjoint differ in size
  Copier<A, T, T::kRows> from_a(a, row0, s.rows, s.depth);
  Copier<B, T, T::kCols> from_b(b, col0, s.cols, s.depth);
  const int own_row = thread_index() / (T::kCols / T::kWide) * T::kTall;
  const int own_col = thread_index() % (T::kCols / T::kWide) * T::kWide;
  const auto inside = [&](int i, int j) {
    return row0 + own_row + i < s.rows && col0 + own_col + j < s.cols;
  };

  float sum[T::kTall][T::kWide];
  NN_UNROLL
  for (int i = 0; i < T::kTall; ++i) {
    NN_UNROLL
    for (int j = 0; j < T::kWide; ++j) {
      sum[i][j] = inside(i, j) ? begin(row0 + own_row + i, col0 + own_col + j) : 0.0f;
    }
  }
  const auto multiply = [&](int place, int k) {
    float a_own[T::kTall];
    float b_own[T::kWide];
    NN_UNROLL
    for (int i = 0; i < T::kTall; ++i) a_own[i] = a_values[place][k][own_row + i];
    NN_UNROLL
    for (int j = 0; j < T::kWide; ++j) b_own[j] = b_values[place][k][own_col + j];
    NN_UNROLL
    for (int i = 0; i < T::kTall; ++i) {
      NN_UNROLL
      for (int j = 0; j < T::kWide; ++j) sum[i][j] = multiply_add(a_own[i], b_own[j], sum[i][j]);
    }
  };

  from_a.read(0);
  from_b.read(0);
  from_a.write(a_values[0]);
  from_b.write(b_values[0]);
  GPU_BARRIER();
  for (int k = 0, place = 0; k < s.depth; k += T::kDepth, place = 1 - place) {
    const bool more = k + T::kDepth < s.depth;
    if (more) {
      from_a.read(k + T::kDepth);
      from_b.read(k + T::kDepth);
    }
    if (k + T::kDepth <= s.depth) {
      NN_UNROLL
      for (int step = 0; step < T::kDepth; ++step) multiply(place, step);
    } else {  // not one multiply-add more than there are: it would turn -0 into 0
      for (int step = 0; step < s.depth - k; ++step) multiply(place, step);
    }
    if (more) {
      from_a.write(a_values[1 - place]);
      from_b.write(b_values[1 - place]);
    }
    GPU_BARRIER();
  }
  NN_UNROLL
  for (int i = 0; i < T::kTall; ++i) {
    NN_UNROLL
    for (int j = 0; j < T::kWide; ++j) {
      if (inside(i, j)) end(row0 + own_row + i, col0 + own_col + j, sum[i][j]);
    }
  }
}

/// A matrix of rows of `cols` values, as B: element (k, col).
struct RowMajor {
  static constexpr bool kAlongK = false;
  using Line = int;
  using Step = int;
  const float* values;
  int cols;
  GPU_DEVICE Line line(int col) const { return col; }
  GPU_DEVICE Step step(int k) const { return k * cols; }
  GPU_DEVICE float at(Line col, Step k) const { return values[k + col]; }
};

#if !defined(__CUDACC__)
/// The grid of a product, and for z its third axis.
template <class T>
Grid tile_grid(ProductSizes s, int z) {
  return {ceil_div(s.rows, T::kRows), ceil_div(s.cols, T::kCols), z};
}
/// Tiles as large as possible, as long as every processor of the device has one, of the largest
/// two. `all` is the number of elements. The choice changes no bit.
enum class TileSize { small, medium, large };
inline TileSize tile_size(index all, int processors) {
  const index each = all / processors;
  return each >= 2 * LargeTile::kRows * LargeTile::kCols ? TileSize::large
         : each >= MediumTile::kRows * MediumTile::kCols ? TileSize::medium
                                                         : TileSize::small;
}
#endif

}  // namespace nn::gpu
