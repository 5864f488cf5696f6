// Matrix products on row-major blocks by Eigen, on one thread. No other kernel uses Eigen.
//
// Which sums Eigen forms in which order follows from m, n, k alone: its own threads are off and its
// cache sizes are constants (gemm.cpp), so equal calls give equal bits whatever the number of
// threads. What it does not promise is one chain over k: compare within gamma_k, not for equality.
#pragma once

#include "nn/core/real.h"

namespace nn::cpu {

/// A row-major block: element (r, c) is data[r * stride + c].
struct Block {
  const float* data;
  index stride;
};

/// C[m x n] = A[m x k] B[k x n], or += with `add`.
void gemm_nn(index m, index n, index k, Block a, Block b, float* c, index c_stride, bool add);
/// C[m x n] = A[m x k] B^T with B[n x k].
void gemm_nt(index m, index n, index k, Block a, Block b, float* c, index c_stride, bool add);
/// C[m x n] = A^T B with A[k x m], B[k x n].
void gemm_tn(index m, index n, index k, Block a, Block b, float* c, index c_stride, bool add);

}  // namespace nn::cpu
