#include "nn/backend/bounds.h"

#include "nn/backend/bounds_detail.h"
#include "nn/backend/ref/conv2d.h"
#include "nn/backend/ref/conv_transpose2d.h"
#include "nn/backend/ref/elementwise.h"
#include "nn/backend/ref/winograd.h"
#include "nn/core/math.h"

namespace nn::bounds {

using detail::Approximation;
using detail::each;
using detail::kSlack;
using detail::rounded;
using detail::wide;

double gamma(double n) {
  const double nu = n * kU;
  return nu < 1 ? nu / (1 - nu) : std::numeric_limits<double>::infinity();
}

namespace {

/// |t|, in double.
struct Magnitudes {
  Shape shape;
  std::vector<double> values;

  explicit Magnitudes(const Tensor& t) : shape(t.shape()) {
    for (const real v : t.values()) values.push_back(std::fabs(static_cast<double>(v)));
  }
  ref::View<const double> in() const { return {shape, values.data()}; }
};

index ceil_div(index a, index b) { return (a + b - 1) / b; }

/// Sums of `terms` products: any order of additions, each product and each addition rounded at most
/// once, with a bias or the destination as one more term: gamma_{K+2} * sum of magnitudes. `run`
/// computes that sum into an Out<double>.
template <class Run>
Errors linear(const Shape& out, index terms, const Tensor* before, const Run& run) {
  Errors sums(static_cast<std::size_t>(out.numel()));
  const ref::View<double> view{out, sums.data()};
  run(ref::Out<double>{view, Write::set});
  const double count = static_cast<double>(terms);
  for (index i = 0; i < out.numel(); ++i) {
    double& e = sums[static_cast<std::size_t>(i)];
    if (before != nullptr) e += std::fabs(wide(*before, i));
    e = kSlack * (gamma(count + 2) * e + (2 * count + 2) * kTiny);
  }
  return sums;
}

/// A number that cannot cancel: differences add up. The specification of Winograd run on these is
/// |A^T| (|G| |g| |G^T| * |B^T| |d| |B|) |A|.
struct Magnitude {
  double value = 0;
  friend Magnitude operator+(Magnitude a, Magnitude b) { return {a.value + b.value}; }
  friend Magnitude operator-(Magnitude a, Magnitude b) { return {a.value + b.value}; }
  friend Magnitude operator*(Magnitude a, Magnitude b) { return {a.value * b.value}; }
  Magnitude& operator+=(Magnitude a) { return *this = *this + a; }
  Magnitude& operator*=(float factor) { return *this = {value * static_cast<double>(factor)}; }
};

/// Of a tensor. So much larger than it is that a product of two also covers what flushing a
/// transformed value to 0 does to it; nothing is added where there is no tensor.
class WinogradInput {
 public:
  explicit WinogradInput(const Tensor* t) {
    if (t == nullptr) return;
    shape_ = t->shape();
    for (const real v : t->values()) {
      values_.push_back({std::fabs(static_cast<double>(v)) + kTiny / kU});
    }
  }
  ref::View<const Magnitude> in() const {
    return {shape_, values_.empty() ? nullptr : values_.data()};
  }

