#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("relu: the worked example of its page", "[ops][relu]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Var x(tensor({2, 1, 2, 2}, {-2, -0.5, 0, 3, 1, -1, 4, -4}), true);
  const Var y = relu(x);
  CHECK(doubles(y.value()) == std::vector<double>{0, 0, 0, 3, 1, 0, 4, 0});
  const std::array<Var, 1> targets{x};
  backward(y, tensor({2, 1, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), targets);
  CHECK(doubles(x.grad()) == std::vector<double>{0, 0, 0, 4, 5, 0, 7, 0});  // 0 at the kink
}

TEST_CASE("relu: is leaky_relu of slope 0, over more than one chunk", "[ops][relu]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  const Shape shape{2, 65, 67, 4};
  const Var x(noise(shape, 1), true);
  const Tensor dy = noise(shape, 2);
  const std::array<Var, 1> targets{x};
  const Var y = relu(x);
  backward(y, dy, targets);
  const std::vector<double> dx = doubles(x.grad());
  const Var leaky = leaky_relu(x, 0);
  backward(leaky, dy, targets);
  CHECK(doubles(y.value()) == doubles(leaky.value()));
  CHECK(dx == doubles(x.grad()));
}

TEST_CASE("relu: infinity passes on the positive side only", "[ops][relu]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const Var y = relu(Var(tensor(vector_shape(2), {kInfinity, -kInfinity})));
  CHECK(doubles(y.value()) == std::vector<double>{kInfinity, 0});
}

TEST_CASE("relu and leaky_relu: NaN passes, in whole vectors and in the rest", "[ops][relu]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  constexpr real kNan = std::numeric_limits<real>::quiet_NaN();
  constexpr index kCount = 37;  // of which NaN: every third
  Tensor values = noise(vector_shape(kCount), 1);
  for (index i = 0; i < kCount; i += 3) values.data()[i] = i % 2 == 0 ? kNan : -kNan;
  const Var x(values, true);
  const Tensor dy = noise(vector_shape(kCount), 2);
  const std::array<Var, 1> targets{x};
  for (const double slope : {0.0, 0.2}) {
    const Var y = slope > 0 ? leaky_relu(x, slope) : relu(x);
    backward(y, dy, targets);
    for (index i = 0; i < kCount; ++i) {
      INFO("slope " << slope << ", value " << i);
      const bool nan = i % 3 == 0;
      REQUIRE(std::isnan(y.value().data()[i]) == nan);
      if (!nan) continue;
      // The same NaN, bit by bit, and a gradient as on the positive side.
      CHECK(std::memcmp(y.value().data() + i, x.value().data() + i, sizeof(real)) == 0);
      CHECK(x.grad().data()[i] == dy.data()[i]);
    }
  }
}

}  // namespace
}  // namespace nn::testing
