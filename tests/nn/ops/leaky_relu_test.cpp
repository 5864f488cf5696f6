#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("leaky_relu: the worked example of its page", "[ops][leaky_relu]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // Slope 1/4, so that every product is exact.
  const Var x(tensor({2, 1, 2, 2}, {-2, -0.5, 0, 3, 1, -1, 4, -4}), true);
  const Var y = leaky_relu(x, 0.25);
  CHECK(doubles(y.value()) == std::vector<double>{-0.5, -0.125, 0, 3, 1, -0.25, 4, -1});
  const std::array<Var, 1> targets{x};
  backward(y, tensor({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), targets);
  // 3 / 4 at the kink: the negative side
  CHECK(doubles(x.grad()) == std::vector<double>{0.25, 0.5, 0.75, 4, 5, 1.5, 7, 2});
}

TEST_CASE("leaky_relu: the slope is rounded to float once", "[ops][leaky_relu]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var y = leaky_relu(Var(tensor(vector_shape(2), {-1, 1})), 0.2);
  CHECK(y.value().data()[0] == -static_cast<real>(0.2));
  CHECK(y.value().data()[1] == 1);
}

TEST_CASE("leaky_relu: the way back is the input's sign even where the output underflows",
          "[ops][leaky_relu]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const double slope = GENERATE(0.0, 0.2, 1e-30);
  const real tiny = std::numeric_limits<real>::min();
  const Var x(tensor({1, 1, 1, 5}, {-tiny, -1e-20, tiny, 0, 1e-20}), true);
  const Var y = leaky_relu(x, slope);
  const std::array<Var, 1> targets{x};
  backward(y, tensor({1, 1, 1, 5}, {1, 1, 1, 1, 1}), targets);
  const double s = static_cast<double>(static_cast<real>(slope));
  CHECK(doubles(x.grad()) == std::vector<double>{s, s, 1, s, 1});
}

TEST_CASE("leaky_relu: a slope below 0 is refused", "[ops][leaky_relu]") {
  const BackendGuard guard("cpu");
  CHECK(error_of([] { leaky_relu(Var(tensor(vector_shape(1), {1})), -0.5); }) ==
        "leaky_relu: slope -0.500000, expected 0 or more");
}

TEST_CASE("leaky_relu: is positively homogeneous, over more than one chunk", "[ops][leaky_relu]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // f(4 x) = 4 f(x), and the gradient depends on the sign of x alone: exact for a power of two.
  const Shape shape{2, 65, 67, 4};
  const Var x(noise(shape, 1), true);
  const Var x4(scale(x, 4).value(), true);
  const Tensor dy = noise(shape, 2);
  const Var y = leaky_relu(x, 0.2);
  const Var y4 = leaky_relu(x4, 0.2);
  CHECK(doubles(scale(y, 4).value()) == doubles(y4.value()));
  const std::array<Var, 1> targets{x};
  const std::array<Var, 1> targets4{x4};
  backward(y, dy, targets);
  backward(y4, dy, targets4);
  CHECK(doubles(x.grad()) == doubles(x4.grad()));
  // Euler: <dx, x> = <dy, y> for a homogeneous function, within one rounding (2^-24) per term.
  double size = 0;
  for (index i = 0; i < x.value().numel(); ++i) {
    size += std::abs(static_cast<double>(dy.data()[i] * y.value().data()[i]));
  }
  CHECK(inner(x.grad(), x.value()) ==
        Approx(inner(dy, y.value())).epsilon(0).margin(2 * 0x1p-24 * size));
}

}  // namespace
}  // namespace nn::testing
