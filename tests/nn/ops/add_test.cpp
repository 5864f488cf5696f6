#include <array>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("add: the worked example of its page", "[ops][add]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var a(tensor({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), true);
  const Var b(tensor({2, 1, 2, 2}, {10, 20, 30, 40, 50, 60, 70, 80}), true);
  const Var y = add(a, b);
  CHECK(doubles(y.value()) == std::vector<double>{11, 22, 33, 44, 55, 66, 77, 88});
  const std::vector<double> dy{1, -2, 3, -4, 5, -6, 7, -8};
  const std::array<Var, 2> targets{a, b};
  backward(y, tensor({2, 1, 2, 2}, dy), targets);
  CHECK(doubles(a.grad()) == dy);
  CHECK(doubles(b.grad()) == dy);
}

TEST_CASE("add: a value added to itself has gradient 2", "[ops][add]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var a(tensor({1, 1, 2, 2}, {1, 2, 3, 4}), true);
  const Var y = add(a, a);
  CHECK(doubles(y.value()) == std::vector<double>{2, 4, 6, 8});
  const std::array<Var, 1> targets{a};
  backward(y, tensor({1, 1, 2, 2}, {1, 10, 100, 1000}), targets);
  CHECK(doubles(a.grad()) == std::vector<double>{2, 20, 200, 2000});
}

TEST_CASE("add: its adjoint is the pair of copies", "[ops][add]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 65, 67, 4};  // more than one chunk
  const Var a(integers(shape, 1), true);
  const Var b(integers(shape, 2), true);
  const Tensor dy = integers(shape, 3);
  const Var y = add(a, b);
  const std::array<Var, 2> targets{a, b};
  backward(y, dy, targets);
  CHECK(inner(y.value(), dy) == inner(a.value(), a.grad()) + inner(b.value(), b.grad()));
}

TEST_CASE("add: refuses two shapes", "[ops][add]") {
  const Var a(Tensor::zeros({1, 2, 3, 4}));
  CHECK(error_of([&] {
          add(a, Var(Tensor::zeros({1, 2, 3, 5})));
        }) == "add: 1x2x3x4 and 1x2x3x5, expected two tensors of one shape");
  // No broadcasting, not even of equal numbers of values.
  CHECK(error_of([&] {
          add(a, Var(Tensor::zeros({1, 3, 2, 4})));
        }) == "add: 1x2x3x4 and 1x3x2x4, expected two tensors of one shape");
}

}  // namespace
}  // namespace nn::testing
