// The tape in one screen: docs/learn/tape.md explains it and shows what it prints.
#include <cstdio>

#include "nn/ops/ops.h"

namespace {

using nn::Var;

Var number(double v, bool needs_grad) {
  return Var(nn::Tensor::full(nn::scalar_shape(), static_cast<nn::real>(v)), needs_grad);
}

double value(const nn::Tensor& t) { return static_cast<double>(t.item()); }

/// Writes a gradient, or adds it to the one that is there already.
void put(const nn::Destination& to, double gradient) {
  const double before = to.write == nn::Write::add ? value(*to.tensor) : 0;
  to.tensor->fill(static_cast<nn::real>(before + gradient));
}

/// An op of our own: y = a * b, so dy/da = b and dy/db = a.
Var times(const Var& a, const Var& b) {
  const Var y = number(value(a.value()) * value(b.value()), false);
  return nn::record("times", {a, b}, y.value(), [a, b](const nn::Tensor& dy, auto dx) {
    if (dx[0]) put(dx[0], value(dy) * value(b.value()));
    if (dx[1]) put(dx[1], value(dy) * value(a.value()));
    const auto asked = [](auto& d) {
      return !d ? "no" : d.write == nn::Write::set ? "set" : "add";
    };
    std::printf("  times: dy = %g, dw: %s, dx: %s\n", value(dy), asked(dx[0]), asked(dx[1]));
  });
}

}  // namespace

int main() {
  Var w = number(2, true);
  const Var x = number(3, true);
  const Var truth = number(5, false);
  const auto loss_now = [&] {  // (w x + w - truth)^2: w is used twice
    return nn::mse_loss(nn::add(times(w, x), w), truth);
  };

  const Var loss = loss_now();
  std::printf("loss = %g\nbackward to w and x, keeping the tape\n", value(loss.value()));
  nn::backward(loss, std::vector<Var>{w, x}, {.retain = true});
  std::printf("  dloss/dw = %g, dloss/dx = %g\n", value(w.grad()), value(x.grad()));
  std::printf("backward to w alone, adding\n");
  nn::backward(loss, std::vector<Var>{w}, {.add = true});
  std::printf("  dloss/dw = %g, dloss/dx = %g\n", value(w.grad()), value(x.grad()));

  std::printf("four steps of gradient descent\n");
  for (int step = 0; step < 4; ++step) {
    nn::backward(loss_now(), std::vector<Var>{w});
    w.mutable_value().fill(w.value().item() - nn::real(0.02) * w.grad().item());
    std::printf("  dloss/dw = %.4g, new w = %.4g\n", value(w.grad()), value(w.value()));
  }
}
