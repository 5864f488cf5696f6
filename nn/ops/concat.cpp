#include "nn/core/error.h"
#include "nn/ops/ops.h"

namespace nn {

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
