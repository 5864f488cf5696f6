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

TEST_CASE("dropout: the worked example of its page", "[ops][dropout]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // The first numbers of this stream are 36500fee c9492745 138a91f3 6aa2e535 092c163f ac39d6b5
  // 92819aa7 90237e49. At rate 1/2 a value is kept from 80000000 on, and doubled.
  const Rng rng(7, Purpose::dropout);
  const Var x(tensor({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), true);
  const Var y = dropout(x, 0.5, rng);
  CHECK(doubles(y.value()) == std::vector<double>{0, 4, 0, 0, 0, 12, 14, 16});
  const std::array<Var, 1> targets{x};
  backward(y, tensor({2, 1, 2, 2}, {10, 20, 30, 40, 50, 60, 70, 80}), targets);
  // The same mask on the way back.
  CHECK(doubles(x.grad()) == std::vector<double>{0, 40, 0, 0, 0, 120, 140, 160});
}

TEST_CASE("dropout: a value is kept from rate * 2^32 on", "[ops][dropout]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Rng rng(1, Purpose::dropout);
  const Shape shape{2, 5, 7, 3};
  const Var y = dropout(Var(Tensor::full(shape, 3)), 0.75, rng);
  for (index i = 0; i < shape.numel(); ++i) {
    const bool kept = rng.bits_at(static_cast<std::uint64_t>(i)) >= 0xc0000000U;
    CHECK(y.value().data()[i] == (kept ? 12 : 0));
  }
}

TEST_CASE("dropout: keeps the expected share and the mean", "[ops][dropout]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 80, 90, 8};
  const auto count = static_cast<double>(shape.numel());
  for (const double rate : {0.1, 0.5, 0.9}) {
    INFO("rate " << rate);
    const Var ones(Tensor::full(shape, 1));
    const Var y = dropout(ones, rate, Rng(7, Purpose::dropout, 3, 5));
    double kept = 0;
    double sum = 0;
    for (const real v : y.value().values()) {
      REQUIRE((v == 0 || v == static_cast<real>(1 / (1 - rate))));
      kept += v != 0 ? 1 : 0;
      sum += static_cast<double>(v);
    }
    // Five standard deviations of a binomial share.
    const double sigma = std::sqrt(rate * (1 - rate) / count);
    CHECK(std::fabs(kept / count - (1 - rate)) < 5 * sigma);
    CHECK(std::fabs(sum / count - 1) < 5 * sigma / (1 - rate));
  }
}

TEST_CASE("dropout: rate 0 is the identity, forward and backward", "[ops][dropout]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(noise({2, 3, 4, 5}, 1), true);
  const Var y = dropout(x, 0, Rng(1, Purpose::dropout));
  CHECK(doubles(y.value()) == doubles(x.value()));
  const Tensor dy = noise(x.shape(), 2);
  const std::array<Var, 1> targets{x};
  backward(y, dy, targets);
  CHECK(doubles(x.grad()) == doubles(dy));
}

TEST_CASE("dropout: the stream alone decides the mask", "[ops][dropout]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(Tensor::full({2, 65, 67, 4}, 1));
  const auto mask = [&](const Rng& rng) { return doubles(dropout(x, 0.5, rng).value()); };
  const std::vector<double> first = mask(Rng(1, Purpose::dropout, 2, 3));
  CHECK(first == mask(Rng(1, Purpose::dropout, 2, 3)));
  Rng drawn_from(1, Purpose::dropout, 2, 3);
  for (int i = 0; i < 10; ++i) static_cast<void>(drawn_from.bits());
  CHECK(first == mask(drawn_from));  // by position, not by what was drawn before
  CHECK(first != mask(Rng(2, Purpose::dropout, 2, 3)));
  CHECK(first != mask(Rng(1, Purpose::dropout, 3, 3)));
  CHECK(first != mask(Rng(1, Purpose::dropout, 2, 4)));
  CHECK(first != mask(Rng(1, Purpose::test, 2, 3)));
}

TEST_CASE("dropout: both backends draw one mask", "[ops][dropout]") {
  const Tensor x = noise({2, 65, 67, 4}, 4);
  const auto on = [&](const char* name) {
    const BackendGuard guard(name);
    return doubles(dropout(Var(x), 0.3, Rng(9, Purpose::dropout)).value());
  };
  CHECK(on("cpu") == on("ref"));
}

TEST_CASE("dropout: is its own adjoint", "[ops][dropout]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Rng rng(5, Purpose::dropout);
  const Shape shape{2, 5, 7, 3};
  const Tensor x = integers(shape, 5);
  const Tensor y = integers(shape, 6);
  CHECK(inner(dropout(Var(x), 0.5, rng).value(), y) == inner(x, dropout(Var(y), 0.5, rng).value()));
}

TEST_CASE("dropout: a dropped infinity is 0, not NaN", "[ops][dropout]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const real infinity = std::numeric_limits<real>::infinity();
  const Var y = dropout(Var(Tensor::full({1, 4, 8, 2}, infinity)), 0.5, Rng(1, Purpose::dropout));
  for (const real v : y.value().values()) REQUIRE((v == 0 || v == infinity));
}

TEST_CASE("dropout: refuses a rate outside 0 to 1", "[ops][dropout]") {
  const Var x(Tensor::zeros({1, 2, 3, 4}));
  const Rng rng(1, Purpose::dropout);
  CHECK(error_of([&] { dropout(x, 1, rng); }) == "dropout: rate 1.000000, expected 0 <= rate < 1");
  CHECK(error_of([&] { dropout(x, -0.5, rng); }) ==
        "dropout: rate -0.500000, expected 0 <= rate < 1");
  CHECK(error_of([&] { dropout(x, std::nan(""), rng); }).find("expected 0 <= rate < 1") !=
        std::string::npos);
}

}  // namespace
}  // namespace nn::testing
