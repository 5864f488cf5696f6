// The tape, apart from any op's arithmetic: which nodes run, how often, in what order, what they
// are asked for, where gradients go, and when memory comes back.
#include "nn/autograd/var.h"

#include <array>
#include <string>
#include <vector>

#include "nn/core/buffer_pool.h"
#include "nn/core/error.h"
#include "nn/ops/ops.h"
#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

Var leaf(double value) { return Var(Tensor::full(scalar_shape(), static_cast<real>(value)), true); }

real grad(const Var& v) { return v.grad().item(); }

/// What nodes were asked, in the order of the asking: "name:" and for each input "-" (nothing), "s"
/// (set) or "a" (add).
struct Log {
  std::vector<std::string> lines;
};

/// y = sum of factors[i] * inputs[i], a scalar; tells `log` what its backward is asked for.
Var weighted_sum(Log& log, const std::string& name, const std::vector<Var>& inputs,
                 const std::vector<double>& factors) {
  double sum = 0;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    sum += factors[i] * static_cast<double>(inputs[i].value().item());
  }
  return record("weighted_sum", inputs, Tensor::full(scalar_shape(), static_cast<real>(sum)),
                [&log, name, factors](const Tensor& dy, std::span<const Destination> dx) {
                  std::string line = name + ":";
                  for (std::size_t i = 0; i < dx.size(); ++i) {
                    line += !dx[i] ? "-" : dx[i].write == Write::set ? "s" : "a";
                    if (!dx[i]) continue;
                    const real d = static_cast<real>(factors[i]) * dy.item();
                    real& place = dx[i].tensor->data()[0];
                    place = dx[i].write == Write::set ? d : place + d;
                  }
                  log.lines.push_back(line);
                });
}

void run(const Var& root, const std::vector<Var>& targets, bool retain = false, bool add = false) {
  backward(root, targets, {retain, add});
}

TEST_CASE("backward: a value used twice gets the sum, and its node runs once", "[autograd]") {
  Log log;
  // y = 5 (2 x) + 7 (3 x), with x used twice and h = 2x used twice more: y = 5 h + 7 g + 11 h
  const Var x = leaf(1);
  const Var h = weighted_sum(log, "h", {x}, {2});
  const Var g = weighted_sum(log, "g", {x}, {3});
  const Var left = weighted_sum(log, "left", {h, g}, {5, 7});
  const Var y = weighted_sum(log, "y", {left, h}, {1, 11});
  run(y, {x});
  CHECK(grad(x) == 5 * 2 + 7 * 3 + 11 * 2);
  // Reverse order of making; h has both of its parts when its turn comes.
  CHECK(log.lines == std::vector<std::string>{"y:ss", "left:as", "g:s", "h:a"});
}

TEST_CASE("backward: one value as both inputs of a node: set, then add", "[autograd]") {
  Log log;
  const Var x = leaf(3);
  const Var y = weighted_sum(log, "y", {x, x, x}, {1, 10, 100});
  run(y, {x});
  CHECK(grad(x) == 111);
  CHECK(log.lines == std::vector<std::string>{"y:saa"});
  const Var twice = add(x, x);
  run(twice, {x});
  CHECK(grad(x) == 2);
}

TEST_CASE("backward: only targets get gradients, only paths to them are walked", "[autograd]") {
  Log log;
  const Var x = leaf(1);
  const Var w = leaf(1);
  const Var other = leaf(1);
  const Var a = weighted_sum(log, "a", {x, w}, {2, 3});
  const Var b = weighted_sum(log, "b", {other}, {5});
  const Var y = weighted_sum(log, "y", {a, b}, {7, 11});
  run(y, {w});
  CHECK(grad(w) == 21);
  CHECK(log.lines == std::vector<std::string>{"y:s-", "a:-s"});
  CHECK(error_of([&] { static_cast<void>(x.grad()); }) ==
        "Var::grad: no gradient, expected backward() with this Var as a target");
  CHECK_FALSE(error_of([&] { static_cast<void>(other.grad()); }).empty());
}

