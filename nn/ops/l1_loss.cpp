#include "nn/ops/ops.h"

namespace nn {

Var l1_loss(const Var& a, const Var& b) {
  ops_detail::require_same_shape("l1_loss", a, b);
  Tensor loss(scalar_shape());
  backend().l1_loss_forward(a.value(), b.value(), loss);
  return record("l1_loss", {a, b}, std::move(loss),
                [a = a.value(), b = b.value()](const Tensor& dloss, std::span<const GradOut> dx) {
                  if (dx[0]) backend().l1_loss_backward(a, b, dloss, dx[0]);
                  if (dx[1]) backend().l1_loss_backward(b, a, dloss, dx[1]);
                });
}

}  // namespace nn
