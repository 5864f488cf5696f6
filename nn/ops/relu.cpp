#include "nn/ops/ops.h"

namespace nn {

Var relu(const Var& x) {
  Tensor y(x.shape());
  backend().relu_forward(x.value(), y);
  // The way back takes the sign of x from y.
  return record("relu", {x}, y, [y](const Tensor& dy, std::span<const GradOut> dx) {
    backend().relu_backward(y, dy, dx[0]);
  });
}

}  // namespace nn
