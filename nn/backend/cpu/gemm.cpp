#define EIGEN_DONT_PARALLELIZE
#define EIGEN_MPL2_ONLY
// Eigen's loop for small products rounds differently where the destination is aligned and where it
// is not; the bits must not depend on an address. One: never use that loop.
#define EIGEN_GEMM_TO_COEFFBASED_THRESHOLD 1

#include "nn/backend/cpu/gemm.h"

#include <Eigen/Core>

namespace nn::cpu {
namespace {

using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Stride = Eigen::OuterStride<Eigen::Dynamic>;
using ConstMap = Eigen::Map<const Matrix, Eigen::Unaligned, Stride>;
using Map = Eigen::Map<Matrix, Eigen::Unaligned, Stride>;

/// Eigen derives its blocks from cache sizes that it reads from the CPU. Constants instead: the
/// order of sums must not depend on the machine.
void fix_cache_sizes() {
  static const bool done = [] {
    Eigen::setCpuCacheSizes(32 << 10, 512 << 10, 4 << 20);
    return true;
  }();
  static_cast<void>(done);
}

template <class A, class B>
void product(const A& a, const B& b, float* c, index m, index n, index c_stride, bool add) {
  fix_cache_sizes();
  Map out(c, m, n, Stride(c_stride));
  if (add) {
    out.noalias() += a * b;
  } else {
    out.noalias() = a * b;
  }
}

}  // namespace

void gemm_nn(index m, index n, index k, Block a, Block b, float* c, index c_stride, bool add) {
  product(ConstMap(a.data, m, k, Stride(a.stride)), ConstMap(b.data, k, n, Stride(b.stride)), c, m,
          n, c_stride, add);
}

void gemm_nt(index m, index n, index k, Block a, Block b, float* c, index c_stride, bool add) {
  product(ConstMap(a.data, m, k, Stride(a.stride)),
          ConstMap(b.data, n, k, Stride(b.stride)).transpose(), c, m, n, c_stride, add);
}

void gemm_tn(index m, index n, index k, Block a, Block b, float* c, index c_stride, bool add) {
  product(ConstMap(a.data, k, m, Stride(a.stride)).transpose(),
          ConstMap(b.data, k, n, Stride(b.stride)), c, m, n, c_stride, add);
}

}  // namespace nn::cpu
