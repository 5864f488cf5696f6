// conv2d against its textbook definition: an image copied into a larger one of zeros, under a
// window that slides. The values are small integers, so every formulation has to give equal
// numbers.
#include <array>
#include <string>
#include <vector>

#include "nn/core/error.h"
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
    {"kernel 4, stride 2, padding 1", {4, 4, 2, {1, 1, 1, 1}}, {2, 6, 8, 3}, 5},
    {"kernel 4, stride 1, same", {4, 4, 1, {1, 2, 1, 2}}, {2, 5, 4, 3}, 2},
    {"four different sides, pixels unread at the edge", {3, 2, 2, {2, 0, 1, 3}}, {2, 6, 5, 2}, 3},
    {"stride beyond the kernel", {1, 1, 2, {0, 0, 0, 0}}, {2, 3, 4, 2}, 3},
    {"kernel as large as the padded image", {4, 4, 2, {1, 1, 1, 1}}, {3, 2, 3, 2}, 2},
    {"no padding", {3, 3, 1, {0, 0, 0, 0}}, {2, 5, 3, 2}, 4},
};

Tensor slide(const Conv2dSpec& s, const Tensor& x, const Tensor& w) {
  const Shape& xs = x.shape();
  Tensor padded =
      Tensor::zeros({xs.n, xs.h + s.pad.top + s.pad.bottom, xs.w + s.pad.left + s.pad.right, xs.c});
  for (index n = 0; n < xs.n; ++n) {
    for (index h = 0; h < xs.h; ++h) {
      for (index v = 0; v < xs.w; ++v) {
        for (index c = 0; c < xs.c; ++c) {
          padded.at(n, h + s.pad.top, v + s.pad.left, c) = x.at(n, h, v, c);
        }
      }
    }
  }
  const Shape& ps = padded.shape();
  Tensor y = Tensor::zeros(
      {xs.n, (ps.h - s.kernel_h) / s.stride + 1, (ps.w - s.kernel_w) / s.stride + 1, w.shape().c});
  for (index k = 0; k < y.numel(); ++k) {
    const index o = k % y.shape().c;
    const index j = k / y.shape().c % y.shape().w;
    const index i = k / y.shape().c / y.shape().w % y.shape().h;
    const index n = k / y.shape().c / y.shape().w / y.shape().h;
    for (index t = 0; t < s.kernel_h * s.kernel_w * xs.c; ++t) {
      const index c = t % xs.c;
      const index b = t / xs.c % s.kernel_w;
      const index a = t / xs.c / s.kernel_w;
      y.data()[k] += padded.at(n, i * s.stride + a, j * s.stride + b, c) * w.at(a, b, c, o);
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

Shape weight_shape(const Case& k) { return {k.spec.kernel_h, k.spec.kernel_w, k.x.c, k.cout}; }

TEST_CASE("conv2d: the worked example of its page", "[ops][conv2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  // Kernel 2x2, stride 1, one row and one column of zeros behind the image:
  //   1 2 3 .      1 2       1*1+2*2+4*3+5*4  2*1+3*2+5*3+6*4  3*1+6*3     37 47 21
  //   4 5 6 .  *   3 4   =   4*1+5*2          5*1+6*2          6*1      =  14 17  6
  //   . . . .
  const Conv2dSpec spec{2, 2, 1, {0, 1, 0, 1}};
  const Var x(tensor({1, 2, 3, 1}, {1, 2, 3, 4, 5, 6}), true);
  const Var w(tensor({2, 2, 1, 1}, {1, 2, 3, 4}), true);
  const Var b(tensor(vector_shape(1), {10}), true);
  const Var y = conv2d(spec, x, w, b);
  CHECK(doubles(y.value()) == std::vector<double>{47, 57, 31, 24, 27, 16});

  const std::array<Var, 3> targets{x, w, b};
  backward(y, tensor({1, 2, 3, 1}, {1, 0, 2, 0, 3, 0}), targets);
  // Each dy paints the kernel over the pixels that it came from:
  //   1 * [1 2; 3 4] at (0,0), 2 * [1; 3] at (0,2), 3 * [1 2] at (1,1)
  CHECK(doubles(x.grad()) == std::vector<double>{1, 2, 2, 3, 4 + 3, 6 + 6});
  // Each dy paints its window over the kernel: 1 * [1 2; 4 5] + 2 * [3 0; 6 0] + 3 * [5 6; 0 0]
  CHECK(doubles(w.grad()) == std::vector<double>{1 + 6 + 15, 2 + 18, 4 + 12, 5});
  CHECK(doubles(b.grad()) == std::vector<double>{6});
}

TEST_CASE("conv2d: forward and gradients equal the sliding window", "[ops][conv2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  for (const Case& k : kCases) {
    INFO(k.name << " on " << backend().name());
    const Var x(integers(k.x, 1), true);
    const Var w(integers(weight_shape(k), 2), true);
    const Var b(integers(vector_shape(k.cout), 3), true);
    const Tensor plain = slide(k.spec, x.value(), w.value());

    const Var without = conv2d(k.spec, x, w, Var());
    REQUIRE(without.shape() == plain.shape());
    CHECK(doubles(without.value()) == doubles(plain));

    const Var y = conv2d(k.spec, x, w, b);
    CHECK(doubles(y.value()) == with_bias(plain, b.value()));

    // y is linear in x and in w: the gradient for entry e is <what e alone would give, dy>.
    const Tensor dy = integers(y.shape(), 4);
    const std::array<Var, 3> targets{x, w, b};
    backward(y, dy, targets);
    Tensor unit = Tensor::zeros(k.x);
    for (index e = 0; e < unit.numel(); ++e) {
      unit.data()[e] = 1;
      REQUIRE(static_cast<double>(x.grad().data()[e]) == inner(slide(k.spec, unit, w.value()), dy));
      unit.data()[e] = 0;
    }
    unit = Tensor::zeros(weight_shape(k));
    for (index e = 0; e < unit.numel(); ++e) {
      unit.data()[e] = 1;
      REQUIRE(static_cast<double>(w.grad().data()[e]) == inner(slide(k.spec, x.value(), unit), dy));
      unit.data()[e] = 0;
    }
    CHECK(doubles(b.grad()) == channel_sums(dy));
  }
}

TEST_CASE("conv2d: more than one strip, channel block and part gives the same", "[ops][conv2d]") {
  const BackendGuard guard("cpu");
  const std::vector<Case> large{
      {"pixels", {4, 4, 1, {1, 2, 1, 2}}, {2, 33, 37, 3}, 2},
      {"pixels of the weight gradient in parts", {1, 2, 1, {0, 0, 0, 0}}, {2, 64, 80, 2}, 3},
      {"output channels", {2, 2, 2, {0, 0, 0, 0}}, {2, 4, 6, 3}, 150},
      {"input channels", {2, 2, 2, {1, 1, 1, 1}}, {2, 4, 6, 300}, 3},
      {"one kernel row at a time", {4, 4, 2, {1, 1, 1, 1}}, {2, 6, 4, 40}, 3},
  };
  for (const Case& k : large) {
    INFO(k.name);
    const Var x(integers(k.x, 5), true);
    const Var w(integers(weight_shape(k), 6), true);
    const Var b(integers(vector_shape(k.cout), 13), true);
    const Var y = conv2d(k.spec, x, w, b);
    const Tensor plain = slide(k.spec, x.value(), w.value());
    REQUIRE(y.shape() == plain.shape());
    CHECK(doubles(y.value()) == with_bias(plain, b.value()));
    const Tensor dy = integers(y.shape(), 7);
    const std::array<Var, 3> targets{x, w, b};
    backward(y, dy, targets);
    CHECK(doubles(b.grad()) == channel_sums(dy));
    // Adjoint in both arguments, for directions other than x and w themselves.
    const Tensor other_x = integers(k.x, 8);
    const Tensor other_w = integers(weight_shape(k), 9);
    CHECK(inner(x.grad(), other_x) == inner(slide(k.spec, other_x, w.value()), dy));
    CHECK(inner(w.grad(), other_w) == inner(slide(k.spec, x.value(), other_w), dy));
  }
}

TEST_CASE("conv2d: its adjoint is conv_transpose2d with the same weights", "[ops][conv2d]") {
  const BackendGuard guard(GENERATE(as<std::string>{}, "cpu", "ref"));
  for (const Case& k : {kCases[0], kCases[1], kCases[5]}) {
    INFO(k.name << " on " << backend().name());
    const Var x(integers(k.x, 10));
    const Var w(integers(weight_shape(k), 11));
    const Var ax = conv2d(k.spec, x, w, Var());
    const Var y(integers(ax.shape(), 12));
    const Var aty = conv_transpose2d(k.spec, y, w, Var());
    REQUIRE(aty.shape() == x.shape());
    CHECK(inner(ax.value(), y.value()) == inner(x.value(), aty.value()));
    CHECK(inner(ax.value(), y.value()) != 0);
  }
}

TEST_CASE("conv2d: padding of 1 before and 2 after keeps the size at kernel 4, stride 1",
          "[ops][conv2d]") {
  const Conv2dSpec same{4, 4, 1, {1, 2, 1, 2}};
  CHECK(conv2d_output_shape(same, {2, 5, 7, 3}, 6) == Shape{2, 5, 7, 6});
  const Conv2dSpec half{4, 4, 2, {1, 1, 1, 1}};
  CHECK(conv2d_output_shape(half, {2, 8, 6, 3}, 6) == Shape{2, 4, 3, 6});
  CHECK(conv2d_output_shape(half, {2, 9, 7, 3}, 6) == Shape{2, 4, 3, 6});
}

TEST_CASE("conv2d: refuses shapes that do not fit, and says what would", "[ops][conv2d]") {
  const Conv2dSpec spec;
  const Var x(Tensor::zeros({2, 4, 6, 3}));
  const Var w(Tensor::zeros({4, 4, 3, 5}));
  CHECK(error_of([&] {
          conv2d(spec, x, Var(Tensor::zeros({4, 4, 2, 5})), Var());
        }) == "conv2d: weights 4x4x2x5, expected 4x4x3x5");
  CHECK(error_of([&] {
          conv2d(spec, x, Var(Tensor::zeros({3, 4, 3, 5})), Var());
        }) == "conv2d: weights 3x4x3x5, expected 4x4x3x5");
  CHECK(error_of([&] { conv2d(spec, x, w, Var(Tensor::zeros(vector_shape(3)))); }) ==
        "conv2d: bias of shape 1x1x1x3, expected 1x1x1x5");
  CHECK(error_of([&] {
          conv2d(spec, Var(Tensor::zeros({2, 1, 6, 3})), w, Var());
        }) ==
        "conv2d: an image of 1x6, expected at least the kernel's size after padding; "
        "use a larger image or fewer levels");
  CHECK(error_of([&] { conv2d(spec, Var(), w, Var()); }) == "Var: an empty Var, expected a value");
}

}  // namespace
}  // namespace nn::testing
