// conv_transpose2d against the textbook's other reading of it: put stride - 1 zeros between the
// pixels and around them, slide the mirrored kernel with stride 1, cut off the padding. The values
// are small integers, so every formulation has to give equal numbers.
#include <array>
#include <string>
#include <vector>

#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/backend_guard.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

struct Case {
  std::string name;
  Conv2dSpec spec;
  Shape x;
  index cout;
};

// N, Cin, Cout > 1 and H != W throughout.
const std::vector<Case> kCases{
    {"kernel 4, stride 2, padding 1", {4, 4, 2, {1, 1, 1, 1}}, {2, 3, 4, 3}, 5},
    {"kernel 4, stride 1, padding 1 before and 2 after", {4, 4, 1, {1, 2, 1, 2}}, {2, 5, 4, 3}, 2},
    {"four different sides", {3, 2, 2, {2, 0, 1, 0}}, {2, 4, 3, 2}, 3},
    {"pixels that no input reaches", {1, 1, 2, {0, 0, 0, 0}}, {2, 2, 3, 2}, 3},
    {"stride 3, kernel 4", {4, 4, 3, {0, 1, 1, 0}}, {2, 3, 2, 2}, 2},
    {"from one pixel", {4, 4, 2, {1, 1, 1, 1}}, {3, 1, 1, 2}, 2},
};

Tensor stretch_and_slide(const Conv2dSpec& s, const Tensor& x, const Tensor& w) {
  const Shape& xs = x.shape();
  const index around_h = s.kernel_h - 1;
  const index around_w = s.kernel_w - 1;
  Tensor stretched = Tensor::zeros({xs.n, (xs.h - 1) * s.stride + 1 + 2 * around_h,
                                    (xs.w - 1) * s.stride + 1 + 2 * around_w, xs.c});
  for (index n = 0; n < xs.n; ++n) {
    for (index i = 0; i < xs.h; ++i) {
      for (index j = 0; j < xs.w; ++j) {
        for (index c = 0; c < xs.c; ++c) {
          stretched.at(n, around_h + i * s.stride, around_w + j * s.stride, c) = x.at(n, i, j, c);
        }
      }
    }
  }
  const index cout = w.shape().w;
  const Shape whole{xs.n, stretched.shape().h - around_h, stretched.shape().w - around_w, cout};
  Tensor y = Tensor::zeros(
      {whole.n, whole.h - s.pad.top - s.pad.bottom, whole.w - s.pad.left - s.pad.right, cout});
  for (index k = 0; k < y.numel(); ++k) {
    const index o = k % cout;
    const index v = k / cout % y.shape().w;
    const index h = k / cout / y.shape().w % y.shape().h;
    const index n = k / cout / y.shape().w / y.shape().h;
    for (index t = 0; t < s.kernel_h * s.kernel_w * xs.c; ++t) {
      const index c = t % xs.c;
      const index b = t / xs.c % s.kernel_w;
      const index a = t / xs.c / s.kernel_w;
      y.data()[k] += stretched.at(n, h + s.pad.top + a, v + s.pad.left + b, c) *
                     w.at(s.kernel_h - 1 - a, s.kernel_w - 1 - b, o, c);
    }
  }
  return y;
}

std::vector<double> with_bias(const Tensor& y, const Tensor& bias) {
  std::vector<double> sums = doubles(y);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    sums[i] += static_cast<double>(bias.data()[static_cast<index>(i) % bias.numel()]);
  }
  return sums;
}

std::vector<double> channel_sums(const Tensor& t) {
  const index channels = t.shape().c;
  std::vector<double> sums(static_cast<std::size_t>(channels));
  for (index e = 0; e < t.numel(); ++e) {
    sums[static_cast<std::size_t>(e % channels)] += static_cast<double>(t.data()[e]);
  }
  return sums;
}

Shape weight_shape(const Case& k) { return {k.spec.kernel_h, k.spec.kernel_w, k.cout, k.x.c}; }

