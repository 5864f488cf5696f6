#include <array>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("multiply: the worked example of its page", "[ops][multiply]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var a(tensor({1, 1, 3, 1}, {1, -2, 0.5}), true);
  const Var b(tensor({1, 1, 3, 1}, {4, 3, -8}), true);
  const Var y = multiply(a, b);
  CHECK(doubles(y.value()) == std::vector<double>{4, -6, -4});
  const std::array<Var, 2> targets{a, b};
  backward(y, tensor({1, 1, 3, 1}, {1, 10, 100}), targets);
  CHECK(doubles(a.grad()) == std::vector<double>{4, 30, -800});
  CHECK(doubles(b.grad()) == std::vector<double>{1, -20, 50});
}

TEST_CASE("multiply: a value with itself is its square", "[ops][multiply]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 65, 67, 4};  // more than one chunk
  const Var x(integers(shape, 1), true);
  const Tensor dy = integers(shape, 2);
  const Var y = multiply(x, x);
  const std::array<Var, 1> targets{x};
  backward(y, dy, targets);
  for (index i = 0; i < shape.numel(); ++i) {
    const real v = x.value().data()[i];
    REQUIRE(y.value().data()[i] == v * v);
    REQUIRE(x.grad().data()[i] == 2 * v * dy.data()[i]);
  }
}

TEST_CASE("multiply: refuses two shapes", "[ops][multiply]") {
  const Var x(Tensor::zeros({1, 2, 3, 4}));
  CHECK(error_of([&] {
          multiply(x, Var(Tensor::zeros({1, 2, 3, 1})));
        }) == "multiply: 1x2x3x4 and 1x2x3x1, expected two tensors of one shape");
}

}  // namespace
}  // namespace nn::testing
