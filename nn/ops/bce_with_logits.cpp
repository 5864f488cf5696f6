#include "nn/ops/ops.h"

namespace nn {

Var bce_with_logits(const Var& logits, double label) {
  Tensor loss(scalar_shape());
  backend().bce_with_logits_forward(logits.value(), label, loss);
  return record("bce_with_logits", {logits}, std::move(loss),
                [x = logits.value(), label](const Tensor& dloss, std::span<const GradOut> dx) {
                  backend().bce_with_logits_backward(x, label, dloss, dx[0]);
                });
}

}  // namespace nn
