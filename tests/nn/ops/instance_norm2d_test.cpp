// instance_norm2d: by hand, and as what it is: a batch norm of each image alone.
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

// A dozen roundings of float (2^-24 each) on values of size up to 8.
constexpr double kMargin = 12 * 8 * 0x1p-24;
constexpr double kEps = 1e-3;

void check_close(const std::vector<double>& got, const std::vector<double>& expected) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("value " << i);
    CHECK(got[i] == Approx(expected[i]).margin(kMargin).epsilon(0));
  }
}

TEST_CASE("instance_norm2d: the worked example of its page", "[ops][instance_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // Image 0 has 1 3 5 7, image 1 the same plus 20: deviations -3 -1 1 3 and biased variance 5 in
  // both. With eps = 4 the divisor is 3; gamma = 3 and beta = 10 give 7 9 11 13 twice.
  const Var x(tensor({2, 1, 4, 1}, {1, 3, 5, 7, 21, 23, 25, 27}), true);
  const Var gamma(tensor(vector_shape(1), {3}), true);
  const Var beta(tensor(vector_shape(1), {10}), true);
  const Var y = instance_norm2d(x, gamma, beta, 4);
  check_close(doubles(y.value()), {7, 9, 11, 13, 7, 9, 11, 13});

  // Image 0: dy = 1 0 0 2 as on the page of batch_norm2d. Image 1: dy = 0 0 3 0, so mean(dy) = 3/4,
  // mean(dy xhat) = 1/4, dx = dy - 3/4 - xhat / 4. Gamma and beta collect from both images.
  const std::array<Var, 3> targets{x, gamma, beta};
  backward(y, tensor({2, 1, 4, 1}, {1, 0, 0, 2, 0, 0, 3, 0}), targets);
  check_close(doubles(x.grad()), {1.0 / 2, -2.0 / 3, -5.0 / 6, 1,  //
                                  -1.0 / 2, -2.0 / 3, 13.0 / 6, -1});
  check_close(doubles(gamma.grad()), {1 + 1});
  check_close(doubles(beta.grad()), {3 + 3});
}

TEST_CASE("instance_norm2d: is batch_norm2d of each image alone", "[ops][instance_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{3, 2, 4, 3};
  const Shape one{1, 2, 4, 3};
  const index size = one.numel();
  const Var x(noise(shape, 1), true);
  const Var gamma(tensor(vector_shape(3), {0.5, -1.5, 2}), true);
  const Var beta(tensor(vector_shape(3), {3, 0, -1}), true);
  const Tensor dy = noise(shape, 2);
  const Var y = instance_norm2d(x, gamma, beta, kEps);
  const std::array<Var, 3> targets{x, gamma, beta};
  backward(y, dy, targets);

  std::vector<double> dgamma(3);
  std::vector<double> dbeta(3);
  for (index n = 0; n < shape.n; ++n) {
    INFO("image " << n);
    const Var image(Tensor::view(x.value(), n * size, one), true);
    const Var gain(gamma.value(), true);
    const Var shift(beta.value(), true);
    const Var alone = batch_norm2d(image, gain, shift, kEps, nullptr);
    const std::array<Var, 3> its_targets{image, gain, shift};
    backward(alone, Tensor::view(dy, n * size, one), its_targets);
    check_close(doubles(Tensor::view(y.value(), n * size, one)), doubles(alone.value()));
    check_close(doubles(Tensor::view(x.grad(), n * size, one)), doubles(image.grad()));
    for (std::size_t c = 0; c < 3; ++c) {
      dgamma[c] += doubles(gain.grad())[c];
      dbeta[c] += doubles(shift.grad())[c];
    }
  }
  check_close(doubles(gamma.grad()), dgamma);
  check_close(doubles(beta.grad()), dbeta);
}

TEST_CASE("instance_norm2d: an image does not see its neighbours", "[ops][instance_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var gamma(Tensor::full(vector_shape(2), 1.5));
  const Var beta(Tensor::full(vector_shape(2), 0.5));
  Tensor values = noise({2, 3, 5, 2}, 4);
  const Tensor before = instance_norm2d(Var(values.clone()), gamma, beta, kEps).value();
  for (index i = 30; i < 60; ++i) values.data()[i] *= 100;  // image 1
  const Tensor after = instance_norm2d(Var(values), gamma, beta, kEps).value();
  const Shape one{1, 3, 5, 2};
  CHECK(doubles(Tensor::view(before, 0, one)) == doubles(Tensor::view(after, 0, one)));
}

TEST_CASE("instance_norm2d: maps of one pixel return beta and stay finite",
          "[ops][instance_norm2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(tensor({2, 1, 1, 2}, {1e30, -0.1, 3, 4}), true);
  const Var gamma(tensor(vector_shape(2), {1e10, 2}), true);
  const Var beta(tensor(vector_shape(2), {5, -6}), true);
  const Var y = instance_norm2d(x, gamma, beta, 1e-5);
  CHECK(doubles(y.value()) == std::vector<double>{5, -6, 5, -6});
  const std::array<Var, 3> targets{x, gamma, beta};
  backward(y, tensor({2, 1, 1, 2}, {1, 2, 4, 8}), targets);
  CHECK(doubles(x.grad()) == std::vector<double>{0, 0, 0, 0});
  CHECK(doubles(gamma.grad()) == std::vector<double>{0, 0});
  CHECK(doubles(beta.grad()) == std::vector<double>{5, 10});
}

TEST_CASE("instance_norm2d: refuses vectors of another length", "[ops][instance_norm2d]") {
  const Var x(Tensor::zeros({2, 2, 3, 4}));
  const Var right(Tensor::zeros(vector_shape(4)));
  const Var wrong(Tensor::zeros({4, 1, 1, 1}));
  CHECK(error_of([&] { instance_norm2d(x, wrong, right, kEps); }) ==
        "instance_norm2d: gamma of shape 4x1x1x1, expected 1x1x1x4");
  CHECK(error_of([&] { instance_norm2d(x, right, wrong, kEps); }) ==
        "instance_norm2d: beta of shape 4x1x1x1, expected 1x1x1x4");
}

}  // namespace
}  // namespace nn::testing
