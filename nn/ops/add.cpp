#include "nn/ops/ops.h"

namespace nn {

Var add(const Var& a, const Var& b) {
  ops_detail::require_same_shape("add", a, b);
  Tensor y(a.shape());
  backend().add_forward(a.value(), b.value(), y);
  return record("add", {a, b}, std::move(y), [](const Tensor& dy, std::span<const GradOut> dx) {
    if (dx[0]) backend().scale(dy, 1, dx[0]);
    if (dx[1]) backend().scale(dy, 1, dx[1]);
  });
}

}  // namespace nn
