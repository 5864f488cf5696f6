// Compiled three times, with CT2CT_KERNEL_ISA = scalar, avx2, avx512 (nn/CMakeLists.txt). Includes
// no header with inline functions that other files share: the linker keeps one copy of those, and
// it might be one that the machine at hand cannot run.
#include "nn/backend/cpu/micro_kernel.h"

#if defined(CT2CT_KERNEL_AVX2) || defined(CT2CT_KERNEL_AVX512)
#include <immintrin.h>
#endif

namespace nn::cpu::CT2CT_KERNEL_ISA {
namespace {

// Tiles: as many accumulators as registers allow, beside one row of B and one value of A. Fused
// multiply-adds take 4 cycles and two start in each, so at least 8 must be under way.
#if defined(CT2CT_KERNEL_AVX512)
constexpr const char* kName = "avx512";
constexpr int kLanes = 16, kRows = 14, kVectors = 2;  // 28 + 2 of 32 registers
using Vector = __m512;
inline Vector zero() { return _mm512_setzero_ps(); }
inline Vector load(const float* p) { return _mm512_loadu_ps(p); }
inline Vector broadcast(float x) { return _mm512_set1_ps(x); }
inline void store(float* p, Vector v) { _mm512_storeu_ps(p, v); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm512_fmadd_ps(a, b, c); }
#elif defined(CT2CT_KERNEL_AVX2)
constexpr const char* kName = "avx2";
constexpr int kLanes = 8, kRows = 6, kVectors = 2;  // 12 + 2 + 1 of 16 registers
using Vector = __m256;
inline Vector zero() { return _mm256_setzero_ps(); }
inline Vector load(const float* p) { return _mm256_loadu_ps(p); }
inline Vector broadcast(float x) { return _mm256_set1_ps(x); }
inline void store(float* p, Vector v) { _mm256_storeu_ps(p, v); }
inline Vector multiply_add(Vector a, Vector b, Vector c) { return _mm256_fmadd_ps(a, b, c); }
#else
constexpr const char* kName = "scalar";
constexpr int kLanes = 1, kRows = 2, kVectors = 8;
using Vector = float;
inline Vector zero() { return 0; }
inline Vector load(const float* p) { return *p; }
inline Vector broadcast(float x) { return x; }
inline void store(float* p, Vector v) { *p = v; }
#if defined(__x86_64__) && !defined(__FMA__)
inline Vector multiply_add(Vector a, Vector b, Vector c) { return fused_by_double(a, b, c); }
#else
inline Vector multiply_add(Vector a, Vector b, Vector c) { return __builtin_fmaf(a, b, c); }
#endif
#endif

constexpr int kLine = 16;   ///< values in a cache line
constexpr int kAhead = 64;  ///< rows of B, where they are fetched before their turn: if they are
constexpr int kFarApart = 8 * kVectors * kLanes;  ///< more values apart than this

/// `kFar`: rows of B lie so far apart that the machine does not fetch the next one by itself.
/// `kRowsOfA`: the values of a row of A lie side by side (a_k = 1); else those of a column do
/// (a_row = 1).
template <int R, int V, bool kRowsOfA, bool kFar>
void tile(const Tile& t) {
  Vector c[R][V];
  if (t.accumulate) {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) c[r][v] = load(t.c + r * t.c_row + v * kLanes);
    }
  } else {
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) c[r][v] = zero();
    }
  }
  const index a_row = kRowsOfA ? t.a_row : 1;
  const index a_k = kRowsOfA ? 1 : t.a_k;
  const index b_k = t.b_k;
  const float* soon = t.soon;
  const float* a = t.a;
  const float* b = t.b;
#pragma GCC unroll 4
  for (index k = 0; k < t.k; ++k, a += a_k, b += b_k) {
    if constexpr (kFar) {
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) {
        // Into the L2 cache: rows that lie whole pages apart share eight places of the L1 cache.
        __builtin_prefetch(b + kAhead * b_k + v * kLanes, 0, 2);
      }
    } else if constexpr (kRowsOfA || R > 1) {
#pragma GCC unroll 16
      for (int j = 0; j < kVectors * kLanes; j += kLine) __builtin_prefetch(soon + j, 0, 2);
      soon += kVectors * kLanes;
    }
    Vector row[V];
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) row[v] = load(b + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Vector x = broadcast(a[r * a_row]);
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) c[r][v] = multiply_add(x, row[v], c[r][v]);
    }
  }
  for (index j = t.joins.count - 1; j >= 0; --j) {
    const float* from = t.joins.from + j * t.joins.step;
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) {
        c[r][v] = load(from + r * t.joins.row + v * kLanes) + c[r][v];
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) store(t.c + r * t.c_row + v * kLanes, c[r][v]);
  }
}

constexpr int kWide = 8;  ///< vectors of one row: so many chains at least

template <int V>
void one_row(const Tile& t, index vectors) {
  if constexpr (V > 1) {
    if (vectors < V) return one_row<V - 1>(t, vectors);
  }
  t.b_k > kFarApart ? tile<1, V, false, true>(t) : tile<1, V, false, false>(t);
}

template <int R, int V>
void choose(const Tile& t, index rows, index vectors) {
  if constexpr (V > 1) {
    if (vectors < V) return choose<R, V - 1>(t, rows, vectors);
  }
  if constexpr (R > 1) {
    if (rows < R) return choose<R - 1, V>(t, rows, vectors);
  }
  if (t.a_k == 1) {
    t.b_k > kFarApart ? tile<R, V, true, true>(t) : tile<R, V, true, false>(t);
  } else {
    tile<R, V, false, false>(t);
  }
}

float spin(index rounds) {
  Vector c[kRows * kVectors];
#pragma GCC unroll 32
  for (int i = 0; i < kRows * kVectors; ++i) c[i] = broadcast(static_cast<float>(i));
  const Vector a = broadcast(0.5F);
  const Vector b = broadcast(0.25F);
  for (index n = 0; n < rounds; ++n) {
#pragma GCC unroll 32
    for (int i = 0; i < kRows * kVectors; ++i) c[i] = multiply_add(a, c[i], b);
  }
  float out[kRows * kVectors * kLanes];
#pragma GCC unroll 32
  for (int i = 0; i < kRows * kVectors; ++i) store(out + i * kLanes, c[i]);
  float sum = 0;
  for (const float x : out) sum += x;
  return sum;
}

constexpr int kCols = kVectors * kLanes;

void multiply(const Tile& t, index rows, index vectors) {
  if (rows == 1 && vectors > kVectors) return one_row<kWide>(t, vectors);
  choose<kRows, kVectors>(t, rows, vectors);
}

}  // namespace

extern const MicroKernel kMicroKernel{kName, kLanes, kRows, kCols, kWide* kLanes, multiply, spin};

}  // namespace nn::cpu::CT2CT_KERNEL_ISA
