// Cases of the elementwise ops, concat and the losses.
#include "nn/backend/ref/elementwise.h"
#include "nn/backend/ref/losses.h"
#include "nn/check/cases_detail.h"
#include "nn/ops/ops.h"

namespace nn::check::detail {

Case leaky_relu_case(Source s) {
  constexpr double kSlope = 0.2;
  const Tensor x = s.off_zero(kImage);
  Case c{"leaky_relu", {{"x", x}}};
  c.output = kImage;
  c.forward = [](const Arrays<C>& in, Array<C>& y) {
    ref::leaky_relu_forward<C>(in[0].in(), kSlope, y.view());
  };
  c.backward = [](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    ref::leaky_relu_backward<double>(in[0].in(), kSlope, dy.in(), d[0].out());
  };
  c.tape = [](const std::vector<Var>& in) { return leaky_relu(in[0], kSlope); };
  c.bound = [x](const Tensor& dy) {
    return Errors{bounds::leaky_relu_backward(x, kSlope, dy, nullptr)};
  };
  return c;
}

Case relu_case(Source s) {
  const Tensor x = s.off_zero(kImage);
  Case c{"relu", {{"x", x}}};
  c.output = kImage;
  c.forward = [](const Arrays<C>& in, Array<C>& y) { ref::relu_forward<C>(in[0].in(), y.view()); };
  c.backward = [](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    ref::relu_backward<double>(in[0].in(), dy.in(), d[0].out());
  };
  c.tape = [](const std::vector<Var>& in) { return relu(in[0]); };
  c.bound = [x](const Tensor& dy) { return Errors{bounds::relu_backward(x, dy, nullptr)}; };
  return c;
}

Case tanh_case(Source s) {
  const Tensor x = s.normal(kImage);
  Case c{"tanh", {{"x", x}}};
  c.output = kImage;
  c.forward = [](const Arrays<C>& in, Array<C>& y) { ref::tanh_forward<C>(in[0].in(), y.view()); };
  c.backward = [](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    Array<double> y(kImage);
    ref::tanh_forward<double>(in[0].in(), y.view());
    ref::tanh_backward<double>(y.in(), dy.in(), d[0].out());
  };
  c.tape = [](const std::vector<Var>& in) { return tanh(in[0]); };
  c.bound = [x](const Tensor& dy) {
    Tensor y(x.shape());
    for (index i = 0; i < x.numel(); ++i) y.data()[i] = math::tanh(x.data()[i]);
    return Errors{bounds::tanh_backward(y, dy, bounds::kElementary, nullptr)};
  };
  return c;
}

Case dropout_case(Source s) {
  constexpr double kRate = 0.3;
  const Rng mask = s.mask();
  const Tensor x = s.normal(kImage);
  Case c{"dropout", {{"x", x}}};
  c.output = kImage;
  c.forward = [mask](const Arrays<C>& in, Array<C>& y) {
    ref::dropout<C>(in[0].in(), kRate, mask, y.out());
  };
  c.backward = [mask](const Arrays<double>&, const Array<double>& dy, Arrays<double>& d) {
    ref::dropout<double>(dy.in(), kRate, mask, d[0].out());
  };
  c.tape = [mask](const std::vector<Var>& in) { return dropout(in[0], kRate, mask); };
  c.bound = [mask](const Tensor& dy) { return Errors{bounds::dropout(dy, kRate, mask, nullptr)}; };
  return c;
}

Case concat_case(Source s) {
  const Shape a{2, 3, 4, 2};
  const Shape b{2, 3, 4, 3};
  Case c{"concat", {{"a", s.normal(a)}, {"b", s.normal(b)}}};
  c.output = {a.n, a.h, a.w, a.c + b.c};
  c.forward = [](const Arrays<C>& in, Array<C>& y) {
    ref::concat_forward<C>(in[0].in(), in[1].in(), y.view());
  };
  c.backward = [a](const Arrays<double>&, const Array<double>& dy, Arrays<double>& d) {
    ref::concat_backward<double>(dy.in(), 0, d[0].out());
    ref::concat_backward<double>(dy.in(), a.c, d[1].out());
  };
  c.tape = [](const std::vector<Var>& in) { return concat(in[0], in[1]); };
  c.bound = [a, b](const Tensor& dy) {
    return Errors{bounds::concat_backward(dy, 0, a, nullptr),
                  bounds::concat_backward(dy, a.c, b, nullptr)};
  };
  return c;
}

Case add_case(Source s) {
  Case c{"add", {{"a", s.normal(kImage)}, {"b", s.normal(kImage)}}};
  c.output = kImage;
  c.forward = [](const Arrays<C>& in, Array<C>& y) {
    ref::add_forward<C>(in[0].in(), in[1].in(), y.view());
  };
  c.backward = [](const Arrays<double>&, const Array<double>& dy, Arrays<double>& d) {
    ref::scale<double>(dy.in(), 1, d[0].out());
    ref::scale<double>(dy.in(), 1, d[1].out());
  };
  c.tape = [](const std::vector<Var>& in) { return add(in[0], in[1]); };
  c.bound = [](const Tensor& dy) {
    return Errors{bounds::scale(dy, 1, nullptr), bounds::scale(dy, 1, nullptr)};
  };
  return c;
}

Case scale_case(Source s) {
  constexpr double kFactor = -1.7;
  Case c{"scale", {{"x", s.normal(kImage)}}};
  c.output = kImage;
  c.forward = [](const Arrays<C>& in, Array<C>& y) { ref::scale<C>(in[0].in(), kFactor, y.out()); };
  c.backward = [](const Arrays<double>&, const Array<double>& dy, Arrays<double>& d) {
    ref::scale<double>(dy.in(), kFactor, d[0].out());
  };
  c.tape = [](const std::vector<Var>& in) { return scale(in[0], kFactor); };
  c.bound = [](const Tensor& dy) { return Errors{bounds::scale(dy, kFactor, nullptr)}; };
  return c;
}

Case weighted_mean_case(Source s) {
  const Tensor w = s.normal(kImage);
  Case c{"weighted_mean", {{"x", s.normal(kImage)}}};
  c.output = scalar_shape();
  c.forward = [w](const Arrays<C>& in, Array<C>& y) {
    const Array<C> weights(w);
    ref::weighted_mean_forward<C>(in[0].in(), weights.in(), y.view());
  };
  c.backward = [w](const Arrays<double>&, const Array<double>& dy, Arrays<double>& d) {
    const Array<double> weights(w);
    ref::weighted_mean_backward<double>(weights.in(), dy.in(), d[0].out());
  };
  c.tape = [w](const std::vector<Var>& in) { return weighted_mean(in[0], w); };
  c.bound = [w](const Tensor& dy) {
    return Errors{bounds::weighted_mean_backward(w, dy, nullptr)};
  };
  return c;
}

Case l1_loss_case(Source s) {
  const Tensor a = s.normal(kImage);
  Tensor b = s.off_zero(kImage);  // b - a at first: the loss has its kink where they are equal
  for (index i = 0; i < b.numel(); ++i) b.data()[i] += a.data()[i];
  Case c{"l1_loss", {{"a", a}, {"b", b}}};
  c.output = scalar_shape();
  c.forward = [](const Arrays<C>& in, Array<C>& y) {
    ref::l1_loss_forward<C>(in[0].in(), in[1].in(), y.view());
  };
  c.backward = [](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    ref::l1_loss_backward<double>(in[0].in(), in[1].in(), dy.in(), d[0].out());
    ref::l1_loss_backward<double>(in[1].in(), in[0].in(), dy.in(), d[1].out());
  };
  c.tape = [](const std::vector<Var>& in) { return l1_loss(in[0], in[1]); };
  c.bound = [a, b](const Tensor& dy) {
    return Errors{bounds::l1_loss_backward(a, b, dy, nullptr),
                  bounds::l1_loss_backward(b, a, dy, nullptr)};
  };
  return c;
}

Case mse_loss_case(Source s) {
  const Tensor a = s.normal(kImage);
  const Tensor b = s.normal(kImage);
  Case c{"mse_loss", {{"a", a}, {"b", b}}};
  c.output = scalar_shape();
  c.forward = [](const Arrays<C>& in, Array<C>& y) {
    ref::mse_loss_forward<C>(in[0].in(), in[1].in(), y.view());
  };
  c.backward = [](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    ref::mse_loss_backward<double>(in[0].in(), in[1].in(), dy.in(), d[0].out());
    ref::mse_loss_backward<double>(in[1].in(), in[0].in(), dy.in(), d[1].out());
  };
  c.tape = [](const std::vector<Var>& in) { return mse_loss(in[0], in[1]); };
  c.bound = [a, b](const Tensor& dy) {
    return Errors{bounds::mse_loss_backward(a, b, dy, nullptr),
                  bounds::mse_loss_backward(b, a, dy, nullptr)};
  };
  return c;
}

namespace {

std::string with_label(const std::string& op, double label) {
  return op + (label == 0 ? " label 0" : " label 1");
}

}  // namespace

Case bce_case(Source s, double label) {
  const Tensor x = s.off_zero(kImage);
  Case c{with_label("bce_with_logits", label), {{"logits", x}}};
  c.output = scalar_shape();
  c.forward = [=](const Arrays<C>& in, Array<C>& y) {
    ref::bce_with_logits_forward<C>(in[0].in(), label, y.view());
  };
  c.backward = [=](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    ref::bce_with_logits_backward<double>(in[0].in(), label, dy.in(), d[0].out());
  };
  c.tape = [=](const std::vector<Var>& in) { return bce_with_logits(in[0], label); };
  c.bound = [=](const Tensor& dy) {
    return Errors{bounds::bce_with_logits_backward(x, label, dy, nullptr)};
  };
  return c;
}

Case least_squares_case(Source s, double label) {
  const Tensor x = s.normal(kImage);
  Case c{with_label("least_squares_loss", label), {{"logits", x}}};
  c.output = scalar_shape();
  c.forward = [=](const Arrays<C>& in, Array<C>& y) {
    ref::least_squares_loss_forward<C>(in[0].in(), label, y.view());
  };
  c.backward = [=](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    ref::least_squares_loss_backward<double>(in[0].in(), label, dy.in(), d[0].out());
  };
  c.tape = [=](const std::vector<Var>& in) { return least_squares_loss(in[0], label); };
  c.bound = [=](const Tensor& dy) {
    return Errors{bounds::least_squares_loss_backward(x, label, dy, nullptr)};
  };
  return c;
}

}  // namespace nn::check::detail
