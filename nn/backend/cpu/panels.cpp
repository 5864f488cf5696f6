#include "nn/backend/cpu/panels.h"

#include <algorithm>
#include <array>

#include "nn/backend/cpu/loops.h"
#include "nn/backend/cpu/windows.h"
#include "nn/core/parallel.h"

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace nn::cpu {
namespace {

constexpr index kLine = 16;   ///< values in a cache line
constexpr index kAhead = 16;  ///< rows of weights, which lie too far apart to be fetched unasked

/// A tile whose last columns are no columns of C: computed beside C, and the rest copied.
void multiply_edge(const MicroKernel& kernel, Tile tile, index rows, index cols) {
  constexpr index kMax = 1024;
  std::array<float, kMax> beside;
  const index vectors = ceil_div(cols, kernel.lanes);
  const index row = vectors * kernel.lanes;
  float* c = tile.c;
  const index c_row = tile.c_row;
  if (tile.accumulate) {
    for (index r = 0; r < rows; ++r) {
      std::copy_n(c + r * c_row, cols, beside.data() + r * row);
      std::fill_n(beside.data() + r * row + cols, row - cols, 0.0F);
    }
  }
  const Joins joins = tile.joins;  // their rows may end before the vector does
  tile.joins = {};
  tile.c = beside.data();
  tile.c_row = row;
  kernel.multiply(tile, rows, vectors);
  for (index j = joins.count - 1; j >= 0; --j) {
    add_block(joins.from + j * joins.step, joins.row, rows, cols, beside.data(), row);
  }
  for (index r = 0; r < rows; ++r) std::copy_n(beside.data() + r * row, cols, c + r * c_row);
}

#if defined(__AVX__)
/// Eight rows of eight values in, eight columns out.
void transpose8(const float* in, index in_row, float* out, index out_row) {
  __m256 r[8];
  for (index i = 0; i < 8; ++i) r[i] = _mm256_loadu_ps(in + i * in_row);
  __m256 p[8];  // pairs of rows, interleaved
  for (index i = 0; i < 4; ++i) {
    p[2 * i] = _mm256_unpacklo_ps(r[2 * i], r[2 * i + 1]);
    p[2 * i + 1] = _mm256_unpackhi_ps(r[2 * i], r[2 * i + 1]);
  }
  __m256 q[8];  // fours of rows: columns 0 and 4, 1 and 5, 2 and 6, 3 and 7
  for (index i = 0; i < 8; i += 4) {
    q[i] = _mm256_shuffle_ps(p[i], p[i + 2], 0x44);
    q[i + 1] = _mm256_shuffle_ps(p[i], p[i + 2], 0xEE);
    q[i + 2] = _mm256_shuffle_ps(p[i + 1], p[i + 3], 0x44);
    q[i + 3] = _mm256_shuffle_ps(p[i + 1], p[i + 3], 0xEE);
  }
  for (index c = 0; c < 4; ++c) {
    float* low = out + c * out_row;
    _mm256_storeu_ps(low, _mm256_permute2f128_ps(q[c], q[c + 4], 0x20));
    _mm256_storeu_ps(low + 4 * out_row, _mm256_permute2f128_ps(q[c], q[c + 4], 0x31));
  }
}
#endif

}  // namespace

void multiply(index rows, index k, const float* a, index a_row, index a_k, const PanelView& b,
              float* c, index c_row, bool accumulate, const Joins& joins) {
  const MicroKernel& kernel = micro_kernel();
  const index cols = kernel.cols;
  // Panels side by side are one: a single row has more chains under way then.
  const bool joined = rows == 1 && b.panel == cols;
  const index span = joined ? kernel.wide : cols;
  const index panel_step = joined ? span : b.panel;
  // Blocks of about equal height: the last one of a few rows would wait for its own additions.
  const index blocks = ceil_div(rows, kernel.rows);
  const index vectors = cols / kernel.lanes;
  index r0 = 0;
  for (index block = 0; block < blocks; ++block) {
    const index height = rows * (block + 1) / blocks - r0;
    const float* panel = b.data;
    for (index j = 0; j < b.n; j += span, panel += panel_step) {
      // A tile fetches as much as it multiplies by: every second block of rows from the one place.
      const index fetched = (block / 2 * b.n + j) * k;
      const bool from_also = (blocks == 1 || block % 2 == 1) && fetched < b.also_count;
      const float* soon = from_also ? b.also + fetched : panel + b.ahead;
      Tile tile{a + r0 * a_row,     a_row, a_k, panel,     b.row, soon,
                c + r0 * c_row + j, c_row, k,   accumulate};
      if (joins.count > 0) {
        tile.joins = joins;
        tile.joins.from += r0 * joins.row + j;
      }
      const index width = std::min(span, b.n - j);
      if (width == cols) {
        kernel.multiply(tile, height, vectors);
      } else if (width % kernel.lanes == 0) {
        kernel.multiply(tile, height, width / kernel.lanes);
      } else {
        multiply_edge(kernel, tile, height, width);
      }
    }
    r0 += height;
  }
}

void transpose(const float* in, index in_row, index rows, index cols, float* out, index out_row) {
  const auto plain = [&](index r0, index r1, index c0, index c1) {
    for (index r = r0; r < r1; ++r) {
      for (index c = c0; c < c1; ++c) out[c * out_row + r] = in[r * in_row + c];
    }
  };
#if defined(__AVX__)
  const index rows8 = rows / 8 * 8;
  const index cols8 = cols / 8 * 8;
  for (index r = 0; r < rows8; r += 8) {
    for (index c = 0; c < cols8; c += 8) {
      transpose8(in + r * in_row + c, in_row, out + c * out_row + r, out_row);
    }
  }
  plain(0, rows8, cols8, cols);
  plain(rows8, rows, 0, cols);
#else
  plain(0, rows, 0, cols);
#endif
}

void pack_rows(const float* in, index in_row, index k, index n, float* out, index panel) {
  const index cols = micro_kernel().cols;
  for (index t = 0; t < k; ++t) {
    const float* ahead = in + (t + kAhead) * in_row;
    for (index j = 0; j < n; j += kLine) __builtin_prefetch(ahead + j);
    for (index j = 0; j < n; j += cols) {
      const index width = std::min(cols, n - j);
      float* row = out + j / cols * panel + t * cols;
      copy_values(in + t * in_row + j, width, row);
      if (width < cols) std::fill_n(row + width, cols - width, 0.0F);
    }
  }
}

void pack_columns(const float* in, index in_row, index k, index n, float* out, index panel) {
  const index cols = micro_kernel().cols;
  for (index j = 0; j < n; j += cols) {
    const index width = std::min(cols, n - j);
    float* rows = out + j / cols * panel;
    transpose(in + j * in_row, in_row, width, k, rows, cols);
    for (index t = 0; t < k && width < cols; ++t) {
      std::fill_n(rows + t * cols + width, cols - width, 0.0F);
    }
  }
}

Panels::Panels(index k, index n)
    : k_(k),
      n_(n),
      cols_(micro_kernel().cols),
      count_(ceil_div(n, cols_)),
      values_({1, 1, 1, count_ * k * cols_}) {}

PanelView Panels::view(index first, index last, index k0) const {
  return {values_.data() + first * k_ * cols_ + k0 * cols_, k_ * cols_, cols_,
          std::min(n_, last * cols_) - first * cols_};
}

void Panels::pack(const float* in, index in_row) {
  constexpr index kRows = 512;
  const index chunks = ceil_div(k_, kRows);
  parallel_for(chunks * count_, [&](index task) {
    const index j = task % count_ * cols_;
    const index t = task / count_ * kRows;
    pack_rows(in + t * in_row + j, in_row, std::min(kRows, k_ - t), std::min(cols_, n_ - j),
              values_.data() + j * k_ + t * cols_, k_ * cols_);
  });
}

void Panels::pack_transposed(const float* in, index in_row, index k0, index k) {
  parallel_for(count_, [&](index panel) {
    const index j = panel * cols_;
    pack_columns(in + j * in_row, in_row, k, std::min(cols_, n_ - j),
                 values_.data() + j * k_ + k0 * cols_, k_ * cols_);
  });
}

}  // namespace nn::cpu