TEST_CASE("conv_transpose2d: the worked example of its page", "[ops][conv_transpose2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // One row, so one dimension: kernel 1 2 3 4, stride 2, one value cut off at either end.
  //   pixel  1 paints at -1:  1  2  3  4
  //   pixel 10 paints at  1:       10 20 30 40
  //   sum, from 0 to 3:          2 13 24 30
  const Conv2dSpec spec{1, 4, 2, {0, 0, 1, 1}};
  const Var x(tensor({1, 1, 2, 1}, {1, 10}), true);
  const Var w(tensor({1, 4, 1, 1}, {1, 2, 3, 4}), true);
  const Var b(tensor(vector_shape(1), {100}), true);
  const Var y = conv_transpose2d(spec, x, w, b);
  CHECK(doubles(y.value()) == std::vector<double>{102, 113, 124, 130});

  const std::array<Var, 3> targets{x, w, b};
  backward(y, tensor({1, 1, 4, 1}, {1, 2, 3, 4}), targets);
  // Each pixel collects what it painted: 2*1 + 3*2 + 4*3 and 1*2 + 2*3 + 3*4.
  CHECK(doubles(x.grad()) == std::vector<double>{20, 20});
  // Each tap collects dy under it, from pixel 1 and pixel 10.
  CHECK(doubles(w.grad()) == std::vector<double>{10 * 2, 1 * 1 + 10 * 3, 1 * 2 + 10 * 4, 1 * 3});
  CHECK(doubles(b.grad()) == std::vector<double>{10});
}

TEST_CASE("conv_transpose2d: forward and gradients equal the stretched convolution",
          "[ops][conv_transpose2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  for (const Case& k : kCases) {
    INFO(k.name << " on " << backend().name());
    const Var x(integers(k.x, 1), true);
    const Var w(integers(weight_shape(k), 2), true);
    const Var b(integers(vector_shape(k.cout), 3), true);
    const Tensor plain = stretch_and_slide(k.spec, x.value(), w.value());

    const Var without = conv_transpose2d(k.spec, x, w, Var());
    REQUIRE(without.shape() == plain.shape());
    CHECK(doubles(without.value()) == doubles(plain));

    const Var y = conv_transpose2d(k.spec, x, w, b);
    CHECK(doubles(y.value()) == with_bias(plain, b.value()));

    // y is linear in x and in w: the gradient for entry e is <what e alone would give, dy>.
    const Tensor dy = integers(y.shape(), 4);
    const std::array<Var, 3> targets{x, w, b};
    backward(y, dy, targets);
    Tensor unit = Tensor::zeros(k.x);
    for (index e = 0; e < unit.numel(); ++e) {
      unit.data()[e] = 1;
      REQUIRE(static_cast<double>(x.grad().data()[e]) ==
              inner(stretch_and_slide(k.spec, unit, w.value()), dy));
      unit.data()[e] = 0;
    }
    unit = Tensor::zeros(weight_shape(k));
    for (index e = 0; e < unit.numel(); ++e) {
      unit.data()[e] = 1;
      REQUIRE(static_cast<double>(w.grad().data()[e]) ==
              inner(stretch_and_slide(k.spec, x.value(), unit), dy));
      unit.data()[e] = 0;
    }
    CHECK(doubles(b.grad()) == channel_sums(dy));
  }
}

