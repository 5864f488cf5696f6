// Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random
// numbers: as easy as 1, 2, 3", SC 2011). A number is a pure function of seed, stream and position,
// so nothing has to be saved to resume and no thread order can change it.
#pragma once

#include <array>
#include <cstdint>

#include "nn/core/elementary.h"

namespace nn {

/// One block of the generator: 128 random bits for a 128-bit counter and a 64-bit key.
std::array<std::uint32_t, 4> philox4x32_10(std::array<std::uint32_t, 4> counter,
                                           std::array<std::uint32_t, 2> key);

/// What random numbers are for. Streams of different purposes never overlap. The values decide
/// which numbers a run draws: add new ones, never renumber.
enum class Purpose : std::uint32_t {
  init = 1,       ///< first weights
  dropout = 2,    ///< dropout masks
  sampling = 3,   ///< which triplet, crop, flip
  split = 4,      ///< training/validation split, shuffles
  phantom = 5,    ///< geometry and noise of the embedded phantom
  bootstrap = 6,  ///< confidence intervals
  test = 7,       ///< tests and gradient proofs
  noise = 8,      ///< noise that `interpolate --match-noise` adds
};

class Rng {
 public:
  /// A stream of 2^34 numbers, named by seed, purpose and two more numbers, for instance step and
  /// layer (docs/audit/reproducibility.md has the list).
  Rng(std::uint64_t seed, Purpose purpose, std::uint32_t a = 0, std::uint32_t b = 0);

  /// The next 32 random bits.
  std::uint32_t bits();
  /// Uniform on [0, 1): 53 random bits.
  double uniform();
  /// Uniform integer on [0, n), n >= 1, without modulo bias (Lemire 2019).
  std::uint32_t below(std::uint32_t n);
  /// Standard normal (Box-Muller). It uses nn/core/math.h, so it is the same on every platform.
  double normal();

  /// The i-th 32 bits of the stream, independent of what has been drawn so far.
  std::uint32_t bits_at(std::uint64_t i) const { return stream_.bits_at(i); }
  /// The stream as plain numbers, for code that runs on a GPU.
  const elementary::Philox& stream() const { return stream_; }

 private:
  elementary::Philox stream_;
  std::uint64_t position_ = 0;
  std::array<std::uint32_t, 4> block_{};
};

}  // namespace nn
