#include "nn/ops/ops.h"

namespace nn {

Var least_squares_loss(const Var& logits, double label) {
  Tensor loss(scalar_shape());
  backend().least_squares_loss_forward(logits.value(), label, loss);
  return record("least_squares_loss", {logits}, std::move(loss),
                [x = logits.value(), label](const Tensor& dloss, std::span<const GradOut> dx) {
                  backend().least_squares_loss_backward(x, label, dloss, dx[0]);
                });
}

}  // namespace nn
