// The noise of slices as a spectrum: how strong it is at each frequency of a small square. So noise
// that a method smooths away can be put back with the grain that it had. The square's side is
// kNoisePatch pixels; the spectrum is the noise power spectrum of ICRU report 87, section 5, but
// for a factor of pixel areas.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "nn/core/tensor.h"

namespace data {

inline constexpr nn::index kNoisePatch = 16;

/// Power at each frequency (fy, fx), in HU^2: its mean is the variance.
using NoisePower = std::array<double, static_cast<std::size_t>(kNoisePatch* kNoisePatch)>;

/// First pixels of squares that hold soft tissue alone in every one of the slices: all pixels are
/// -100 to 200 HU, and a plane fits the means of strips of 4 rows, and of 4 columns, to kMostOff
/// HU. The squares do not overlap.
std::vector<nn::index> noise_patches(const std::vector<nn::Tensor>& slices);
inline constexpr double kMostOff = 8;

/// A mean of spectra.
class NoiseSpectrum {
 public:
  /// The patch of `slice` (1,H,W,1) whose first pixel is `first`: a plane is taken away, and a Hann
  /// window is laid over what is left.
  void add(const nn::Tensor& slice, nn::index first);
  nn::index patches() const { return patches_; }
  /// All zero without a patch.
  NoisePower power() const;

 private:
  NoisePower sum_{};
  nn::index patches_ = 0;
};

/// Standard deviation in HU of noise with this power.
double noise_level(const NoisePower& power);

/// `wanted` - `there`, but nothing below 0, and nothing at frequencies of one period a square and
/// less, where a spectrum holds tissue.
NoisePower missing_power(const NoisePower& wanted, const NoisePower& there);

/// Gaussian noise with this power, (1,H,W,1). White noise of the seed and `stream` goes through the
/// filter whose transform is the root of the power. The same bits for any number of threads.
nn::Tensor made_noise(const NoisePower& power, const nn::Shape& slice, std::uint64_t seed,
                      std::uint32_t stream);

}  // namespace data
