#include "nn/optim/schedule.h"

#include "nn/core/math.h"

namespace nn {

double learning_rate(Schedule schedule, double base, std::uint64_t step, std::uint64_t total) {
  const double t = total > 0 ? static_cast<double>(step) / static_cast<double>(total) : 0;
  switch (schedule) {
    case Schedule::constant:
      return base;
    case Schedule::linear_decay:
      return t < 0.5 ? base : base * 2 * (1 - t);
    case Schedule::cosine:
      return base * 0.5 * (1 + math::cos(math::kPi * t));
  }
  return base;
}

}  // namespace nn
