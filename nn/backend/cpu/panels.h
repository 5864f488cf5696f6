// Matrix products on packed panels, with one chain of fused multiply-adds over k for every element.
#pragma once

#include "nn/backend/cpu/micro_kernel.h"
#include "nn/core/tensor.h"

namespace nn::cpu {

/// Values of k that kernels multiply by at a time: so many rows of a panel stay in the L1 cache, of
/// a block of panels in the L2 cache. While fixed weights are multiplied the next so many are
/// fetched.
inline constexpr index kDepth = 256;

/// The right factor B of a product, n columns wide, cut into panels of micro_kernel().cols columns:
/// element (t, j) lies at data[j / cols * panel + t * row + j % cols].
struct PanelView {
  const float* data;
  index panel, row, n;
  // What is wanted next, fetched into the L2 cache meanwhile:
  index ahead = 0;              ///< what lies so many values behind each panel,
  const float* also = nullptr;  ///< and `also_count` values here
  index also_count = 0;
};

/// C[rows x b.n] = A[rows x k] B; with `accumulate` the chains start from what C holds. Element (r,
/// t) of A is a[r * a_row + t * a_k], one of both strides being 1; element (r, j) of C is c[r *
/// c_row + j]. `joins` are added to the product; they are as large.
void multiply(index rows, index k, const float* a, index a_row, index a_k, const PanelView& b,
              float* c, index c_row, bool accumulate, const Joins& joins = {});

/// out[c * out_row + r] = in[r * in_row + c].
void transpose(const float* in, index in_row, index rows, index cols, float* out, index out_row);

/// Row-major to panels: element (t, j) is in[t * in_row + j]; zeros beyond the last column.
void pack_rows(const float* in, index in_row, index k, index n, float* out, index panel);
/// Transposed to panels: element (t, j) is in[j * in_row + t].
void pack_columns(const float* in, index in_row, index k, index n, float* out, index panel);

/// A whole K x N matrix in panels, zeros beyond the last column.
class Panels {
 public:
  Panels(index k, index n);

  index count() const { return count_; }
  /// Rows from k0 on of panels [first, last).
  PanelView view(index first, index last, index k0) const;

  /// From a row-major matrix, on all threads.
  void pack(const float* in, index in_row);
  /// Rows [k0, k0 + k) from a transposed one, on all threads.
  void pack_transposed(const float* in, index in_row, index k0, index k);

 private:
  index k_, n_, cols_, count_;
  Tensor values_;
};

}  // namespace nn::cpu
