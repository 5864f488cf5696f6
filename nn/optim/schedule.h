// Learning-rate schedules. `step` counts from 0; `total` is fixed when training starts.
#pragma once

#include <cstdint>

namespace nn {

// Adam's constants, in a header of their own: recipes name them, and recipes are also read where
// nothing is trained.

struct AdamOptions {
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
};

enum class Schedule {
  constant,
  linear_decay,  ///< constant for the first half, then linearly to 0 (Isola et al. 2017)
  cosine,        ///< half a cosine from the base rate to 0 (Loshchilov & Hutter 2017, one cycle)
};

/// The learning rate of a step in [0, total).
double learning_rate(Schedule schedule, double base, std::uint64_t step, std::uint64_t total);

}  // namespace nn
