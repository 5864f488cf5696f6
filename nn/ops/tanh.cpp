#include "nn/ops/ops.h"

namespace nn {

Var tanh(const Var& x) {
  Tensor y(x.shape());
  backend().tanh_forward(x.value(), y);
  return record("tanh", {x}, y, [y](const Tensor& dy, std::span<const GradOut> dx) {
    backend().tanh_backward(y, dy, dx[0]);
  });
}

}  // namespace nn
