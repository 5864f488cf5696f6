#include "nn/ops/ops.h"

namespace nn {

Var relu(const Var& x) {
  Tensor y(x.shape());
  backend().relu_forward(x.value(), y);
  return record("relu", {x}, std::move(y),
                [x = x.value()](const Tensor& dy, std::span<const GradOut> dx) {
                  backend().relu_backward(x, dy, dx[0]);
                });
}

}  // namespace nn