TEST_CASE("backward: ops compute nothing that is not asked for", "[autograd]") {
  const Shape shape{2, 1, 2, 1};
  const Var a(tensor(shape, {1, 2, 3, 4}), true);
  const Var b(tensor(shape, {0, 2, 5, 8}), true);
  run(l1_loss(a, b), {b});
  CHECK(doubles(b.grad()) == std::vector<double>{-0.25, 0, 0.25, 0.25});
  CHECK_THROWS_AS(a.grad(), Error);

  const Var gamma(Tensor::full(vector_shape(1), 3), true);
  const Var beta(Tensor::full(vector_shape(1), 10), true);
  const Var y = batch_norm2d(a, gamma, beta, 1, nullptr);
  const std::vector<Var> only{beta};
  backward(y, Tensor::full(shape, 2), only);
  CHECK(grad(beta) == 8);
  CHECK_THROWS_AS(a.grad(), Error);
  CHECK_THROWS_AS(gamma.grad(), Error);
}

TEST_CASE("backward: values without needs_grad record nothing", "[autograd]") {
  Log log;
  const Var constant(Tensor::full(scalar_shape(), 2));
  const Var y = weighted_sum(log, "y", {constant, constant}, {1, 1});
  CHECK_FALSE(y.needs_grad());
  CHECK(y.value().item() == 4);
  const Var x = leaf(1);
  const Var z = weighted_sum(log, "z", {y, x}, {3, 5});
  run(z, {x});
  CHECK(grad(x) == 5);
  CHECK(log.lines == std::vector<std::string>{"z:-s"});
}

TEST_CASE("backward: an absent input is never asked for", "[autograd]") {
  Log log;
  const Var x = leaf(1);
  const Var y = record("with_bias", {x, Var()}, Tensor::full(scalar_shape(), 2),
                       [&](const Tensor& dy, std::span<const Destination> dx) {
                         REQUIRE(dx.size() == 2);
                         CHECK_FALSE(dx[1]);
                         dx[0].tensor->data()[0] = 2 * dy.item();
                       });
  run(y, {x});
  CHECK(grad(x) == 2);
}

TEST_CASE("backward: gradients are set anew by each call, into the same place", "[autograd]") {
  Log log;
  Var x = leaf(1);
  Tensor place = Tensor::full(vector_shape(3), -7);
  x.set_grad_storage(Tensor::view(place, 1, scalar_shape()));
  const Var y = weighted_sum(log, "y", {x, x}, {2, 3});
  run(y, {x}, true);
  CHECK(doubles(place) == std::vector<double>{-7, 5, -7});
  run(y, {x}, true);
  CHECK(doubles(place) == std::vector<double>{-7, 5, -7});  // not 10
  CHECK(x.grad().data() == place.data() + 1);
  CHECK(error_of([&] { x.set_grad_storage(Tensor::zeros(vector_shape(2))); }) ==
        "Var::set_grad_storage: 1x1x1x2, expected 1x1x1x1");
}

TEST_CASE("backward: retain keeps the tape, without it the tape is released", "[autograd]") {
  Log log;
  const Var x = leaf(1);
  const Var h = weighted_sum(log, "h", {x}, {2});
  const Var y = weighted_sum(log, "y", {h}, {3});
  run(y, {x}, true);
  run(y, {x}, true);
  run(y, {x}, false);
  CHECK(grad(x) == 6);
  CHECK(log.lines.size() == 6);
  CHECK(
      error_of([&] { run(y, {x}); }) ==
      "backward: a tape already released at weighted_sum, expected retain = true the time before");
  CHECK(log.lines.size() == 6);
  // What was released cannot be walked from elsewhere either, not even below the targets: whether a
  // target lay there is no longer known.
  const Var w = leaf(1);
  const Var z = weighted_sum(log, "z", {h, w}, {1, 1});
  CHECK_FALSE(error_of([&] { run(z, {x}); }).empty());
  CHECK_FALSE(error_of([&] { run(z, {w}); }).empty());
}

