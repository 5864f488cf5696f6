#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("l1_loss: the worked example of its page", "[ops][l1_loss]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // a - b = 1 0 -2 -4: mean of absolutes 7/4, gradient sign / 4
  const Var a(tensor({2, 1, 2, 1}, {1, 2, 3, 4}), true);
  const Var b(tensor({2, 1, 2, 1}, {0, 2, 5, 8}), true);
  const Var loss = l1_loss(a, b);
  CHECK(loss.value().item() == 1.75F);
  const std::array<Var, 2> targets{a, b};
  backward(loss, targets);
  CHECK(doubles(a.grad()) == std::vector<double>{0.25, 0, -0.25, -0.25});
  CHECK(doubles(b.grad()) == std::vector<double>{-0.25, 0, 0.25, 0.25});
}

TEST_CASE("l1_loss: the loss's own cotangent multiplies the gradient", "[ops][l1_loss]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var a(tensor({1, 1, 2, 1}, {1, 2}), true);
  const Var b(tensor({1, 1, 2, 1}, {5, 0}));
  const std::array<Var, 1> targets{a};
  backward(scale(l1_loss(a, b), 100), targets);
  CHECK(doubles(a.grad()) == std::vector<double>{-50, 50});
}

TEST_CASE("l1_loss: the mean over many values", "[ops][l1_loss]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 65, 67, 4};
  const Var a(integers(shape, 1));
  const Var b(integers(shape, 2));
  double sum = 0;
  for (index i = 0; i < shape.numel(); ++i) {
    sum += std::fabs(static_cast<double>(a.value().data()[i] - b.value().data()[i]));
  }
  // The sum is exact (integers); one rounding for the division, one for the result.
  CHECK(static_cast<double>(l1_loss(a, b).value().item()) ==
        Approx(sum / static_cast<double>(shape.numel())).epsilon(2 * 0x1p-24));
  CHECK(l1_loss(a, b).value().item() == l1_loss(b, a).value().item());
  CHECK(l1_loss(a, a).value().item() == 0);
}

TEST_CASE("l1_loss: refuses two shapes", "[ops][l1_loss]") {
  const Var a(Tensor::zeros({1, 2, 3, 4}));
  CHECK(error_of([&] {
          l1_loss(a, Var(Tensor::zeros({1, 2, 3, 1})));
        }) == "l1_loss: 1x2x3x4 and 1x2x3x1, expected two tensors of one shape");
}

}  // namespace
}  // namespace nn::testing
