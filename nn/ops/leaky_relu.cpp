#include "nn/core/error.h"
#include "nn/ops/ops.h"

namespace nn {

Var leaky_relu(const Var& x, double slope) {
  // The way back takes the sign of x from y.
  require(slope >= 0, "leaky_relu", "slope " + std::to_string(slope), "0 or more");
  Tensor y(x.shape());
  backend().leaky_relu_forward(x.value(), slope, y);
  return record("leaky_relu", {x}, y, [y, slope](const Tensor& dy, std::span<const GradOut> dx) {
    backend().leaky_relu_backward(y, slope, dy, dx[0]);
  });
}

}  // namespace nn
