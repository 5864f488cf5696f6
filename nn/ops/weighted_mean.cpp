#include "nn/ops/ops.h"

namespace nn {

Var weighted_mean(const Var& x, const Tensor& weights) {
  ops_detail::require_same_shape("weighted_mean", x, Var(weights));
  Tensor y(scalar_shape());
  backend().weighted_mean_forward(x.value(), weights, y);
  return record("weighted_mean", {x}, std::move(y),
                [weights](const Tensor& dy, std::span<const GradOut> dx) {
                  if (dx[0]) backend().weighted_mean_backward(weights, dy, dx[0]);
                });
}

}  // namespace nn