 private:
  Shape shape_{};
  std::vector<Magnitude> values_;
};

/// A bilinear algorithm's error: each path from the inputs to an output is a product and at most
/// `terms` + 12 roundings: up to 2 in the transform of the input, 4 of the filter, `terms` in the
/// chain, 4 in the transform back, and 2 for a bias and what was there. `run` writes the sum over
/// paths of their magnitudes.
template <class Run>
Errors winograd(const Shape& out, index terms, const Tensor* before, const Run& run) {
  std::vector<Magnitude> sums(static_cast<std::size_t>(out.numel()));
  const ref::View<Magnitude> view{out, sums.data()};
  run(ref::Out<Magnitude>{view, Write::set});
  Errors errors;
  for (index i = 0; i < out.numel(); ++i) {
    double e = sums[static_cast<std::size_t>(i)].value;
    if (before != nullptr) e += std::fabs(wide(*before, i));
    errors.push_back(kSlack * (gamma(static_cast<double>(terms) + 12) * e + kTiny));
  }
  return errors;
}

Errors winograd_correlate(const Conv2dSpec& spec, const Tensor& image, const Tensor& w,
                          const Tensor* bias, const Shape& map, const Tensor* before) {
  const WinogradInput ax(&image), aw(&w), ab(bias);
  const index parts = winograd_correlation(spec, map).parts;
  return winograd(map, parts * parts * image.shape().c, before, [&](ref::Out<Magnitude> out) {
    ref::winograd_correlate<Magnitude>(spec, ax.in(), aw.in(), ab.in(), out);
  });
}

Errors winograd_adjoint(const Conv2dSpec& spec, const Tensor& map, const Tensor& w,
                        const Tensor* bias, const Shape& image, const Tensor* before) {
  const WinogradInput am(&map), aw(&w), ab(bias);
  const index parts = nn::winograd_adjoint(spec, image).parts;
  return winograd(image, parts * parts * map.shape().c, before, [&](ref::Out<Magnitude> out) {
    ref::winograd_adjoint<Magnitude>(spec, am.in(), aw.in(), ab.in(), out);
  });
}

Errors winograd_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& dmap,
                        const Shape& dw, const Tensor* before) {
  const WinogradInput ax(&image), ad(&dmap);
  const index tiles = image.shape().n * winograd_correlation(spec, dmap.shape()).tiles();
  return winograd(dw, tiles, before, [&](ref::Out<Magnitude> out) {
    ref::winograd_weights<Magnitude>(spec, ax.in(), ad.in(), out);
  });
}

}  // namespace

Errors conv2d_forward(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& x,
                      const Tensor& w, const Tensor* bias, const Shape& y) {
  if (algorithm == ConvAlgorithm::winograd) return winograd_correlate(spec, x, w, bias, y, nullptr);
  const Magnitudes ax(x), aw(w);
  const Magnitudes ab(bias != nullptr ? *bias : Tensor::zeros(vector_shape(y.c)));
  const index terms = spec.kernel_h * spec.kernel_w * x.shape().c;
  return linear(y, terms, nullptr, [&](const ref::Out<double>& out) {
    ref::conv2d_forward<double>(spec, ax.in(), aw.in(), ab.in(), out.view);
  });
}

Errors conv2d_backward_data(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& dy,
                            const Tensor& w, const Shape& dx, const Tensor* before) {
  if (algorithm == ConvAlgorithm::winograd) {
    return winograd_adjoint(spec, dy, w, nullptr, dx, before);
  }
  const Magnitudes ady(dy), aw(w);
  const index taps = ceil_div(spec.kernel_h, spec.stride) * ceil_div(spec.kernel_w, spec.stride);
  return linear(dx, taps * dy.shape().c, before, [&](const ref::Out<double>& out) {
    ref::conv2d_backward_data<double>(spec, ady.in(), aw.in(), out);
  });
}

Errors conv2d_backward_weight(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& x,
                              const Tensor& dy, const Shape& dw, const Tensor* before) {
  if (algorithm == ConvAlgorithm::winograd) {
    return winograd_weights(spec, x, dy, dw, before);
  }
  const Magnitudes ax(x), ady(dy);
  return linear(dw, dy.shape().pixels(), before, [&](const ref::Out<double>& out) {
    ref::conv2d_backward_weight<double>(spec, ax.in(), ady.in(), out);
  });
}

Errors bias_backward(const Tensor& dy, const Tensor* before) {
  const Magnitudes ady(dy);
  return linear(vector_shape(dy.shape().c), dy.shape().pixels(), before,
                [&](const ref::Out<double>& out) { ref::bias_backward<double>(ady.in(), out); });
}

