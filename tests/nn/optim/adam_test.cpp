// Adam against two steps worked out by hand, and its arenas: the optimiser moves a network's
// parameters and gradients into its own memory, and network and optimiser must go on sharing them.
#include "nn/optim/adam.h"

#include <cmath>
#include <vector>

#include "nn/modules/layers.h"
#include "nn/optim/schedule.h"
#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

/// Two vectors, a = (1, -2) and b = (0.5): the smallest network.
struct Two {
  Var a{tensor(vector_shape(2), {1, -2}), true};
  Var b{tensor(vector_shape(1), {0.5}), true};
  ParameterList list() const { return {{{"a", a}, {"b", b}}, {}}; }
};

/// loss = <ga, a> + gb * b, whose gradients are ga and gb.
void give_gradients(const Two& two, const Adam& adam, const std::vector<double>& ga, double gb) {
  // A 1x1 convolution of one pixel is a dot product.
  const Conv2dSpec dot{1, 1, 1, {0, 0, 0, 0}};
  const Var wa(tensor({1, 1, 2, 1}, ga));
  const Var wb(tensor({1, 1, 1, 1}, {gb}));
  const Var loss = add(conv2d(dot, two.a, wa, Var()), conv2d(dot, two.b, wb, Var()));
  backward(loss, adam.targets());
}

}  // namespace

TEST_CASE("two Adam steps by hand", "[adam]") {
  Two two;
  Adam adam(two.list(), {0.5, 0.75, 0.25});

  // Step 1. m = g/2, v = g^2/4; corrected by 1/2 and 1/4: m' = g, v' = g^2.
  // p -= 0.1 * g / (|g| + 0.25): g = (2, -1), 0.25 give 0.1 * (8/9, -4/5, 1/2).
  give_gradients(two, adam, {2, -1}, 0.25);
  adam.step(0.1);
  CHECK(adam.steps_done() == 1);
  CHECK(two.a.value().data()[0] == Approx(1 - 0.1 * 8 / 9).epsilon(1e-6));
  CHECK(two.a.value().data()[1] == Approx(-2 + 0.1 * 4 / 5).epsilon(1e-6));
  CHECK(two.b.value().data()[0] == Approx(0.5 - 0.1 / 2).epsilon(1e-6));
  CHECK(doubles(adam.first_moment())[0] == Approx(1));
  CHECK(doubles(adam.second_moment())[0] == Approx(1));

  // Step 2, g = (-4, 0), 0. First value: m = (1 - 4)/2 = -3/2, v = 3/4 + 16/4 = 19/4, corrected by
  // 3/4 and 7/16: m' = -2, v' = 76/7. Second: m = -1/4, v = 3/16; m' = -1/3, v' = 3/7. Third:
  // m = 1/16, v = 3/256; m' = 1/12, v' = 3/112.
  give_gradients(two, adam, {-4, 0}, 0);
  adam.step(0.2);
  CHECK(two.a.value().data()[0] ==
        Approx(1 - 0.1 * 8 / 9 + 0.2 * 2 / (std::sqrt(76.0 / 7) + 0.25)).epsilon(1e-6));
  CHECK(two.a.value().data()[1] ==
        Approx(-2 + 0.1 * 4 / 5 + 0.2 / 3 / (std::sqrt(3.0 / 7) + 0.25)).epsilon(1e-6));
  CHECK(two.b.value().data()[0] ==
        Approx(0.5 - 0.1 / 2 - 0.2 / 12 / (std::sqrt(3.0 / 112) + 0.25)).epsilon(1e-6));
}

