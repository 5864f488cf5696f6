#include "nn/ops/ops.h"

namespace nn {

Var leaky_relu(const Var& x, double slope) {
  Tensor y(x.shape());
  backend().leaky_relu_forward(x.value(), slope, y);
  return record("leaky_relu", {x}, std::move(y),
                [x = x.value(), slope](const Tensor& dy, std::span<const GradOut> dx) {
                  backend().leaky_relu_backward(x, slope, dy, dx[0]);
                });
}

}  // namespace nn