Errors conv_transpose2d_forward(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& x,
                                const Tensor& w, const Tensor* bias, const Shape& y) {
  if (algorithm == ConvAlgorithm::winograd) return winograd_adjoint(spec, x, w, bias, y, nullptr);
  const Magnitudes ax(x), aw(w);
  const Magnitudes ab(bias != nullptr ? *bias : Tensor::zeros(vector_shape(y.c)));
  const index taps = ceil_div(spec.kernel_h, spec.stride) * ceil_div(spec.kernel_w, spec.stride);
  return linear(y, taps * x.shape().c, nullptr, [&](const ref::Out<double>& out) {
    ref::conv_transpose2d_forward<double>(spec, ax.in(), aw.in(), ab.in(), out.view);
  });
}

Errors conv_transpose2d_backward_data(const Conv2dSpec& spec, ConvAlgorithm algorithm,
                                      const Tensor& dy, const Tensor& w, const Shape& dx,
                                      const Tensor* before) {
  if (algorithm == ConvAlgorithm::winograd) {
    return winograd_correlate(spec, dy, w, nullptr, dx, before);
  }
  const Magnitudes ady(dy), aw(w);
  const index terms = spec.kernel_h * spec.kernel_w * dy.shape().c;
  return linear(dx, terms, before, [&](const ref::Out<double>& out) {
    ref::conv_transpose2d_backward_data<double>(spec, ady.in(), aw.in(), out);
  });
}

Errors conv_transpose2d_backward_weight(const Conv2dSpec& spec, ConvAlgorithm algorithm,
                                        const Tensor& x, const Tensor& dy, const Shape& dw,
                                        const Tensor* before) {
  if (algorithm == ConvAlgorithm::winograd) {
    return winograd_weights(spec, dy, x, dw, before);
  }
  const Magnitudes ax(x), ady(dy);
  return linear(dw, x.shape().pixels(), before, [&](const ref::Out<double>& out) {
    ref::conv_transpose2d_backward_weight<double>(spec, ax.in(), ady.in(), out);
  });
}

Errors concat_forward(const Shape& y) { return Errors(static_cast<std::size_t>(y.numel())); }

Errors concat_backward(const Tensor& dy, index first, const Shape& dx, const Tensor* before) {
  return each(dx.numel(), before, [&](index i) {
    return Approximation{wide(dy, i / dx.c * dy.shape().c + first + i % dx.c), 0};
  });
}

AdamErrors adam_step(const AdamConstants& k, const Tensor& p, const Tensor& g, const Tensor& m,
                     const Tensor& v) {
  const auto count = static_cast<std::size_t>(p.numel());
  AdamErrors errors{Errors(count), Errors(count), Errors(count)};
  const double rate = k.rate / k.correction1;
  const double root = 1 / std::sqrt(k.correction2);
  for (index i = 0; i < p.numel(); ++i) {
    const double grad = wide(g, i);
    const double old_m = k.beta1 * wide(m, i);
    const double new_m = old_m + (1 - k.beta1) * grad;
    const double m_error =
        gamma(3) * (std::fabs(old_m) + std::fabs((1 - k.beta1) * grad)) + 3 * kTiny;
    const double new_v = k.beta2 * wide(v, i) + (1 - k.beta2) * grad * grad;
    const double v_error = gamma(4) * new_v + 4 * kTiny;

    // sqrt(v + e) - sqrt(v) <= sqrt(e): what an underflow of v can do; beside it all is relative.
    const double denominator = std::sqrt(new_v) * root + k.epsilon;
    const double d_error = rounded(denominator, std::sqrt(4 * kTiny) * root, 7) + 2 * kTiny;
    const double step = rate * std::fabs(new_m) / denominator;
    const double largest = d_error < denominator
                               ? rate * (std::fabs(new_m) + m_error) / (denominator - d_error)
                               : std::numeric_limits<double>::infinity();
    const double step_error = largest * (1 + gamma(3)) - step + kTiny;
    const double new_p = wide(p, i) - rate * new_m / denominator;

    const auto at = static_cast<std::size_t>(i);
    errors.m[at] = kSlack * m_error;
    errors.v[at] = kSlack * v_error;
    errors.p[at] = kSlack * (step_error + kU * (std::fabs(new_p) + step_error) + kTiny);
  }
  return errors;
}

}  // namespace nn::bounds
