// The list of cases, and the cases of the ops with weights.
#include "nn/check/cases.h"

#include "nn/backend/ref/conv2d.h"
#include "nn/backend/ref/conv_transpose2d.h"
#include "nn/backend/ref/norm.h"
#include "nn/backend/ref/winograd.h"
#include "nn/check/cases_detail.h"
#include "nn/ops/ops.h"

namespace nn::check {
using namespace detail;

namespace {

constexpr double kEpsilon = 1e-5;

Case conv2d_case(Source s, const std::string& name, const Conv2dSpec& spec,
                 ConvAlgorithm algorithm = ConvAlgorithm::direct) {
  const index cout = 2;
  const Tensor x = s.normal(kImage);
  const Tensor w = s.normal({spec.kernel_h, spec.kernel_w, kImage.c, cout});
  Case c{"conv2d " + name, {{"x", x}, {"w", w}, {"bias", s.normal(vector_shape(cout))}}};
  c.output = conv2d_output_shape(spec, kImage, cout);
  c.forward = [=](const Arrays<C>& in, Array<C>& y) {
    ref::conv2d_forward<C>(spec, in[0].in(), in[1].in(), in[2].in(), y.view());
  };
  c.backward = [=](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    ref::conv2d_backward_data<double>(spec, dy.in(), in[1].in(), d[0].out());
    ref::conv2d_backward_weight<double>(spec, in[0].in(), dy.in(), d[1].out());
    ref::bias_backward<double>(dy.in(), d[2].out());
  };
  c.tape = [=](const std::vector<Var>& in) { return conv2d(spec, in[0], in[1], in[2]); };
  c.bound = [=](const Tensor& dy) {
    return Errors{bounds::conv2d_backward_data(spec, algorithm, dy, w, x.shape(), nullptr),
                  bounds::conv2d_backward_weight(spec, algorithm, x, dy, w.shape(), nullptr),
                  bounds::bias_backward(dy, nullptr)};
  };
  return c;
}

/// The same by Winograd.
Case winograd_case(Source s, const std::string& name, const Conv2dSpec& spec) {
  Case c = conv2d_case(s, name + " Winograd", spec, ConvAlgorithm::winograd);
  c.winograd = WinogradUse::always;
  c.forward = [=](const Arrays<C>& in, Array<C>& y) {
    ref::winograd_correlate<C>(spec, in[0].in(), in[1].in(), in[2].in(), y.out());
  };
  c.backward = [=](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    ref::winograd_adjoint<double>(spec, dy.in(), in[1].in(), {}, d[0].out());
    ref::winograd_weights<double>(spec, in[0].in(), dy.in(), d[1].out());
    ref::bias_backward<double>(dy.in(), d[2].out());
  };
  return c;
}

Case conv_transpose2d_case(Source s, const std::string& name, const Conv2dSpec& spec) {
  const index cout = 2;
  const Shape image{2, 3, 4, 3};
  const Tensor x = s.normal(image);
  const Tensor w = s.normal({spec.kernel_h, spec.kernel_w, cout, image.c});
  Case c{"conv_transpose2d " + name, {{"x", x}, {"w", w}, {"bias", s.normal(vector_shape(cout))}}};
  c.output = conv_transpose2d_output_shape(spec, image, cout);
  c.forward = [=](const Arrays<C>& in, Array<C>& y) {
    ref::conv_transpose2d_forward<C>(spec, in[0].in(), in[1].in(), in[2].in(), y.view());
  };
  c.backward = [=](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    ref::conv_transpose2d_backward_data<double>(spec, dy.in(), in[1].in(), d[0].out());
    ref::conv_transpose2d_backward_weight<double>(spec, in[0].in(), dy.in(), d[1].out());
    ref::bias_backward<double>(dy.in(), d[2].out());
  };
  c.tape = [=](const std::vector<Var>& in) { return conv_transpose2d(spec, in[0], in[1], in[2]); };
  c.bound = [=](const Tensor& dy) {
    return Errors{bounds::conv_transpose2d_backward_data(spec, ConvAlgorithm::direct, dy, w,
                                                         x.shape(), nullptr),
                  bounds::conv_transpose2d_backward_weight(spec, ConvAlgorithm::direct, x, dy,
                                                           w.shape(), nullptr),
                  bounds::bias_backward(dy, nullptr)};
  };
  return c;
}

/// Batch norm or instance norm; the op computes its own statistics. With a slope other than 1 an
/// activation follows, and a second input is added before it. That input keeps every sum away from
/// 0, where the activation has its kink.
Case norm_case(Source s, bool batch, const std::string& name, double slope) {
  const Tensor x = s.normal(kImage, 0.5);
  const Tensor gamma = s.normal(vector_shape(kImage.c), 1);
  const Tensor beta = s.normal(vector_shape(kImage.c));
  const index groups = batch ? 1 : kImage.n;
  const Shape statistics{groups, 1, 1, kImage.c};
  const bool bends = slope != 1;
  Case c{(batch ? "batch_norm2d" : "instance_norm2d") + name,
         {{"x", x}, {"gamma", gamma}, {"beta", beta}}};
  c.output = kImage;
  c.forward = [=](const Arrays<C>& in, Array<C>& y) {
    Array<C> mean(statistics), inv_std(statistics);
    const ref::Epilogue<C> then{bends ? in[3].in() : ref::View<const C>{}, slope};
    ref::norm_forward<C>(groups, in[0].in(), in[1].in(), in[2].in(), kEpsilon, then, y.view(),
                         mean.view(), inv_std.view());
  };
  c.backward = [=](const Arrays<double>& in, const Array<double>& dy, Arrays<double>& d) {
    Array<double> y(kImage), mean(statistics), inv_std(statistics);
    const ref::Epilogue<double> then{bends ? in[3].in() : ref::View<const double>{}, slope};
    ref::norm_forward<double>(groups, in[0].in(), in[1].in(), in[2].in(), kEpsilon, then, y.view(),
                              mean.view(), inv_std.view());
    ref::NormGrads<double> out{d[0].out(), d[1].out(), d[2].out(), {}};
    if (bends) out.added = d[3].out();
    ref::norm_backward<double>(groups, in[0].in(), in[1].in(), mean.in(), inv_std.in(), y.in(),
                               slope, dy.in(), out);
  };
  c.tape = [=](const std::vector<Var>& in) {
    const AfterNorm after{bends ? in[3] : Var(), slope};
    return batch ? batch_norm2d(in[0], in[1], in[2], kEpsilon, nullptr, after)
                 : instance_norm2d(in[0], in[1], in[2], kEpsilon, after);
  };
  Tensor y;  // the sums before the activation; the bound needs their signs
  if (bends) {
    Array<double> z(kImage), mean(statistics), inv_std(statistics);
    ref::norm_forward<double>(groups, Array<double>(x).in(), Array<double>(gamma).in(),
                              Array<double>(beta).in(), kEpsilon, {}, z.view(), mean.view(),
                              inv_std.view());
    y = s.off_zero(kImage);
    Tensor added(kImage);
    for (index i = 0; i < y.numel(); ++i) {
      const auto sum = static_cast<double>(y.data()[i]);
      added.data()[i] = static_cast<real>(sum - z.values[static_cast<std::size_t>(i)]);
    }
    c.inputs.push_back({"added", added});
  }
  c.bound = [=](const Tensor& dy) {
    const bounds::NormErrors e = bounds::norm_backward(
        x, gamma, bounds::norm_statistics(groups, x, kEpsilon), y, slope, dy, bounds::NormBefore{});
    Errors all{e.dx, e.dgamma, e.dbeta};
    if (bends) all.push_back(e.dadded);
    return all;
  };
  return c;
}

}  // namespace

std::vector<Case> cases(std::uint64_t seed) {
  const Conv2dSpec down{4, 4, 2, {1, 1, 1, 1}};
  const Conv2dSpec same{4, 4, 1, {1, 2, 1, 2}};  // Keras "same"
  const Conv2dSpec head{3, 3, 1, {1, 1, 1, 1}};
  const Conv2dSpec uneven{3, 2, 2, {2, 0, 1, 3}};  // four different paddings: a swap is found
  std::uint32_t number = 0;
  const auto next = [&] { return Source(seed, ++number); };
  std::vector<Case> all;
  all.push_back(conv2d_case(next(), "k4 s2", down));
  all.push_back(conv2d_case(next(), "k4 s1 asymmetric", same));
  all.push_back(conv2d_case(next(), "k3 s1", head));
  all.push_back(conv2d_case(next(), "k3x2 s2 uneven", uneven));
  all.push_back(winograd_case(next(), "k4 s2", down));
  all.push_back(winograd_case(next(), "k4 s1 asymmetric", same));
  all.push_back(winograd_case(next(), "k3 s1", head));
  all.push_back(conv_transpose2d_case(next(), "k4 s2", down));
  all.push_back(conv_transpose2d_case(next(), "k4 s1 asymmetric", same));
  all.push_back(conv_transpose2d_case(next(), "k3x2 s2 uneven", uneven));
  all.push_back(norm_case(next(), true, "", 1));
  all.push_back(norm_case(next(), true, " added leaky", 0.2));
  all.push_back(norm_case(next(), false, "", 1));
  all.push_back(norm_case(next(), false, " added relu", 0));
  for (Case& c : simple_cases(next)) all.push_back(std::move(c));
  return all;
}

}  // namespace nn::check
