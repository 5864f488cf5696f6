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

Case leaky_relu_case(Source s);
Case relu_case(Source s);
Case tanh_case(Source s);
Case dropout_case(Source s);
Case concat_case(Source s);
Case add_case(Source s);
Case scale_case(Source s);
Case weighted_mean_case(Source s);
Case l1_loss_case(Source s);
Case mse_loss_case(Source s);
Case bce_case(Source s, double label);
Case least_squares_case(Source s, double label);

}  // namespace nn::check::detail
