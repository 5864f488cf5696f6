#include "nn/ops/ops.h"

namespace nn {

Var mse_loss(const Var& a, const Var& b) {
  ops_detail::require_same_shape("mse_loss", a, b);
  Tensor loss(scalar_shape());
  backend().mse_loss_forward(a.value(), b.value(), loss);
  return record("mse_loss", {a, b}, std::move(loss),
                [a = a.value(), b = b.value()](const Tensor& dloss, std::span<const GradOut> dx) {
                  if (dx[0]) backend().mse_loss_backward(a, b, dloss, dx[0]);
                  if (dx[1]) backend().mse_loss_backward(b, a, dloss, dx[1]);
                });
}

}  // namespace nn
