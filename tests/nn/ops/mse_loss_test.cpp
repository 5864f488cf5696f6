#include <array>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("mse_loss: the worked example of its page", "[ops][mse_loss]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // a - b = 1 0 -2 -4: mean of squares (1 + 0 + 4 + 16) / 4 = 21/4, gradient (a - b) / 2
  const Var a(tensor({2, 1, 2, 1}, {1, 2, 3, 4}), true);
  const Var b(tensor({2, 1, 2, 1}, {0, 2, 5, 8}), true);
  const Var loss = mse_loss(a, b);
  CHECK(loss.value().item() == 5.25F);
  const std::array<Var, 2> targets{a, b};
  backward(loss, targets);
  CHECK(doubles(a.grad()) == std::vector<double>{0.5, 0, -1, -2});
  CHECK(doubles(b.grad()) == std::vector<double>{-0.5, 0, 1, 2});
}

TEST_CASE("mse_loss: the loss's own cotangent multiplies the gradient", "[ops][mse_loss]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var a(tensor({1, 1, 2, 1}, {1, 2}), true);
  const Var b(tensor({1, 1, 2, 1}, {5, 0}));
  const std::array<Var, 1> targets{a};
  backward(scale(mse_loss(a, b), 10), targets);
  CHECK(doubles(a.grad()) == std::vector<double>{-40, 20});
}

TEST_CASE("mse_loss: the mean over many values", "[ops][mse_loss]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 65, 67, 4};
  const Var a(integers(shape, 1));
  const Var b(integers(shape, 2));
  double sum = 0;
  for (index i = 0; i < shape.numel(); ++i) {
    const double d = static_cast<double>(a.value().data()[i] - b.value().data()[i]);
    sum += d * d;
  }
  // The sum is exact (integers); one rounding for the division, one for the result.
  CHECK(static_cast<double>(mse_loss(a, b).value().item()) ==
        Approx(sum / static_cast<double>(shape.numel())).epsilon(2 * 0x1p-24));
  CHECK(mse_loss(a, a).value().item() == 0);
}

TEST_CASE("mse_loss: against a constant image is least_squares_loss", "[ops][mse_loss]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 3, 5, 2};
  const Var a(noise(shape, 3), true);
  const Var one(Tensor::full(shape, 1));
  const std::array<Var, 1> targets{a};
  const Var left = mse_loss(a, one);
  const Var right = least_squares_loss(a, 1);
  CHECK(left.value().item() == right.value().item());
  backward(left, targets);
  const std::vector<double> gradient = doubles(a.grad());
  backward(right, targets);
  CHECK(gradient == doubles(a.grad()));
}

TEST_CASE("mse_loss: refuses two shapes", "[ops][mse_loss]") {
  const Var a(Tensor::zeros({1, 2, 3, 4}));
  CHECK(error_of([&] {
          mse_loss(a, Var(Tensor::zeros({2, 2, 3, 4})));
        }) == "mse_loss: 1x2x3x4 and 2x2x3x4, expected two tensors of one shape");
}

}  // namespace
}  // namespace nn::testing
