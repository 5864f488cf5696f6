// Reading an image between its pixels, along a movement that may be learned.
#include <limits>

#include "nn/core/error.h"
#include "nn/ops/ops.h"

namespace nn {

Var warp2d(const Var& x, const Var& movement) {
  const Shape& s = x.shape();
  const Shape& u = movement.shape();
  require(s.n == u.n && s.h == u.h && s.w == u.w && u.c == 2, "warp2d",
          to_string(s) + " moved by " + to_string(u),
          "a movement of " + to_string(Shape{s.n, s.h, s.w, 2}));
  require(s.h * s.w * s.c <= std::numeric_limits<int>::max(), "warp2d",
          "an image of " + to_string(s), "at most 2^31 - 1 values in an image");
  Tensor y(s);
  backend().run(Warp2dForward{x.value(), movement.value(), {&y}});
  return record(
      "warp2d", {x, movement}, std::move(y),
      [x = x.value(), u = movement.value()](const Tensor& dy, std::span<const Destination> dx) {
        if (dx[0]) backend().run(Warp2dBackwardImage{u, dy, dx[0]});
        if (dx[1]) backend().run(Warp2dBackwardMovement{x, u, dy, dx[1]});
      });
}

}  // namespace nn
