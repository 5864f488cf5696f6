// Adam (Kingma & Ba 2015, Algorithm 1) with PyTorch's placement of epsilon: added to
// sqrt(v / (1 - beta2^t)). Keras adds it before the correction, "epsilon hat" of the paper's
// section 2. docs/learn/ops/adam.md.
#pragma once

#include <cstdint>

#include "nn/modules/parameters.h"
#include "nn/optim/schedule.h"

namespace nn {

/// Moves the parameters of a network into one contiguous arena, their gradients into another, and
/// keeps both moments in two more, so that a step is a single pass over memory.
class Adam {
 public:
  Adam(const ParameterList& list, const AdamOptions& options);

  /// The parameters, to be given to backward() as targets. Their gradients lie in the arena.
  std::span<const Var> targets() const { return targets_; }
  /// Updates the parameters from the gradients that the last backward() wrote.
  void step(double learning_rate);

  std::uint64_t steps_done() const { return steps_done_; }
  const Tensor& gradients() const { return gradients_; }

  // For checkpoints.
  const Tensor& first_moment() const { return m_; }
  const Tensor& second_moment() const { return v_; }
  void restore(std::span<const real> m, std::span<const real> v, std::uint64_t steps_done);

 private:
  AdamOptions options_;
  std::vector<Var> targets_;
  Tensor values_, gradients_, m_, v_;
  std::uint64_t steps_done_ = 0;
};

}  // namespace nn
