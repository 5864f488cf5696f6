#include <array>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("weighted_mean: the worked example of its page", "[ops][weighted_mean]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(tensor({2, 1, 2, 1}, {1, 2, 3, 4}), true);
  const Var y = weighted_mean(x, tensor({2, 1, 2, 1}, {1, 0, -1, 2}));
  CHECK(y.value().item() == 1.5F);
  const std::array<Var, 1> targets{x};
  backward(scale(y, 2), targets);
  CHECK(doubles(x.grad()) == std::vector<double>{0.5, 0, -0.5, 1});
}

TEST_CASE("weighted_mean: the mean over many values", "[ops][weighted_mean]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 65, 67, 4};
  const Var x(integers(shape, 1));
  const Tensor w = integers(shape, 2);
  double sum = 0;
  for (index i = 0; i < shape.numel(); ++i) {
    sum += static_cast<double>(w.data()[i] * x.value().data()[i]);
  }
  // The sum is exact (integers); one rounding for the division, one for the result.
  const double n = static_cast<double>(shape.numel());
  CHECK(static_cast<double>(weighted_mean(x, w).value().item()) ==
        Approx(sum / n).epsilon(2 * 0x1p-24));
}

TEST_CASE("weighted_mean: errors of both signs cancel, and then pull nowhere",
          "[ops][weighted_mean]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{1, 1, 4, 1};
  const Tensor chosen = tensor(shape, {1, 1, 0, 0});
  const Var zero(Tensor::zeros(scalar_shape()));
  const auto pull = [&](const std::vector<double>& errors) {
    const Var x(tensor(shape, errors), true);
    const std::array<Var, 1> targets{x};
    backward(l1_loss(weighted_mean(x, chosen), zero), targets);
    return doubles(x.grad());
  };
  CHECK(pull({-3, 1, 7, 7}) == std::vector<double>{-0.25, -0.25, 0, 0});
  CHECK(pull({-1, 1, 7, 7}) == std::vector<double>{0, 0, 0, 0});
}

TEST_CASE("weighted_mean: refuses two shapes", "[ops][weighted_mean]") {
  const Var x(Tensor::zeros({1, 2, 3, 4}));
  CHECK(error_of([&] {
          weighted_mean(x, Tensor::zeros({1, 2, 3, 1}));
        }) == "weighted_mean: 1x2x3x4 and 1x2x3x1, expected two tensors of one shape");
}

}  // namespace
}  // namespace nn::testing
