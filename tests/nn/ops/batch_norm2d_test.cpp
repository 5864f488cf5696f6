// batch_norm2d against a plain loop in double and, for the gradients, against central differences
// of that loop: no formula of the backward pass is used twice.
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

// A dozen roundings of float (2^-24 each) on values of size up to 8.
constexpr double kMargin = 12 * 8 * 0x1p-24;
constexpr double kEps = 1e-3;

std::vector<double> plain(const std::vector<double>& x, const std::vector<double>& gamma,
                          const std::vector<double>& beta, double eps) {
  const std::size_t channels = gamma.size();
  const auto m = static_cast<double>(x.size() / channels);
  std::vector<double> y(x.size());
  for (std::size_t c = 0; c < channels; ++c) {
    double mean = 0;
    for (std::size_t i = c; i < x.size(); i += channels) mean += x[i] / m;
    double variance = 0;
    for (std::size_t i = c; i < x.size(); i += channels) {
      variance += (x[i] - mean) * (x[i] - mean) / m;
    }
    for (std::size_t i = c; i < x.size(); i += channels) {
      y[i] = gamma[c] * (x[i] - mean) / std::sqrt(variance + eps) + beta[c];
    }
  }
  return y;
}

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// d f / d at[i] for every i, by central differences in double: good to about 1e-9 here.
std::vector<double> differences(std::vector<double> at,
                                const std::function<double(const std::vector<double>&)>& f) {
  constexpr double kStep = 1e-5;
  std::vector<double> d(at.size());
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double before = at[i];
    at[i] = before + kStep;
    const double above = f(at);
    at[i] = before - kStep;
    d[i] = (above - f(at)) / (2 * kStep);
    at[i] = before;
  }
  return d;
}

void check_close(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("value " << i);
    CHECK(got[i] == Approx(expected[i]).margin(kMargin).epsilon(0));
  }
}

TEST_CASE("batch_norm2d: the worked example of its page", "[ops][batch_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // x = 1 3 5 7: mean 4, biased variance (9 + 1 + 1 + 9) / 4 = 5; with eps = 4 the divisor is 3,
  // so xhat = -1 -1/3 1/3 1, and gamma = 3, beta = 10 give 7 9 11 13.
  const Var x(tensor({2, 1, 2, 1}, {1, 3, 5, 7}), true);
  const Var gamma(tensor(vector_shape(1), {3}), true);
  const Var beta(tensor(vector_shape(1), {10}), true);
  NormStatistics found;
  const Var y = batch_norm2d(x, gamma, beta, 4, &found);
  check_close(doubles(y.value()), {7, 9, 11, 13});
  check_close(doubles(found.mean), {4});
  check_close(doubles(found.inv_std), {1.0 / 3});

  // dy = 1 0 0 2: mean(dy) = 3/4, mean(dy xhat) = (-1 + 2) / 4 = 1/4, gamma / 3 = 1:
  // dx = dy - 3/4 - xhat / 4
  const std::array<Var, 3> targets{x, gamma, beta};
  backward(y, tensor({2, 1, 2, 1}, {1, 0, 0, 2}), targets);
  check_close(doubles(x.grad()), {1.0 / 2, -2.0 / 3, -5.0 / 6, 1});
  check_close(doubles(gamma.grad()), {1});
  check_close(doubles(beta.grad()), {3});
}

TEST_CASE("batch_norm2d: forward and gradients equal the plain loop", "[ops][batch_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 2, 4, 3};
  const Var x(noise(shape, 1), true);
  const Var gamma(tensor(vector_shape(3), {0.5, -1.5, 2}), true);
  const Var beta(tensor(vector_shape(3), {3, 0, -1}), true);
  const std::vector<double> xs = doubles(x.value());
  const std::vector<double> gs = doubles(gamma.value());
  const std::vector<double> bs = doubles(beta.value());

  const Var y = batch_norm2d(x, gamma, beta, kEps, nullptr);
  check_close(doubles(y.value()), plain(xs, gs, bs, kEps));

  const Tensor dy = noise(shape, 2);
  const std::vector<double> seed = doubles(dy);
  const std::array<Var, 3> targets{x, gamma, beta};
  backward(y, dy, targets);
  using Values = std::vector<double>;
  check_close(doubles(x.grad()),
              differences(xs, [&](const Values& v) { return dot(plain(v, gs, bs, kEps), seed); }));
  check_close(doubles(gamma.grad()),
              differences(gs, [&](const Values& v) { return dot(plain(xs, v, bs, kEps), seed); }));
  check_close(doubles(beta.grad()),
              differences(bs, [&](const Values& v) { return dot(plain(xs, gs, v, kEps), seed); }));
}

