// Ops that compute each value from the values at the same place.
#include "nn/core/error.h"
#include "nn/ops/ops.h"
#include "nn/ranks/shared_batch.h"

namespace nn {

Var add(const Var& a, const Var& b) {
  ops_detail::require_same_shape("add", a, b);
  Tensor y(a.shape());
  backend().run(AddForward{a.value(), b.value(), {&y}});
  return record("add", {a, b}, std::move(y), [](const Tensor& dy, std::span<const Destination> dx) {
    if (dx[0]) backend().run(Scale{dy, 1, dx[0]});
    if (dx[1]) backend().run(Scale{dy, 1, dx[1]});
  });
}

Var scale(const Var& x, double factor) {
  Tensor y(x.shape());
  backend().run(Scale{x.value(), factor, {&y}});
  return record("scale", {x}, std::move(y),
                [factor](const Tensor& dy, std::span<const Destination> dx) {
                  backend().run(Scale{dy, factor, dx[0]});
                });
}

Var multiply(const Var& a, const Var& b) {
  ops_detail::require_same_shape("multiply", a, b);
  Tensor y(a.shape());
  backend().run(Multiply{a.value(), b.value(), {&y}});
  return record("multiply", {a, b}, std::move(y),
                [a = a.value(), b = b.value()](const Tensor& dy, std::span<const Destination> dx) {
                  if (dx[0]) backend().run(Multiply{dy, b, dx[0]});
                  if (dx[1]) backend().run(Multiply{dy, a, dx[1]});
                });
}

Var relu(const Var& x) {
  Tensor y(x.shape());
  backend().run(ReluForward{x.value(), {&y}});
  // The backward pass takes the sign of x from y.
  return record("relu", {x}, y, [y](const Tensor& dy, std::span<const Destination> dx) {
    backend().run(ReluBackward{y, dy, dx[0]});
  });
}

Var leaky_relu(const Var& x, double slope) {
  // The backward pass takes the sign of x from y.
  require(slope >= 0, "leaky_relu", "slope " + std::to_string(slope), "0 or more");
  Tensor y(x.shape());
  backend().run(LeakyReluForward{x.value(), slope, {&y}});
  return record("leaky_relu", {x}, y,
                [y, slope](const Tensor& dy, std::span<const Destination> dx) {
                  backend().run(LeakyReluBackward{y, slope, dy, dx[0]});
                });
}

Var tanh(const Var& x) {
  Tensor y(x.shape());
  backend().run(TanhForward{x.value(), {&y}});
  return record("tanh", {x}, y, [y](const Tensor& dy, std::span<const Destination> dx) {
    backend().run(TanhBackward{y, dy, dx[0]});
  });
}

Var dropout(const Var& x, double rate, const Rng& rng) {
  require(rate >= 0 && rate < 1, "dropout", "rate " + std::to_string(rate), "0 <= rate < 1");
  Tensor y(x.shape());
  // Of a part of a batch the mask is that part of the batch's mask.
  const SharedBatch* batch = shared_batch();
  const index before = batch == nullptr ? 0 : batch->own().first;
  const index skip = x.value().numel() / x.shape().n * before;
  backend().run(Dropout{x.value(), rate, rng, {&y}, skip});
  // The mask is a function of the stream, so the backward pass draws it again.
  return record("dropout", {x}, std::move(y),
                [rate, rng, skip](const Tensor& dy, std::span<const Destination> dx) {
                  backend().run(Dropout{dy, rate, rng, dx[0], skip});
                });
}

Var concat(const Var& a, const Var& b) {
  const Shape& sa = a.shape();
  const Shape& sb = b.shape();
  require(sa.n == sb.n && sa.h == sb.h && sa.w == sb.w, "concat",
          to_string(sa) + " and " + to_string(sb), "equal N, H and W");
  Tensor y({sa.n, sa.h, sa.w, sa.c + sb.c});
  backend().run(ConcatForward{a.value(), b.value(), {&y}});
  return record("concat", {a, b}, std::move(y),
                [split = sa.c](const Tensor& dy, std::span<const Destination> dx) {
                  if (dx[0]) backend().run(ConcatBackward{dy, 0, dx[0]});
                  if (dx[1]) backend().run(ConcatBackward{dy, split, dx[1]});
                });
}

}  // namespace nn
