// The innermost loop of every convolution: one tile of a matrix product, in registers.
//
// Each element of C is one chain of fused multiply-adds over k in increasing order, so the number
// of lanes, the size of the tile and where a product is cut along k cannot change a bit of it.
// There is one source, micro_kernel.cpp, compiled once for each instruction set; the scalar version
// is the specification of the other two, and a test compares them for equality.
#pragma once

#include <cstdint>

#include "nn/core/real.h"

namespace nn::cpu {

/// Blocks that are added to a finished product, the last one first: from + (count - 1) * step, ...,
/// from + step, from. Rows of a block lie `row` values apart. For trees of sums over images
/// (nn/core/image_tree.h).
struct Joins {
  const float* from = nullptr;
  index row = 0, step = 0, count = 0;
};

/// C[rows x cols] = A[rows x k] B[k x cols]; with `accumulate` the chains start from what C holds.
struct Tile {
  const float* a;
  index a_row, a_k;  ///< element (r, t) of A is a[r * a_row + t * a_k]
  const float* b;
  index b_k;          ///< element (t, j) of B is b[t * b_k + j]
  const float* soon;  ///< k x cols values that are wanted next, fetched meanwhile into the L2 cache
  float* c;
  index c_row;  ///< element (r, j) of C is c[r * c_row + j]
  index k;
  bool accumulate;
  Joins joins = {};
};

struct MicroKernel {
  const char* isa;   ///< "scalar", "avx2" or "avx512"
  index lanes;       ///< values in a vector
  index rows, cols;  ///< of the largest tile
  index wide;        ///< columns of a tile of one row
  /// 1 <= rows <= this->rows, 1 <= vectors, vectors * lanes <= cols; of one row <= wide.
  void (*multiply)(const Tile& tile, index rows, index vectors);
  /// Multiply-adds in registers and nothing else, for a measurement of the machine's peak: `rounds`
  /// times rows * cols of them. What it returns keeps the compiler from leaving them out.
  float (*spin)(index rounds);
};

/// a * b + c, rounded once, on a processor without fused multiply-adds: the same bits as theirs, 15
/// times as fast as the C library's. The product is exact in double. The sum is rounded to odd
/// there, that is away from even wherever it is inexact, so that rounding it to float errs nowhere
/// (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums: proved algorithms using
/// rounding to odd", IEEE Transactions on Computers 57, 2008). Static: each instruction set
/// compiles its own.
static inline float fused_by_double(float a, float b, float c) {
  const double product = static_cast<double>(a) * static_cast<double>(b);
  const double addend = static_cast<double>(c);
  const double sum = product + addend;
  const double taken = sum - product;
  const double rest = (product - (sum - taken)) + (addend - taken);  // exact (Knuth's TwoSum)
  const auto bits = __builtin_bit_cast(std::uint64_t, sum);
  const bool inexact = rest > 0 || rest < 0;
  const std::uint64_t one =
      (rest > 0) == (sum > 0) ? 1 : ~std::uint64_t{0};  // away from 0, or to it
  const std::uint64_t odd = bits + (inexact && (bits & 1U) == 0 ? one : 0);
  return static_cast<float>(__builtin_bit_cast(double, odd));
}

namespace scalar {
extern const MicroKernel kMicroKernel;
}
namespace avx2 {
extern const MicroKernel kMicroKernel;
}
namespace avx512 {
extern const MicroKernel kMicroKernel;
}

/// The widest that this machine runs, or the one that CT2CT_ISA=scalar|avx2|avx512 asks for; an
/// input error where the machine does not have it. Decided once.
const MicroKernel& micro_kernel();
/// Of that name; null where this machine or this build does not have it.
const MicroKernel* micro_kernel_named(const char* isa);
/// Uses another one from now on; for tests and measurements.
void set_micro_kernel(const MicroKernel& kernel);

}  // namespace nn::cpu