TEST_CASE("batch_norm2d: one value for each channel returns beta and stays finite",
          "[ops][batch_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{1, 1, 1, 3};
  const Var x(tensor(shape, {1e30, -0.1, 0}), true);
  const Var gamma(tensor(shape, {1e10, 2, 1}), true);
  const Var beta(tensor(shape, {5, -6, 7}), true);
  NormStatistics found;
  const Var y = batch_norm2d(x, gamma, beta, 1e-5, &found);
  CHECK(doubles(y.value()) == std::vector<double>{5, -6, 7});
  CHECK(static_cast<double>(found.inv_std.data()[1]) == Approx(1 / std::sqrt(1e-5)).epsilon(1e-6));

  // Nothing that x does changes y, so there is no gradient for it, nor for gamma.
  const std::array<Var, 3> targets{x, gamma, beta};
  backward(y, tensor(shape, {3, -1e20, 0.25}), targets);
  CHECK(doubles(x.grad()) == std::vector<double>{0, 0, 0});
  CHECK(doubles(gamma.grad()) == std::vector<double>{0, 0, 0});
  CHECK(doubles(beta.grad()) == doubles(tensor(shape, {3, -1e20, 0.25})));
}

TEST_CASE("batch_norm2d: a constant channel gives beta", "[ops][batch_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(Tensor::full({2, 3, 4, 2}, 0.25), true);
  const Var gamma(Tensor::full(vector_shape(2), 3));
  const Var beta(tensor(vector_shape(2), {1, 2}));
  const Var y = batch_norm2d(x, gamma, beta, 1e-5, nullptr);
  for (index i = 0; i < y.value().numel(); ++i) REQUIRE(y.value().data()[i] == real(i % 2 + 1));
}

TEST_CASE("batch_norm2d: a large mean does not drown the variance", "[ops][batch_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // Around 4096, E[x^2] - E[x]^2 in float has an error of 4096^2 / 2^24 = 1, as large as the
  // variance itself; sums around the mean have none for these values.
  const Var x(tensor({2, 1, 2, 1}, {4095, 4097, 4097, 4095}));
  const Var gamma(Tensor::full(vector_shape(1), 1));
  const Var beta(Tensor::zeros(vector_shape(1)));
  const Var y = batch_norm2d(x, gamma, beta, 0, nullptr);
  check_close(doubles(y.value()), {-1, 1, 1, -1});
}

TEST_CASE("batch_norm2d: a constant cotangent has no gradient for x", "[ops][batch_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // sum(y) is gamma * 0 + count * beta whatever x is. A check with all ones would pass a wrong
  // backward that returns zeros, which is why the other cases use noise.
  const Var x(noise({2, 3, 4, 2}, 3), true);
  const Var gamma(Tensor::full(vector_shape(2), 2), true);
  const Var beta(Tensor::zeros(vector_shape(2)), true);
  const Var y = batch_norm2d(x, gamma, beta, kEps, nullptr);
  const std::array<Var, 1> targets{x};
  backward(y, Tensor::full(y.shape(), 1), targets);
  check_close(doubles(x.grad()), std::vector<double>(48, 0.0));
}

TEST_CASE("batch_norm2d_inference: uses what it is given and records nothing",
          "[ops][batch_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(tensor({2, 1, 2, 2}, {1, 10, 2, 20, 3, 30, 4, 40}), true);
  const Var gamma(tensor(vector_shape(2), {2, 4}), true);
  const Var beta(tensor(vector_shape(2), {100, 200}), true);
  const NormStatistics given{tensor(vector_shape(2), {1, 20}),
                             tensor(vector_shape(2), {0.5, 0.25})};
  const Var y = batch_norm2d_inference(x, gamma, beta, given);
  // channel 0: 2 * (x - 1) / 2 + 100 = x + 99; channel 1: 4 * (x - 20) / 4 + 200 = x + 180
  CHECK(doubles(y.value()) == std::vector<double>{100, 190, 101, 200, 102, 210, 103, 220});
  CHECK_FALSE(y.needs_grad());
}

TEST_CASE("batch_norm2d: the worked example of its page, followed by a sum and a bend",
          "[ops][batch_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(tensor({2, 1, 2, 1}, {1, 3, 5, 7}), true);
  const Var gamma(tensor(vector_shape(1), {3}), true);
  const Var beta(tensor(vector_shape(1), {10}), true);
  const Var added(tensor({2, 1, 2, 1}, {-11, -9, -9, -15}), true);
  const Var y = batch_norm2d(x, gamma, beta, 4, nullptr, {added, 0.5});
  check_close(doubles(y.value()), {-2, 0, 2, -1});  // z + added = -4 0 2 -2
  const std::array<Var, 4> all{x, gamma, beta, added};
  backward(y, tensor({2, 1, 2, 1}, {2, 0, 0, 4}), all);
  check_close(doubles(added.grad()), {1, 0, 0, 2});  // the page's dy
  check_close(doubles(x.grad()), {1.0 / 2, -2.0 / 3, -5.0 / 6, 1});
  check_close(doubles(gamma.grad()), {1});
  check_close(doubles(beta.grad()), {3});
}

