#include "nn/core/error.h"
#include "nn/ops/ops.h"

namespace nn {

Var dropout(const Var& x, double rate, const Rng& rng) {
  require(rate >= 0 && rate < 1, "dropout", "rate " + std::to_string(rate), "0 <= rate < 1");
  Tensor y(x.shape());
  backend().dropout(x.value(), rate, rng, {&y});
  // The mask is a function of the stream, so the way back draws it again instead of storing it.
  return record("dropout", {x}, std::move(y),
                [rate, rng](const Tensor& dy, std::span<const GradOut> dx) {
                  backend().dropout(dy, rate, rng, dx[0]);
                });
}

}  // namespace nn
