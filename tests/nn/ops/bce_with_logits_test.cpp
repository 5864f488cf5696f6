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

// A few roundings of float on values of size 1.
constexpr double kMargin = 8 * 0x1p-24;

TEST_CASE("bce_with_logits: the worked example of its page", "[ops][bce_with_logits]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // sigmoid = 1/2 and 3/4
  const Var x(tensor({2, 1, 1, 1}, {0, std::log(3.0)}), true);
  const std::array<Var, 1> targets{x};
  const auto gradient = [&](index i) { return static_cast<double>(x.grad().data()[i]); };

  // Label 1: (-ln(1/2) - ln(3/4)) / 2 = ln(8/3) / 2, gradient (sigmoid - 1) / 2
  const Var real_one = bce_with_logits(x, 1);
  CHECK(static_cast<double>(real_one.value().item()) ==
        Approx(std::log(8.0 / 3) / 2).epsilon(0).margin(kMargin));
  backward(real_one, targets);
  CHECK(gradient(0) == Approx(-0.25).epsilon(0).margin(kMargin));
  CHECK(gradient(1) == Approx(-0.125).epsilon(0).margin(kMargin));

  // Label 0: (-ln(1/2) - ln(1/4)) / 2 = ln(8) / 2, gradient sigmoid / 2
  const Var fake_one = bce_with_logits(x, 0);
  CHECK(static_cast<double>(fake_one.value().item()) ==
        Approx(std::log(8.0) / 2).epsilon(0).margin(kMargin));
  backward(fake_one, targets);
  CHECK(gradient(0) == Approx(0.25).epsilon(0).margin(kMargin));
  CHECK(gradient(1) == Approx(0.375).epsilon(0).margin(kMargin));
}

TEST_CASE("bce_with_logits: equals the definition where that is safe", "[ops][bce_with_logits]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const double label = GENERATE(0.0, 1.0, 0.9);
  const Shape shape{2, 31, 29, 3};
  const Var x(noise(shape, 1), true);
  const auto count = static_cast<double>(shape.numel());
  const Var loss = bce_with_logits(x, label);
  const std::array<Var, 1> targets{x};
  backward(loss, Tensor::full(scalar_shape(), static_cast<real>(count)), targets);
  double sum = 0;
  for (index i = 0; i < shape.numel(); ++i) {
    const double sigmoid = 1 / (1 + std::exp(-static_cast<double>(x.value().data()[i])));
    sum -= label * std::log(sigmoid) + (1 - label) * std::log(1 - sigmoid);
    REQUIRE(static_cast<double>(x.grad().data()[i]) ==
            Approx(sigmoid - label).epsilon(0).margin(kMargin));
  }
  // ref adds one float after the other: an error of at most count * 2^-24 relative, on average much
  // less.
  CHECK(static_cast<double>(loss.value().item()) ==
        Approx(sum / count).epsilon(count * 0x1p-24 / 16));
}

TEST_CASE("bce_with_logits: finite for the largest logits", "[ops][bce_with_logits]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(tensor({2, 1, 2, 1}, {1000, -1000, 1e30, -1e30}), true);
  const std::array<Var, 1> targets{x};
  // Wrong by 1000 costs 1000; right costs nothing.
  const Var wrong = bce_with_logits(Var(tensor(scalar_shape(), {-1000})), 1);
  CHECK(wrong.value().item() == 1000);
  const Var right = bce_with_logits(Var(tensor(scalar_shape(), {1000})), 1);
  CHECK(right.value().item() == 0);

  const Var real_one = bce_with_logits(x, 1);
  CHECK(static_cast<double>(real_one.value().item()) == Approx(1e30 / 4).epsilon(1e-6));
  backward(real_one, targets);
  CHECK(doubles(x.grad()) == std::vector<double>{0, -0.25, 0, -0.25});
  const Var fake_one = bce_with_logits(x, 0);
  CHECK(std::isfinite(fake_one.value().item()));
  backward(fake_one, targets);
  CHECK(doubles(x.grad()) == std::vector<double>{0.25, 0, 0.25, 0});
}

TEST_CASE("bce_with_logits: small losses keep their digits", "[ops][bce_with_logits]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // log(1 + e^-20) = 2.06e-9, which 1 + e^-20 in float has lost entirely.
  const Var loss = bce_with_logits(Var(tensor(scalar_shape(), {20})), 1);
  CHECK(static_cast<double>(loss.value().item()) ==
        Approx(std::log1p(std::exp(-20.0))).epsilon(1e-6));
}

TEST_CASE("bce_with_logits: labels mirror logits", "[ops][bce_with_logits]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(noise({2, 5, 7, 3}, 2));
  CHECK(static_cast<double>(bce_with_logits(x, 1).value().item()) ==
        Approx(static_cast<double>(bce_with_logits(scale(x, -1), 0).value().item()))
            .epsilon(210 * 0x1p-24));
}

}  // namespace
}  // namespace nn::testing