TEST_CASE("normalisations: what follows has the bits of ops of their own",
          "[ops][batch_norm2d][instance_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const auto bits = [](const Tensor& t) {
    const auto* first = reinterpret_cast<const unsigned char*>(t.data());
    return std::vector<unsigned char>(first, first + t.numel() * static_cast<index>(sizeof(real)));
  };
  const Shape shape{2, 9, 7, 21};
  const bool batch = GENERATE(true, false);
  const bool adds = GENERATE(true, false);
  const double slope = GENERATE(1.0, 0.3, 0.0);
  INFO((batch ? "batch" : "instance") << " slope " << slope << (adds ? ", adds" : ""));
  struct Result {
    std::vector<unsigned char> y;
    std::vector<std::vector<unsigned char>> d;
  };
  const auto run = [&](bool apart) {
    const Var x(noise(shape, 1), true);
    const Var gamma(noise(vector_shape(shape.c), 2), true);
    const Var beta(noise(vector_shape(shape.c), 3), true);
    Tensor values = noise(shape, 4);
    values.data()[100] = std::numeric_limits<real>::quiet_NaN();  // passes: no activation hides it
    const Var added(values, true);
    const AfterNorm after{adds ? added : Var(), slope};
    const AfterNorm inside = apart ? AfterNorm{} : after;
    Var y = batch ? batch_norm2d(x, gamma, beta, kEps, nullptr, inside)
                  : instance_norm2d(x, gamma, beta, kEps, inside);
    if (apart) y = after_norm(y, after);
    std::vector<Var> targets{x, gamma, beta};
    if (adds) targets.push_back(added);
    backward(y, noise(shape, 5), targets);
    CHECK(std::isnan(y.value().data()[100]) == adds);
    Result result{bits(y.value()), {}};
    for (const Var& t : targets) result.d.push_back(bits(t.grad()));
    return result;
  };
  const Result one = run(false);
  const Result other = run(true);
  CHECK(one.y == other.y);
  CHECK(one.d == other.d);
}

TEST_CASE("batch_norm2d_inference: what follows has the bits of ops of their own",
          "[ops][batch_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 5, 3, 21};
  const Var x(noise(shape, 1));
  const Var gamma(noise(vector_shape(21), 2));
  const Var beta(noise(vector_shape(21), 3));
  const NormStatistics given{noise(vector_shape(21), 4), Tensor::full(vector_shape(21), 0.7F)};
  const AfterNorm after{Var(noise(shape, 5)), GENERATE(1.0, 0.3, 0.0)};
  const Var one = batch_norm2d_inference(x, gamma, beta, given, after);
  const Var other = after_norm(batch_norm2d_inference(x, gamma, beta, given), after);
  CHECK(doubles(one.value()) == doubles(other.value()));
}

TEST_CASE("normalisations: refuse what cannot follow", "[ops][batch_norm2d][instance_norm2d]") {
  const Var x(Tensor::zeros({2, 2, 3, 4}));
  const Var v(Tensor::zeros(vector_shape(4)));
  const AfterNorm other{v, 1};
  const AfterNorm falls{{}, -0.5};
  CHECK(error_of([&] { batch_norm2d(x, v, v, kEps, nullptr, other); }) ==
        "batch_norm2d: added of shape 1x1x1x4, expected 2x2x3x4");
  CHECK(error_of([&] { instance_norm2d(x, v, v, kEps, other); }) ==
        "instance_norm2d: added of shape 1x1x1x4, expected 2x2x3x4");
  CHECK(error_of([&] {
          batch_norm2d_inference(x, v, v, {v.value(), v.value()}, falls);
        }) == "batch_norm2d_inference: slope -0.500000, expected 0 or more");
  CHECK(error_of([&] { instance_norm2d(x, v, v, kEps, falls); }) ==
        "instance_norm2d: slope -0.500000, expected 0 or more");
}

TEST_CASE("batch_norm2d: refuses vectors of another length", "[ops][batch_norm2d]") {
  const Var x(Tensor::zeros({2, 2, 3, 4}));
  const Var right(Tensor::zeros(vector_shape(4)));
  const Var wrong(Tensor::zeros(vector_shape(2)));
  CHECK(error_of([&] { batch_norm2d(x, wrong, right, kEps, nullptr); }) ==
        "batch_norm2d: gamma of shape 1x1x1x2, expected 1x1x1x4");
  CHECK(error_of([&] { batch_norm2d(x, right, wrong, kEps, nullptr); }) ==
        "batch_norm2d: beta of shape 1x1x1x2, expected 1x1x1x4");
  const NormStatistics given{right.value(), right.value()};
  CHECK(error_of([&] { batch_norm2d_inference(x, wrong, right, given); }) ==
        "batch_norm2d_inference: gamma of shape 1x1x1x2, expected 1x1x1x4");
  CHECK(error_of([&] { batch_norm2d_inference(x, right, wrong, given); }) ==
        "batch_norm2d_inference: beta of shape 1x1x1x2, expected 1x1x1x4");
}

}  // namespace
}  // namespace nn::testing
