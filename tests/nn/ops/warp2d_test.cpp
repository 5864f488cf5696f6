#include <array>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("warp2d: the worked example of its page", "[ops][warp2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(tensor({1, 1, 4, 1}, {0, 1, 4, 9}), true);
  // To the right and down, for each pixel; the last place lies beyond the border.
  const Var u(tensor({1, 1, 4, 2}, {0.5, 0, 0.5, 0, -1, 0, 2, 0}), true);
  const Var y = warp2d(x, u);
  CHECK(doubles(y.value()) == std::vector<double>{0.3125, 2.25, 1, 9});
  const std::array<Var, 2> targets{x, u};
  backward(y, tensor({1, 1, 4, 1}, {16, 16, 1, 1}), targets);
  CHECK(doubles(x.grad()) == std::vector<double>{7, 19, 8, 0});
  CHECK(doubles(u.grad()) == std::vector<double>{14, 0, 48, 0, 2, 0, 0, 0});
}

/// f(x, y) at each pixel of each image, with channel c times c + 1.
template <class F>
Tensor drawn(const Shape& shape, const F& f) {
  Tensor t(shape);
  for (index n = 0; n < shape.n; ++n) {
    for (index i = 0; i < shape.h; ++i) {
      for (index j = 0; j < shape.w; ++j) {
        for (index c = 0; c < shape.c; ++c) {
          const double v = f(static_cast<double>(j), static_cast<double>(i));
          t.at(n, i, j, c) = static_cast<real>(static_cast<double>(c + 1) * v);
        }
      }
    }
  }
  return t;
}

TEST_CASE("warp2d: a quadratic polynomial is moved, and its slope found, exactly",
          "[ops][warp2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // Coefficients and movements are powers of two: all sums are exact in float.
  const Shape shape{2, 8, 9, 2};
  const auto f = [](double x, double y) { return x * x - 2 * x * y + 0.5 * y * y + 4 * x - y; };
  const double right = -0.5;
  const double down = 1.25;
  const Var u(drawn({2, 8, 9, 2}, [](double, double) { return 0; }), true);
  Tensor movement(u.shape());
  for (index i = 0; i < movement.numel(); ++i) {
    movement.data()[i] = static_cast<real>(i % 2 == 0 ? right : down);
  }
  const Var by(movement, true);
  const Var y = warp2d(Var(drawn(shape, f)), by);
  const std::array<Var, 1> targets{by};
  backward(y, Tensor::full(shape, 1), targets);
  for (index n = 0; n < 2; ++n) {
    for (index i = 1; i < 5; ++i) {
      for (index j = 2; j < 7; ++j) {
        const double at_x = static_cast<double>(j) + right;
        const double at_y = static_cast<double>(i) + down;
        CHECK(static_cast<double>(y.value().at(n, i, j, 0)) == f(at_x, at_y));
        CHECK(static_cast<double>(y.value().at(n, i, j, 1)) == 2 * f(at_x, at_y));
        // Both channels: 1 + 2 times the derivative.
        CHECK(static_cast<double>(by.grad().at(n, i, j, 0)) == 3 * (2 * at_x - 2 * at_y + 4));
        CHECK(static_cast<double>(by.grad().at(n, i, j, 1)) == 3 * (-2 * at_x + at_y - 1));
      }
    }
  }
}

TEST_CASE("warp2d: a movement of 0 is the image, and its own gradient comes back",
          "[ops][warp2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 35, 37, 3};
  const Var x(noise(shape, 1), true);
  const Var y = warp2d(x, Var(Tensor::zeros({2, 35, 37, 2})));
  CHECK(doubles(y.value()) == doubles(x.value()));
  const Tensor dy = noise(shape, 2);
  const std::array<Var, 1> targets{x};
  backward(y, dy, targets);
  CHECK(doubles(x.grad()) == doubles(dy));
}

TEST_CASE("warp2d: is linear in the image, and its gradient the adjoint", "[ops][warp2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 19, 23, 2};
  // Whole pixels: the weights are 0 and 1, and sums of integers exact.
  const Var x(integers(shape, 1), true);
  const Var y = warp2d(x, Var(integers({2, 19, 23, 2}, 2)));
  const Tensor dy = integers(shape, 3);
  const std::array<Var, 1> targets{x};
  backward(y, dy, targets);
  CHECK(inner(y.value(), dy) == inner(x.value(), x.grad()));
}

TEST_CASE("warp2d: a mirrored image gives the mirrored bits", "[ops][warp2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{1, 12, 13, 1};
  const auto mirrored = [](const Tensor& t) {
    Tensor m(t.shape());
    for (index i = 0; i < t.shape().h; ++i) {
      for (index j = 0; j < t.shape().w; ++j) {
        for (index c = 0; c < t.shape().c; ++c)
          m.at(0, i, j, c) = t.at(0, i, t.shape().w - 1 - j, c);
      }
    }
    return m;
  };
  const Tensor x = noise(shape, 1);
  const Tensor u = noise({1, 12, 13, 2}, 2);
  Tensor other = mirrored(u);
  for (index i = 0; i < other.numel(); i += 2) other.data()[i] = -other.data()[i];
  const Var by(u, true);
  const Var mirrored_by(other, true);
  const Var y = warp2d(Var(x), by);
  const Var mirrored_y = warp2d(Var(mirrored(x)), mirrored_by);
  CHECK(doubles(mirrored_y.value()) == doubles(mirrored(y.value())));
  const Tensor dy = noise(shape, 3);
  backward(y, dy, std::array<Var, 1>{by});
  backward(mirrored_y, mirrored(dy), std::array<Var, 1>{mirrored_by});
  Tensor back = mirrored(mirrored_by.grad());
  for (index i = 0; i < back.numel(); i += 2) back.data()[i] = -back.data()[i];
  CHECK(doubles(back) == doubles(by.grad()));
}

TEST_CASE("warp2d: refuses a movement of another size", "[ops][warp2d]") {
  const Var x(Tensor::zeros({2, 3, 4, 5}));
  CHECK(error_of([&] {
          warp2d(x, Var(Tensor::zeros({2, 3, 4, 1})));
        }) == "warp2d: 2x3x4x5 moved by 2x3x4x1, expected a movement of 2x3x4x2");
  CHECK_FALSE(error_of([&] { warp2d(x, Var(Tensor::zeros({2, 4, 3, 2}))); }).empty());
  CHECK_FALSE(error_of([&] { warp2d(x, Var(Tensor::zeros({1, 3, 4, 2}))); }).empty());
}

}  // namespace
}  // namespace nn::testing