TEST_CASE("backward: releases what it walked and nothing else", "[autograd]") {
  Log log;
  // The order of a GAN's step: the discriminator's loss stops at its weights, then the generator's
  // goes back through the discriminator to its own.
  const Var g = leaf(2);
  const Var d = leaf(3);
  const Var fake = weighted_sum(log, "fake", {g}, {5});
  const Var d_loss = weighted_sum(log, "d_loss", {fake, d}, {1, 7});
  run(d_loss, {d});
  CHECK(log.lines == std::vector<std::string>{"d_loss:-s"});
  const Var g_loss = weighted_sum(log, "g_loss", {fake, d}, {11, 13});
  run(g_loss, {g});
  CHECK(grad(g) == 55);
  CHECK(grad(d) == 7);  // the second walk did not touch it
  CHECK(log.lines == std::vector<std::string>{"d_loss:-s", "g_loss:s-", "fake:s"});
}

TEST_CASE("backward: a target inside the tape, and not beyond", "[autograd]") {
  Log log;
  const Var x = leaf(1);
  const Var h = weighted_sum(log, "h", {x}, {2});
  const Var y = weighted_sum(log, "y", {h, h}, {3, 4});
  run(y, {h}, true);
  CHECK(grad(h) == 7);
  CHECK(log.lines == std::vector<std::string>{"y:sa"});
  CHECK_THROWS_AS(x.grad(), Error);
  run(y, {h, x}, true);
  CHECK(grad(h) == 7);
  CHECK(grad(x) == 14);
  run(y, {x, h, x});  // order and repetition do not matter
  CHECK(grad(h) == 7);
  CHECK(grad(x) == 14);
}

TEST_CASE("backward: the root itself may be a target", "[autograd]") {
  Log log;
  const Var x(tensor({1, 1, 2, 1}, {1, 2}), true);
  const std::vector<Var> itself{x};
  backward(x, tensor({1, 1, 2, 1}, {5, 6}), itself);
  CHECK(doubles(x.grad()) == std::vector<double>{5, 6});
  const Var w = leaf(1);
  const Var y = weighted_sum(log, "y", {w}, {3});
  run(y, {y, w});
  CHECK(grad(y) == 1);
  CHECK(grad(w) == 3);
}

TEST_CASE("NoRecording: values, and no tape", "[autograd]") {
  Log log;
  const Var x = leaf(2);
  {
    const NoRecording outer;
    CHECK_FALSE(weighted_sum(log, "y", {x}, {3}).needs_grad());
    { const NoRecording inner; }
    const Var y = weighted_sum(log, "y", {x}, {3});  // still off after the inner one
    CHECK(y.value().item() == 6);
    CHECK_FALSE(y.needs_grad());
    CHECK(error_of([&] { run(y, {x}); }) == "backward: a target that the root does not depend on");
  }
  const Var y = weighted_sum(log, "y", {x}, {3});
  CHECK(y.needs_grad());
  run(y, {x});
  CHECK(grad(x) == 3);
}

TEST_CASE("backward: says what is wrong with a call", "[autograd]") {
  Log log;
  const Var x = leaf(1);
  const Var unrelated = leaf(1);
  const Var constant(Tensor::full(scalar_shape(), 1));
  const Var y = weighted_sum(log, "y", {x, constant}, {1, 1});
  CHECK(error_of([&] { run(y, {unrelated}); }) ==
        "backward: a target that the root does not depend on");
  CHECK(error_of([&] { run(y, {constant}); }) ==
        "backward: a target without needs_grad, expected a parameter or marked input");
  CHECK(error_of([&] { run(y, {Var()}); }) ==
        "backward: a target without needs_grad, expected a parameter or marked input");
  const std::vector<Var> targets{x};
  CHECK(error_of([&] { backward(y, Tensor::zeros(vector_shape(2)), targets); }) ==
        "backward: a seed of another shape, expected the root's shape");
  const Var image(Tensor::zeros({1, 2, 3, 1}), true);
  CHECK(error_of([&] { run(image, {image}); }) ==
        "backward: a seed of another shape, expected the root's shape");
  CHECK_FALSE(error_of([&] { run(Var(), {x}); }).empty());
  CHECK(log.lines.empty());
  CHECK_THROWS_AS(x.grad(), Error);  // a refused call leaves nothing behind
  run(y, {x});                       // and the tape usable
  CHECK(grad(x) == 1);
}

