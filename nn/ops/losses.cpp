// Means over all values, as scalars. Of a part of a batch they are those of the whole batch.
#include "nn/ops/ops.h"
#include "nn/ranks/shared_batch.h"

namespace nn {

Var weighted_mean(const Var& x, const Tensor& weights) {
  ops_detail::require_same_shape("weighted_mean", x, Var(weights));
  Tensor y(scalar_shape());
  backend().run(WeightedMeanForward{x.value(), weights, {&y}, shared_batch()});
  return record("weighted_mean", {x}, std::move(y),
                [weights](const Tensor& dy, std::span<const Destination> dx) {
                  if (dx[0])
                    backend().run(WeightedMeanBackward{weights, dy, dx[0], shared_batch()});
                });
}

Var l1_loss(const Var& a, const Var& b) {
  ops_detail::require_same_shape("l1_loss", a, b);
  Tensor loss(scalar_shape());
  backend().run(L1LossForward{a.value(), b.value(), {&loss}, shared_batch()});
  return record(
      "l1_loss", {a, b}, std::move(loss),
      [a = a.value(), b = b.value()](const Tensor& dloss, std::span<const Destination> dx) {
        if (dx[0]) backend().run(L1LossBackward{a, b, dloss, dx[0], shared_batch()});
        if (dx[1]) backend().run(L1LossBackward{b, a, dloss, dx[1], shared_batch()});
      });
}

Var mse_loss(const Var& a, const Var& b) {
  ops_detail::require_same_shape("mse_loss", a, b);
  Tensor loss(scalar_shape());
  backend().run(MseLossForward{a.value(), b.value(), {&loss}, shared_batch()});
  return record(
      "mse_loss", {a, b}, std::move(loss),
      [a = a.value(), b = b.value()](const Tensor& dloss, std::span<const Destination> dx) {
        if (dx[0]) backend().run(MseLossBackward{a, b, dloss, dx[0], shared_batch()});
        if (dx[1]) backend().run(MseLossBackward{b, a, dloss, dx[1], shared_batch()});
      });
}

Var bce_with_logits(const Var& logits, double label) {
  Tensor loss(scalar_shape());
  backend().run(BceWithLogitsForward{logits.value(), label, {&loss}, shared_batch()});
  return record("bce_with_logits", {logits}, std::move(loss),
                [x = logits.value(), label](const Tensor& dloss, std::span<const Destination> dx) {
                  backend().run(BceWithLogitsBackward{x, label, dloss, dx[0], shared_batch()});
                });
}

Var least_squares_loss(const Var& logits, double label) {
  Tensor loss(scalar_shape());
  backend().run(LeastSquaresLossForward{logits.value(), label, {&loss}, shared_batch()});
  return record("least_squares_loss", {logits}, std::move(loss),
                [x = logits.value(), label](const Tensor& dloss, std::span<const Destination> dx) {
                  backend().run(LeastSquaresLossBackward{x, label, dloss, dx[0], shared_batch()});
                });
}

}  // namespace nn