TEST_CASE("conv_transpose2d: more than one strip and channel block gives the same",
          "[ops][conv_transpose2d]") {
  const BackendGuard guard("cpu");
  const std::vector<Case> large{
      {"pixels", {4, 4, 2, {1, 1, 1, 1}}, {2, 25, 29, 3}, 2},
      {"pixels, with one phase only", {4, 4, 1, {1, 2, 1, 2}}, {1, 41, 30, 2}, 2},
      {"output channels", {4, 4, 2, {1, 1, 1, 1}}, {2, 2, 3, 2}, 150},
      {"input channels", {4, 4, 2, {1, 1, 1, 1}}, {2, 2, 3, 300}, 2},
  };
  for (const Case& k : large) {
    INFO(k.name);
    const Var x(integers(k.x, 5), true);
    const Var w(integers(weight_shape(k), 6), true);
    const Var b(integers(vector_shape(k.cout), 13), true);
    const Var y = conv_transpose2d(k.spec, x, w, b);
    const Tensor plain = stretch_and_slide(k.spec, x.value(), w.value());
    REQUIRE(y.shape() == plain.shape());
    CHECK(doubles(y.value()) == with_bias(plain, b.value()));
    const Tensor dy = integers(y.shape(), 7);
    const std::array<Var, 3> targets{x, w, b};
    backward(y, dy, targets);
    CHECK(doubles(b.grad()) == channel_sums(dy));
    const Tensor other_x = integers(k.x, 8);
    const Tensor other_w = integers(weight_shape(k), 9);
    CHECK(inner(x.grad(), other_x) == inner(stretch_and_slide(k.spec, other_x, w.value()), dy));
    CHECK(inner(w.grad(), other_w) == inner(stretch_and_slide(k.spec, x.value(), other_w), dy));
  }
}

TEST_CASE("conv_transpose2d: its adjoint is conv2d with the same weights",
          "[ops][conv_transpose2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  for (const Case& k : kCases) {
    INFO(k.name << " on " << backend().name());
    const Var x(integers(k.x, 10));
    const Var w(integers(weight_shape(k), 11));
    const Var ax = conv_transpose2d(k.spec, x, w, Var());
    const Var y(integers(ax.shape(), 12));
    const Var aty = conv2d(k.spec, y, w, Var());
    REQUIRE(aty.shape() == x.shape());
    CHECK(inner(ax.value(), y.value()) == inner(x.value(), aty.value()));
    CHECK(inner(ax.value(), y.value()) != 0);
  }
}

TEST_CASE("conv_transpose2d: kernel 4, stride 2, padding 1 doubles the size",
          "[ops][conv_transpose2d]") {
  CHECK(conv_transpose2d_output_shape(Conv2dSpec{}, {2, 3, 5, 7}, 6) == Shape{2, 6, 10, 6});
  CHECK(conv_transpose2d_output_shape(Conv2dSpec{}, {2, 1, 1, 7}, 6) == Shape{2, 2, 2, 6});
}

TEST_CASE("conv_transpose2d: refuses shapes that do not fit, and says what would",
          "[ops][conv_transpose2d]") {
  const Conv2dSpec spec;
  const Var x(Tensor::zeros({2, 4, 6, 3}));
  const Var w(Tensor::zeros({4, 4, 5, 3}));
  CHECK(error_of([&] {
          conv_transpose2d(spec, x, Var(Tensor::zeros({4, 4, 5, 2})), Var());
        }) == "conv_transpose2d: weights 4x4x5x2, expected 4x4x5x3");
  CHECK(error_of([&] {
          conv_transpose2d(spec, x, Var(Tensor::zeros({4, 2, 5, 3})), Var());
        }) == "conv_transpose2d: weights 4x2x5x3, expected 4x4x5x3");
  CHECK(error_of([&] { conv_transpose2d(spec, x, w, Var(Tensor::zeros(vector_shape(3)))); }) ==
        "conv_transpose2d: bias of shape 1x1x1x3, expected 1x1x1x5");
  const Conv2dSpec all_cut{2, 2, 1, {1, 1, 1, 1}};
  const Var small(Tensor::zeros({2, 1, 6, 3}));
  CHECK(error_of([&] {
          conv_transpose2d(all_cut, small, Var(Tensor::zeros({2, 2, 5, 3})), Var());
        }) == "conv_transpose2d: an image of 1x6, expected an output of at least one pixel");
}

}  // namespace
}  // namespace nn::testing
