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

// Half a unit in the last place of float below 1, and of the double result that was rounded to it.
constexpr double kUlp = 0x1p-24;

TEST_CASE("tanh: the worked example of its page", "[ops][tanh]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // tanh(ln 2) = (2 - 1/2) / (2 + 1/2) = 3/5, tanh(ln 3) = (3 - 1/3) / (3 + 1/3) = 4/5
  const Var x(tensor({2, 1, 2, 1}, {0, std::log(2.0), std::log(3.0), -std::log(2.0)}), true);
  const Var y = tanh(x);
  const std::vector<double> expected{0, 0.6, 0.8, -0.6};
  // 1 - y^2 = 1, 16/25, 9/25, 16/25; dy = 1 1 2 -1
  const std::array<Var, 1> targets{x};
  backward(y, tensor({2, 1, 2, 1}, {1, 1, 2, -1}), targets);
  const std::vector<double> gradient{1, 0.64, 0.72, -0.64};
  for (index i = 0; i < 4; ++i) {
    const auto k = static_cast<std::size_t>(i);
    CHECK(static_cast<double>(y.value().data()[i]) ==
          Approx(expected[k]).epsilon(0).margin(2 * kUlp));
    CHECK(static_cast<double>(x.grad().data()[i]) ==
          Approx(gradient[k]).epsilon(0).margin(8 * kUlp));
  }
}

TEST_CASE("tanh: agrees with the C library to half a unit of float, and is odd", "[ops][tanh]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(scale(Var(noise({2, 65, 67, 4}, 1)), 3).value(), true);
  const Var y = tanh(x);
  const Var minus = tanh(scale(x, -1));
  for (index i = 0; i < x.value().numel(); ++i) {
    const double exact = std::tanh(static_cast<double>(x.value().data()[i]));
    const double got = static_cast<double>(y.value().data()[i]);
    REQUIRE(std::fabs(got - exact) <= 1.001 * kUlp * std::fabs(exact));
    REQUIRE(minus.value().data()[i] == -y.value().data()[i]);
  }
}

TEST_CASE("tanh: saturates without a NaN, and its gradient vanishes there", "[ops][tanh]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Var x(tensor(vector_shape(4), {1000, -1000, kInfinity, -kInfinity}), true);
  const Var y = tanh(x);
  CHECK(doubles(y.value()) == std::vector<double>{1, -1, 1, -1});
  const std::array<Var, 1> targets{x};
  backward(y, Tensor::full(vector_shape(4), 1), targets);
  CHECK(doubles(x.grad()) == std::vector<double>{0, 0, 0, 0});
}

}  // namespace
}  // namespace nn::testing
