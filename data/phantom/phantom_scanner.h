// What a scanner adds to a phantom: the blur and the noise of a kernel, and streaks of metal.
#pragma once

#include <vector>

#include "data/phantom/phantom_scene.h"

namespace data::phantom {

class Scanner {
 public:
  /// `overlap`: slice thickness over slice spacing, at most 3.
  Scanner(const PhantomOptions& options, double pixel, double overlap);
  /// Applies the kernel to slice k of size x size mean HU and adds the noise.
  void scan(std::vector<double>& hu, nn::index k) const;

 private:
  using Taps = std::vector<double>;

  std::vector<double> noise(nn::index k) const;
  std::vector<double> blurred(const std::vector<double>& image, const Taps& taps) const;

  PhantomOptions options_;
  Taps narrow_;        ///< of the noise's grain: what it keeps,
  Taps wide_;          ///< what it loses,
  double lost_ = 0;    ///< and how much of that
  Taps edge_;          ///< of the image
  double beside_ = 0;  ///< share of a slice's noise that each neighbour has, too
  double scale_ = 1;   ///< gives the noise its standard deviation
};

/// Bright and dark rays from each piece of metal in the slice, weaker with distance.
void add_streaks(const Scene& scene, double z, double thickness, std::uint64_t seed,
                 std::vector<double>& hu);

}  // namespace data::phantom
