// Cases of the elementwise ops, concat, warp2d and the losses: one row or one function for each.
#include "nn/backend/ref/elementwise.h"
#include "nn/backend/ref/losses.h"
#include "nn/backend/ref/warp.h"
#include "nn/backend/rounded.h"
#include "nn/check/cases_detail.h"
#include "nn/ops/ops.h"

namespace nn::check::detail {
namespace {

using bounds::Rounded;

/// A case whose specification is written for any number T: `backward` also gives the bound, for it
/// is run on numbers that know their error.
template <class Forward, class Backward>
Case from_spec(const std::string& op, const std::vector<Input>& inputs, const Shape& output,
               const Forward& forward, const Backward& backward,
               std::function<Var(const std::vector<Var>&)> tape) {
  Case c{op, inputs};
  c.output = output;
  c.forward = [=](const Arrays<C>& in, Array<C>& y) { forward(in, y); };
  c.backward = [=](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    backward(in, dy, d);
  };
  c.tape = std::move(tape);
  c.bound = [=](const Tensor& dy) {
    Arrays<Rounded> in, d;
    for (const Input& input : inputs) {
      in.emplace_back(input.value);
      d.emplace_back(input.value.shape());
    }
    backward(in, Array<Rounded>(dy), d);
    Errors all;
    for (const Array<Rounded>& gradient : d) {
      bounds::Errors& errors = all.emplace_back();
      for (const Rounded& v : gradient.values) errors.push_back((1 + 0x1p-20) * v.error);
    }
    return all;
  };
  return c;
}

Case leaky_relu_case(Source s) {
  constexpr double kSlope = 0.2;
  return from_spec(
      "leaky_relu", {{"x", s.off_zero(kImage)}}, kImage,
      []<class T>(const Arrays<T>& in, Array<T>& y) {
        ref::leaky_relu_forward<T>(in[0].in(), kSlope, y.view());
      },
      []<class T>(const Arrays<T>& in, const Array<T>& dy, Arrays<T>& d) {
        ref::leaky_relu_backward<T>(in[0].in(), kSlope, dy.in(), d[0].out());
      },
      [](const std::vector<Var>& in) { return leaky_relu(in[0], kSlope); });
}

Case relu_case(Source s) {
  return from_spec(
      "relu", {{"x", s.off_zero(kImage)}}, kImage,
      []<class T>(const Arrays<T>& in, Array<T>& y) { ref::relu_forward<T>(in[0].in(), y.view()); },
      []<class T>(const Arrays<T>& in, const Array<T>& dy, Arrays<T>& d) {
        ref::relu_backward<T>(in[0].in(), dy.in(), d[0].out());
      },
      [](const std::vector<Var>& in) { return relu(in[0]); });
}

Case tanh_case(Source s) {
  return from_spec(
      "tanh", {{"x", s.normal(kImage)}}, kImage,
      []<class T>(const Arrays<T>& in, Array<T>& y) { ref::tanh_forward<T>(in[0].in(), y.view()); },
      []<class T>(const Arrays<T>& in, const Array<T>& dy, Arrays<T>& d) {
        Array<T> y(kImage);
        ref::tanh_forward<T>(in[0].in(), y.view());
        ref::tanh_backward<T>(y.in(), dy.in(), d[0].out());
      },
      [](const std::vector<Var>& in) { return tanh(in[0]); });
}

Case dropout_case(Source s) {
  constexpr double kRate = 0.3;
  const Rng mask = s.mask();
  return from_spec(
      "dropout", {{"x", s.normal(kImage)}}, kImage,
      [mask]<class T>(const Arrays<T>& in, Array<T>& y) {
        ref::dropout<T>(in[0].in(), kRate, mask, y.out());
      },
      [mask]<class T>(const Arrays<T>&, const Array<T>& dy, Arrays<T>& d) {
        ref::dropout<T>(dy.in(), kRate, mask, d[0].out());
      },
      [mask](const std::vector<Var>& in) { return dropout(in[0], kRate, mask); });
}

Case concat_case(Source s) {
  constexpr Shape a{2, 3, 4, 2};
  constexpr Shape b{2, 3, 4, 3};
  const Tensor left = s.normal(a);
  return from_spec(
      "concat", {{"a", left}, {"b", s.normal(b)}}, {a.n, a.h, a.w, a.c + b.c},
      []<class T>(const Arrays<T>& in, Array<T>& y) {
        ref::concat_forward<T>(in[0].in(), in[1].in(), y.view());
      },
      []<class T>(const Arrays<T>&, const Array<T>& dy, Arrays<T>& d) {
        ref::concat_backward<T>(dy.in(), 0, d[0].out());
        ref::concat_backward<T>(dy.in(), a.c, d[1].out());
      },
      [](const std::vector<Var>& in) { return concat(in[0], in[1]); });
}

Case add_case(Source s) {
  const Tensor a = s.normal(kImage);
  return from_spec(
      "add", {{"a", a}, {"b", s.normal(kImage)}}, kImage,
      []<class T>(const Arrays<T>& in, Array<T>& y) {
        ref::add_forward<T>(in[0].in(), in[1].in(), y.view());
      },
      []<class T>(const Arrays<T>&, const Array<T>& dy, Arrays<T>& d) {
        ref::scale<T>(dy.in(), 1, d[0].out());
        ref::scale<T>(dy.in(), 1, d[1].out());
      },
      [](const std::vector<Var>& in) { return add(in[0], in[1]); });
}

Case scale_case(Source s) {
  constexpr double kFactor = -1.7;
  return from_spec(
      "scale", {{"x", s.normal(kImage)}}, kImage,
      []<class T>(const Arrays<T>& in, Array<T>& y) {
        ref::scale<T>(in[0].in(), kFactor, y.out());
      },
      []<class T>(const Arrays<T>&, const Array<T>& dy, Arrays<T>& d) {
        ref::scale<T>(dy.in(), kFactor, d[0].out());
      },
      [](const std::vector<Var>& in) { return scale(in[0], kFactor); });
}

Case multiply_case(Source s) {
  const Tensor a = s.normal(kImage);
  return from_spec(
      "multiply", {{"a", a}, {"b", s.normal(kImage)}}, kImage,
      []<class T>(const Arrays<T>& in, Array<T>& y) {
        ref::multiply<T>(in[0].in(), in[1].in(), y.out());
      },
      []<class T>(const Arrays<T>& in, const Array<T>& dy, Arrays<T>& d) {
        ref::multiply<T>(dy.in(), in[1].in(), d[0].out());
        ref::multiply<T>(dy.in(), in[0].in(), d[1].out());
      },
      [](const std::vector<Var>& in) { return multiply(in[0], in[1]); });
}

/// Some places lie beyond the border. None lies on it, where the derivative jumps.
Case warp2d_case(Source s) {
  const Tensor x = s.normal(kImage);
  Tensor u = s.normal({kImage.n, kImage.h, kImage.w, 2});
  for (index i = 0; i < u.numel(); ++i) {
    const bool right = i % 2 == 0;
    const index size = right ? kImage.w : kImage.h;
    const index at = right ? i / 2 % size : i / 2 / kImage.w % size;
    real& by = u.data()[i];
    for (const index edge : {index{0}, size - 1}) {
      const real past = by - static_cast<real>(edge - at);
      if (std::abs(past) < real(0.01)) by += std::copysign(real(0.01), past);
    }
  }
  return from_spec(
      "warp2d", {{"x", x}, {"movement", u}}, kImage,
      []<class T>(const Arrays<T>& in, Array<T>& y) {
        ref::warp2d_forward<T>(in[0].in(), in[1].in(), y.view());
      },
      []<class T>(const Arrays<T>& in, const Array<T>& dy, Arrays<T>& d) {
        ref::warp2d_backward_image<T>(in[1].in(), dy.in(), d[0].out());
        ref::warp2d_backward_movement<T>(in[0].in(), in[1].in(), dy.in(), d[1].out());
      },
      [](const std::vector<Var>& in) { return warp2d(in[0], in[1]); });
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

std::string with_label(const std::string& op, double label) {
  return op + (label == 0 ? " label 0" : " label 1");
}

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

}  // namespace

std::vector<Case> simple_cases(const std::function<Source()>& next) {
  std::vector<Case> all;
  all.push_back(leaky_relu_case(next()));
  all.push_back(relu_case(next()));
  all.push_back(tanh_case(next()));
  all.push_back(dropout_case(next()));
  all.push_back(concat_case(next()));
  all.push_back(add_case(next()));
  all.push_back(scale_case(next()));
  all.push_back(multiply_case(next()));
  all.push_back(warp2d_case(next()));
  all.push_back(weighted_mean_case(next()));
  all.push_back(l1_loss_case(next()));
  all.push_back(mse_loss_case(next()));
  all.push_back(bce_case(next(), 0));
  all.push_back(bce_case(next(), 1));
  all.push_back(least_squares_case(next(), 0));
  all.push_back(least_squares_case(next(), 1));
  return all;
}

}  // namespace nn::check::detail
