#include <array>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("least_squares_loss: the worked example of its page", "[ops][least_squares_loss]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(tensor({2, 1, 2, 1}, {0.5, 2, 1, -1}), true);
  const std::array<Var, 1> targets{x};
  // Label 1: x - 1 = -1/2 1 0 -2, mean of squares (1/4 + 1 + 0 + 4) / 4, gradient (x - 1) / 2
  const Var real_one = least_squares_loss(x, 1);
  CHECK(real_one.value().item() == 5.25F / 4);
  backward(real_one, targets);
  CHECK(doubles(x.grad()) == std::vector<double>{-0.25, 0.5, 0, -1});
  // Label 0: (1/4 + 4 + 1 + 1) / 4, gradient x / 2
  const Var fake_one = least_squares_loss(x, 0);
  CHECK(fake_one.value().item() == 6.25F / 4);
  backward(fake_one, targets);
  CHECK(doubles(x.grad()) == std::vector<double>{0.25, 1, 0.5, -0.5});
}

TEST_CASE("least_squares_loss: a smoothed label and the loss's own cotangent",
          "[ops][least_squares_loss]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(tensor({1, 1, 2, 1}, {1, 0.5}), true);
  const Var loss = scale(least_squares_loss(x, 0.75), 16);
  CHECK(loss.value().item() == 16 * 0.0625F);
  const std::array<Var, 1> targets{x};
  backward(loss, targets);
  CHECK(doubles(x.grad()) == std::vector<double>{4, -4});
}

TEST_CASE("least_squares_loss: the mean over many values", "[ops][least_squares_loss]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 65, 67, 4};
  const Var x(integers(shape, 1));
  double sum = 0;
  for (const double v : doubles(x.value())) sum += (v - 1) * (v - 1);
  // The sum is exact (integers); one rounding for the division, one for the result.
  CHECK(static_cast<double>(least_squares_loss(x, 1).value().item()) ==
        Approx(sum / static_cast<double>(shape.numel())).epsilon(2 * 0x1p-24));
}

TEST_CASE("least_squares_loss: refuses an empty Var", "[ops][least_squares_loss]") {
  CHECK(error_of([] { least_squares_loss(Var(), 1); }) == "Var: an empty Var, expected a value");
}

}  // namespace
}  // namespace nn::testing
