#include <array>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("scale: the worked example of its page", "[ops][scale]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(tensor({2, 1, 2, 2}, {1, 2, 3, 4, -5, -6, -7, -8}), true);
  const Var y = scale(x, -0.5);
  CHECK(doubles(y.value()) == std::vector<double>{-0.5, -1, -1.5, -2, 2.5, 3, 3.5, 4});
  const std::array<Var, 1> targets{x};
  backward(y, tensor({2, 1, 2, 2}, {2, 4, 6, 8, 10, 12, 14, 16}), targets);
  CHECK(doubles(x.grad()) == std::vector<double>{-1, -2, -3, -4, -5, -6, -7, -8});
}

TEST_CASE("scale: is its own adjoint", "[ops][scale]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 65, 67, 4};  // more than one chunk
  const Var x(integers(shape, 1), true);
  const Tensor dy = integers(shape, 2);
  const Var y = scale(x, 3);
  const std::array<Var, 1> targets{x};
  backward(y, dy, targets);
  CHECK(inner(y.value(), dy) == inner(x.value(), x.grad()));
  CHECK(doubles(x.grad()) == doubles(scale(Var(dy), 3).value()));
}

TEST_CASE("scale: by 0 and by 1", "[ops][scale]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(noise({2, 3, 4, 5}, 3));
  CHECK(doubles(scale(x, 1).value()) == doubles(x.value()));
  CHECK(doubles(scale(x, 0).value()) == std::vector<double>(120, 0.0));
}

}  // namespace
}  // namespace nn::testing