TEST_CASE("Var: handles", "[autograd]") {
  const Var empty;
  CHECK_FALSE(empty);
  CHECK_FALSE(empty.needs_grad());
  CHECK(error_of([&] { static_cast<void>(empty.value()); }) ==
        "Var: an empty Var, expected a value");
  Var a = leaf(1);
  const Var b = a;
  a.mutable_value().fill(9);
  CHECK(b.value().item() == 9);
}

TEST_CASE("tape: a chain of 100,000 nodes needs no deep stack", "[autograd]") {
  constexpr int kNodes = 100000;
  const Var x = leaf(1);
  const auto chain = [&] {
    Var y = x;
    for (int i = 0; i < kNodes; ++i) {
      y = record("next", {y, y}, Tensor::full(scalar_shape(), 1),
                 [](const Tensor& dy, std::span<const Destination> dx) {
                   dx[0].tensor->data()[0] = dy.item();  // nothing for the second input
                 });
    }
    return y;
  };
  SECTION("walked and released") {
    run(chain(), {x});
    CHECK(grad(x) == 1);
  }
  SECTION("walked, kept and dropped") {
    run(chain(), {x}, true);
    CHECK(grad(x) == 1);
  }
  SECTION("dropped without a walk") { static_cast<void>(chain()); }
}

TEST_CASE("backward: with add the gradients of two roots sum up", "[autograd]") {
  Log log;
  const Var x = leaf(1);
  const Var w = leaf(1);
  run(weighted_sum(log, "y", {x, w}, {2, 3}), {x, w});
  run(weighted_sum(log, "z", {x, w}, {5, 7}), {x, w}, false, true);
  CHECK(grad(x) == 7);
  CHECK(grad(w) == 10);
  run(weighted_sum(log, "y", {x, w}, {2, 3}), {x, w});
  CHECK(grad(x) == 2);
  const Var fresh = leaf(1);
  CHECK(error_of([&] { run(weighted_sum(log, "y", {fresh}, {2}), {fresh}, false, true); }) ==
        "backward: a target without a gradient to add to, expected an earlier backward() to it");
}

TEST_CASE("backward: memory comes back while the walk passes", "[autograd]") {
  // A node at the bottom looks at the pool when its turn comes: of the 20 values above it, each
  // kept by its op for the way back, all but a few must be free again.
  constexpr std::size_t kBytes = 1 << 20;
  const Shape shape = vector_shape(static_cast<index>(kBytes / sizeof(real)));
  const bool retain = GENERATE(false, true);
  const Var x = leaf(1);
  const std::size_t before = BufferPool::stats().bytes_in_use;
  std::size_t at_bottom = 0;
  Var y = record("bottom", {x}, Tensor::full(shape, 0.5),
                 [&](const Tensor&, std::span<const Destination> dx) {
                   at_bottom = BufferPool::stats().bytes_in_use;
                   dx[0].tensor->fill(1);
                 });
  for (int i = 0; i < 20; ++i) y = tanh(y);
  const std::size_t recorded = BufferPool::stats().bytes_in_use - before;
  // The bottom's own value was for the first tanh alone, which keeps its output instead.
  CHECK(recorded >= 20 * kBytes);
  CHECK(recorded <= 20 * kBytes + 4096);
  const std::vector<Var> targets{x};
  backward(y, Tensor::full(shape, 1), targets, {.retain = retain});
  if (retain) {
    CHECK(at_bottom - before >= 20 * kBytes);
  } else {
    // The root's value, which y still holds; the seed; the bottom's gradient.
    CHECK(at_bottom - before <= 3 * kBytes + 4096);
  }
  y = Var();
  CHECK(BufferPool::stats().bytes_in_use <= before + 4096);
}

}  // namespace
}  // namespace nn::testing