TEST_CASE("parameters stay connected to Adam's arena", "[adam]") {
  Conv2d layer({1, 1, 1, {0, 0, 0, 0}}, 2, 1, true);
  ParameterList list;
  layer.collect("layer", list);
  list.parameters[0].var.mutable_value().values()[1] = 3;
  Adam adam(list, {});

  SECTION("values survive the move, and new ones reach the layer") {
    ParameterList again;
    layer.collect("layer", again);
    CHECK(doubles(again.parameters[0].var.value()) == std::vector<double>{0, 3});
    list.parameters[0].var.mutable_value().values()[0] = 5;
    const Var y = layer.forward(Var(tensor({1, 1, 1, 2}, {1, 1})));
    CHECK(y.value().item() == 8);
  }
  SECTION("values lie one after the other") {
    const real* weight = list.parameters[0].var.value().data();
    CHECK(list.parameters[1].var.value().data() == weight + 2);
  }
  SECTION("gradients are windows into the arena, step after step") {
    for (const double x : {2.0, 7.0}) {
      const Var y = layer.forward(Var(tensor({1, 1, 1, 2}, {x, -x})));
      backward(y, adam.targets());
      CHECK(doubles(adam.gradients()) == std::vector<double>{x, -x, 1});
      CHECK(list.parameters[0].var.grad().data() == adam.gradients().data());
      CHECK(list.parameters[1].var.grad().data() == adam.gradients().data() + 2);
      const real before = list.parameters[1].var.value().item();
      adam.step(0.5);
      CHECK(list.parameters[1].var.value().item() < before);
    }
  }
}

TEST_CASE("Adam goes on from restored moments", "[adam]") {
  Two first;
  Adam whole(first.list(), {0.5, 0.999, 1e-7});
  give_gradients(first, whole, {1, -3}, 2);
  whole.step(0.01);

  Two second;
  std::copy_n(first.a.value().data(), 2, second.a.mutable_value().data());
  std::copy_n(first.b.value().data(), 1, second.b.mutable_value().data());
  Adam resumed(second.list(), {0.5, 0.999, 1e-7});
  resumed.restore(whole.first_moment().values(), whole.second_moment().values(),
                  whole.steps_done());
  for (Two* two : {&first, &second}) {
    Adam& adam = two == &first ? whole : resumed;
    give_gradients(*two, adam, {-1, 4}, 1);
    adam.step(0.02);
  }
  CHECK(doubles(first.a.value()) == doubles(second.a.value()));
  CHECK(doubles(first.b.value()) == doubles(second.b.value()));

  const std::vector<real> short_one(2);
  CHECK_THROWS_AS(resumed.restore(short_one, short_one, 1), Error);
}

TEST_CASE("learning-rate schedules", "[adam]") {
  for (const std::uint64_t step : {0U, 37U, 99U}) {
    CHECK(learning_rate(Schedule::constant, 2e-4, step, 100) == 2e-4);
  }
  // Constant for half the time, then a straight line that reaches 0 after the last step.
  CHECK(learning_rate(Schedule::linear_decay, 1, 0, 100) == 1);
  CHECK(learning_rate(Schedule::linear_decay, 1, 49, 100) == 1);
  CHECK(learning_rate(Schedule::linear_decay, 1, 50, 100) == Approx(1));
  CHECK(learning_rate(Schedule::linear_decay, 1, 75, 100) == Approx(0.5));
  CHECK(learning_rate(Schedule::linear_decay, 1, 99, 100) == Approx(0.02));
  // (1 + cos(pi t)) / 2
  CHECK(learning_rate(Schedule::cosine, 3, 0, 90) == Approx(3));
  CHECK(learning_rate(Schedule::cosine, 3, 30, 90) == Approx(2.25));
  CHECK(learning_rate(Schedule::cosine, 3, 45, 90) == Approx(1.5));
  CHECK(learning_rate(Schedule::cosine, 3, 60, 90) == Approx(0.75));
  CHECK(learning_rate(Schedule::cosine, 3, 89, 90) ==
        Approx(1.5 * (1 - std::cos(0.034906585039887))));
  // A run of no steps has a rate all the same.
  CHECK(learning_rate(Schedule::cosine, 3, 0, 0) == Approx(3));
}

}  // namespace nn::testing
