// Shared by the .cpp files of cases; no other file includes it.
#pragma once

#include <cmath>

#include "nn/check/cases.h"

namespace nn::check::detail {

using C = Complex;
using Errors = std::vector<bounds::Errors>;

inline constexpr Shape kImage{2, 5, 6, 3};

/// Draws the inputs of one case.
class Source {
 public:
  Source(std::uint64_t seed, std::uint32_t number)
      : rng_(seed, Purpose::test, number), mask_(seed, Purpose::test, number, 2) {}

  Tensor normal(const Shape& shape, double mean = 0) {
    Tensor t(shape);
    for (real& v : t.values()) v = static_cast<real>(mean + rng_.normal());
    return t;
  }
  /// Normal, moved away from 0 by 0.01, because the op has a kink at 0.
  Tensor off_zero(const Shape& shape) {
    Tensor t = normal(shape);
    for (real& v : t.values()) v += std::copysign(real(0.01), v);
    return t;
  }
  /// A separate stream, from which the op itself draws.
  const Rng& mask() const { return mask_; }

 private:
  Rng rng_, mask_;
};

/// Cases of the ops without weights, each from the next source.
std::vector<Case> simple_cases(const std::function<Source()>& next);

}  // namespace nn::check::detail
