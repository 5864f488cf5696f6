#include <array>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("concat: the worked example of its page", "[ops][concat]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // Two channels and one, N = 2, H = 1, W = 2: each pixel of y is (a0, a1, b0).
  const Var a(tensor({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), true);
  const Var b(tensor({2, 1, 2, 1}, {10, 20, 30, 40}), true);
  const Var y = concat(a, b);
  CHECK(y.shape() == Shape{2, 1, 2, 3});
  CHECK(doubles(y.value()) == std::vector<double>{1, 2, 10, 3, 4, 20, 5, 6, 30, 7, 8, 40});
  const std::array<Var, 2> targets{a, b};
  backward(y, tensor({2, 1, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}), targets);
  CHECK(doubles(a.grad()) == std::vector<double>{1, 2, 4, 5, 7, 8, 10, 11});
  CHECK(doubles(b.grad()) == std::vector<double>{3, 6, 9, 12});
}

TEST_CASE("concat: each channel is where it belongs, over more than one chunk", "[ops][concat]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var a(integers({2, 33, 35, 3}, 1), true);
  const Var b(integers({2, 33, 35, 5}, 2), true);
  const Var y = concat(a, b);
  const Tensor dy = integers(y.shape(), 3);
  const std::array<Var, 2> targets{a, b};
  backward(y, dy, targets);
  for (index n = 0; n < 2; ++n) {
    for (index h = 0; h < 33; ++h) {
      for (index w = 0; w < 35; ++w) {
        for (index c = 0; c < 8; ++c) {
          const real expected = c < 3 ? a.value().at(n, h, w, c) : b.value().at(n, h, w, c - 3);
          REQUIRE(y.value().at(n, h, w, c) == expected);
          const real back = c < 3 ? a.grad().at(n, h, w, c) : b.grad().at(n, h, w, c - 3);
          REQUIRE(back == dy.at(n, h, w, c));
        }
      }
    }
  }
  // <concat(a, b), dy> = <a, da> + <b, db>
  CHECK(inner(y.value(), dy) == inner(a.value(), a.grad()) + inner(b.value(), b.grad()));
}

TEST_CASE("concat: a value with itself gets both gradients", "[ops][concat]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var a(tensor({1, 1, 2, 1}, {1, 2}), true);
  const Var y = concat(a, a);
  CHECK(doubles(y.value()) == std::vector<double>{1, 1, 2, 2});
  const std::array<Var, 1> targets{a};
  backward(y, tensor({1, 1, 2, 2}, {1, 10, 100, 1000}), targets);
  CHECK(doubles(a.grad()) == std::vector<double>{11, 1100});
}

TEST_CASE("concat: refuses images of another size or number", "[ops][concat]") {
  const Var a(Tensor::zeros({2, 3, 4, 5}));
  CHECK(error_of([&] {
          concat(a, Var(Tensor::zeros({2, 3, 5, 5})));
        }) == "concat: 2x3x4x5 and 2x3x5x5, expected equal N, H and W");
  CHECK(error_of([&] {
          concat(a, Var(Tensor::zeros({2, 4, 4, 5})));
        }) == "concat: 2x3x4x5 and 2x4x4x5, expected equal N, H and W");
  CHECK(error_of([&] {
          concat(a, Var(Tensor::zeros({1, 3, 4, 5})));
        }) == "concat: 2x3x4x5 and 1x3x4x5, expected equal N, H and W");
}

}  // namespace
}  // namespace nn::testing
