// Adam (Kingma & Ba 2015, Algorithm 1) with PyTorch's placement of epsilon: added to
// sqrt(v / (1 - beta2^t)). Keras adds it before the correction, "epsilon hat" of the paper's
// section 2. docs/learn/ops/adam.md.
#pragma once

#include <cstdint>

#include "nn/modules/parameters.h"
#include "nn/optim/adam_options.h"

namespace nn {

/// Moves the parameters of a network and their gradients into one contiguous arena each, with both
/// moments beside them, so that a step is a single pass over memory.
class Adam {
 public:
  Adam(const ParameterList& list, const AdamOptions& options);

  /// What to give to backward(): the parameters, whose gradients then lie in the arena. A parameter
  /// that backward() did not reach keeps its old gradient; there is none in this project.
  std::span<const Var> targets() const { return targets_; }
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
