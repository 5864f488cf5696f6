#include "nn/ops/ops.h"

namespace nn {

Var scale(const Var& x, double factor) {
  Tensor y(x.shape());
  backend().scale(x.value(), factor, {&y});
  return record("scale", {x}, std::move(y),
                [factor](const Tensor& dy, std::span<const GradOut> dx) {
                  backend().scale(dy, factor, dx[0]);
                });
}

}  // namespace nn
