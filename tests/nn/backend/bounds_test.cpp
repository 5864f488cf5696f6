// The bounds hold against exact arithmetic (the specification in double) on both backends, and they
// are not vacuous: somewhere the real error comes within a factor of a thousand.
#include "nn/backend/bounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "nn/backend/ref/adam.h"
#include "nn/backend/ref/conv2d.h"
#include "nn/backend/ref/conv_transpose2d.h"
#include "nn/backend/ref/elementwise.h"
#include "nn/backend/ref/losses.h"
#include "nn/backend/ref/norm.h"
#include "tests/catch.h"
#include "tests/nn/backend/kernels.h"

namespace nn::testing {
namespace {

using bounds::Errors;
using bounds::gamma;

/// A tensor in double, for the specification.
struct Wide {
  Shape shape;
  std::vector<double> values;

  explicit Wide(const Shape& s) : shape(s), values(static_cast<std::size_t>(s.numel())) {}
  explicit Wide(const Tensor& t) : shape(t.shape()), values(doubles(t)) {}
  ref::View<const double> in() const { return {shape, values.data()}; }
  ref::View<double> view() { return {shape, values.data()}; }
  ref::Out<double> out(Write write = Write::set) { return {view(), write}; }
};

/// Keeps the largest error / bound of each kernel.
class Ratios {
 public:
  void take(const std::string& kernel, const Tensor& computed, const Wide& exact,
            const Errors& errors) {
    REQUIRE(computed.shape() == exact.shape);
    REQUIRE(errors.size() == exact.values.size());
    double worst = 0;
    for (std::size_t i = 0; i < errors.size(); ++i) {
      const double error = std::fabs(static_cast<double>(computed.values()[i]) - exact.values[i]);
      if (error == 0) continue;
      worst = std::max(worst, error / errors[i]);
    }
    INFO(kernel << " " << to_string(exact.shape));
    CHECK(worst <= 1);
    largest_[kernel] = std::max(largest_[kernel], worst);
  }
  void check_not_vacuous() const {
    for (const auto& [kernel, ratio] : largest_) {
      INFO(kernel << " reaches " << ratio << " of its bound");
      CHECK(ratio >= 1e-3);
    }
  }

 private:
  std::map<std::string, double> largest_;
};

const std::vector<std::string> kBackends{"cpu", "ref"};
constexpr ConvAlgorithm kDirect = ConvAlgorithm::direct;

Tensor mapped(Tensor t, double factor, double offset) {
  for (real& v : t.values()) v = static_cast<real>(factor * static_cast<double>(v) + offset);
  return t;
}

}  // namespace

TEST_CASE("bounds: gamma", "[backend]") {
  CHECK(gamma(0) == 0);
  CHECK(gamma(1) == Approx(5.9604648e-8).epsilon(1e-7));
  CHECK(gamma(0x1p23) == 1);
  CHECK(gamma(0x1p24) == std::numeric_limits<double>::infinity());
  CHECK(gamma(0x1p30) == std::numeric_limits<double>::infinity());
}

TEST_CASE("bounds: by hand", "[backend]") {
  // One pixel, Cin = 2, kernel 1: y = 2*3 - 4*5 + 1. Magnitudes 6 + 20 + 1, gamma_4.
  const Conv2dSpec one{1, 1, 1, {0, 0, 0, 0}};
  const Tensor x = tensor({1, 1, 1, 2}, {2, -4});
  const Tensor w = tensor({1, 1, 2, 1}, {3, 5});
  const Tensor bias = tensor(vector_shape(1), {1});
  const double u = 0x1p-24;
  CHECK(bounds::conv2d_forward(one, kDirect, x, w, &bias, {1, 1, 1, 1})[0] ==
        Approx(4 * u * 27).epsilon(1e-5));
  CHECK(bounds::conv2d_forward(one, kDirect, x, w, nullptr, {1, 1, 1, 1})[0] ==
        Approx(4 * u * 26).epsilon(1e-5));
  // db = 2 - 4 over two pixels, added to 10: gamma_4 of 16.
  const Tensor dy = tensor({1, 1, 2, 1}, {2, -4});
  const Tensor ten = tensor(vector_shape(1), {10});
  CHECK(bounds::bias_backward(dy, nullptr)[0] == Approx(4 * u * 6).epsilon(1e-5));
  CHECK(bounds::bias_backward(dy, &ten)[0] == Approx(4 * u * 16).epsilon(1e-5));
  // The positive side of leaky_relu is a copy, the negative one has the slope and the product.
  Tensor out(x.shape());
  const Errors leaky = bounds::of(LeakyReluForward{x, 0.2, {&out}}, {nullptr})[0];
  CHECK(leaky[0] == 0);
  CHECK(leaky[1] == Approx(2 * u * 0.8).epsilon(1e-5));
  // scale adds one rounding of the sum: -1.7 * -4 + 10 = 16.8.
  const Tensor tens = tensor(x.shape(), {10, 10});
  CHECK(bounds::of(Scale{x, -1.7, {&out, Write::add}}, {&tens})[0][1] ==
        Approx(2 * u * 6.8 + u * 16.8).epsilon(1e-5));
  // mean |a - b| of one value, 3: the subtraction, then three of the mean.
  const Tensor a = tensor(vector_shape(1), {5});
  const Tensor b = tensor(vector_shape(1), {2});
  CHECK(bounds::l1_loss_forward(a, b)[0] == Approx(4 * u * 3).epsilon(1e-5));
}

TEST_CASE("bounds: convolutions", "[backend][optimised]") {
  Ratios ratios;
  for (const auto& [of_size, image, cout] : convolution_sizes()) {
    const Conv2dSpec spec = of_size;  // what a lambda may capture
    const Shape map = conv2d_output_shape(spec, image, cout);
    const Shape up = conv_transpose2d_output_shape(spec, map, image.c);
    // Terms of either sign, and terms of one sign, where the roundings of a long sum pile up.
    for (const double offset : {0.0, 3.0}) {
      const Tensor x = mapped(noise(image, 1), 1, offset);
      const Tensor y = mapped(noise(map, 2), 1, offset);
      const Tensor w = noise({spec.kernel_h, spec.kernel_w, image.c, cout}, 3);
      const Tensor bias = noise(vector_shape(cout), 4);
      const Tensor up_bias = noise(vector_shape(image.c), 5);
      const Tensor up_dy = mapped(noise(up, 6), 1, offset);
      const Wide wx(x), wy(y), ww(w), wb(bias), wub(up_bias), wu(up_dy);

      Wide forward(map), transposed(up);
      ref::conv2d_forward<double>(spec, wx.in(), ww.in(), wb.in(), forward.view());
      ref::conv_transpose2d_forward<double>(spec, wy.in(), ww.in(), wub.in(), transposed.view());
      const Errors forward_e = bounds::conv2d_forward(spec, kDirect, x, w, &bias, map);
      const Errors transposed_e =
          bounds::conv_transpose2d_forward(spec, kDirect, y, w, &up_bias, up);
      for (const std::string& name : kBackends) {
        const auto b = make_backend(name);
        Tensor out(map), up_out(up);
        b->run(Conv2dForward{spec, x, w, &bias, {&out}});
        ratios.take("conv2d_forward", out, forward, forward_e);
        b->run(ConvTranspose2dForward{spec, y, w, &up_bias, {&up_out}});
        ratios.take("conv_transpose2d_forward", up_out, transposed, transposed_e);
      }

      for (const Write write : {Write::set, Write::add}) {
        const auto start = [&](const Shape& s) { return Wide(destination(s, write)); };
        const auto old = [&](const Shape& s) {
          return write == Write::add ? destination(s, write) : Tensor();
        };
        const Tensor old_x = old(image), old_w = old(w.shape()), old_b = old(bias.shape()),
                     old_y = old(map);
        const auto before = [](const Tensor& t) { return t.empty() ? nullptr : &t; };
        Wide dx = start(image), dw = start(w.shape()), db = start(bias.shape()), tdx = start(map),
             tdw = start(w.shape());
        ref::conv2d_backward_data<double>(spec, wy.in(), ww.in(), dx.out(write));
        ref::conv2d_backward_weight<double>(spec, wx.in(), wy.in(), dw.out(write));
        ref::bias_backward<double>(wy.in(), db.out(write));
        ref::conv_transpose2d_backward_data<double>(spec, wu.in(), ww.in(), tdx.out(write));
        ref::conv_transpose2d_backward_weight<double>(spec, wy.in(), wu.in(), tdw.out(write));
        const Errors e_dx = bounds::conv2d_backward_data(spec, kDirect, y, w, image, before(old_x));
        const Errors e_dw =
            bounds::conv2d_backward_weight(spec, kDirect, x, y, w.shape(), before(old_w));
        const Errors e_db = bounds::bias_backward(y, before(old_b));
        const Errors e_tdx =
            bounds::conv_transpose2d_backward_data(spec, kDirect, up_dy, w, map, before(old_y));
        const Errors e_tdw = bounds::conv_transpose2d_backward_weight(spec, kDirect, y, up_dy,
                                                                      w.shape(), before(old_w));
        for (const std::string& name : kBackends) {
          const auto b = make_backend(name);
          const auto run = [&](const char* kernel, const Wide& exact, const Errors& e, auto call) {
            Tensor out = destination(exact.shape, write);
            call(Destination{&out, write});
            ratios.take(kernel, out, exact, e);
          };
          run("conv2d_backward_data", dx, e_dx, [&](Destination o) {
            b->run(Conv2dBackwardData{spec, y, w, o});
          });
          run("conv2d_backward_weight", dw, e_dw, [&](Destination o) {
            b->run(Conv2dBackwardWeight{spec, x, y, o});
          });
          run("bias_backward", db, e_db, [&](Destination o) { b->run(BiasBackward{y, o}); });
          run("conv_transpose2d_backward_data", tdx, e_tdx, [&](Destination o) {
            b->run(ConvTranspose2dBackwardData{spec, up_dy, w, o});
          });
          run("conv_transpose2d_backward_weight", tdw, e_tdw, [&](Destination o) {
            b->run(ConvTranspose2dBackwardWeight{spec, y, up_dy, o});
          });
        }
      }
    }
  }
  ratios.check_not_vacuous();
}

TEST_CASE("bounds: a long sum of equal terms, where every rounding errs alike", "[backend]") {
  const Tensor dy = Tensor::full({1, 300, 300, 1}, 0.1F);
  const Wide exact = [&] {
    Wide db(vector_shape(1));
    ref::bias_backward<double>(Wide(dy).in(), db.out());
    return db;
  }();
  Tensor db(vector_shape(1));
  make_backend("ref")->run(BiasBackward{dy, {&db}});
  Ratios ratios;
  ratios.take("bias_backward", db, exact, bounds::bias_backward(dy, nullptr));
}

TEST_CASE("bounds: normalisations", "[backend]") {
  Ratios ratios;
  struct Values {
    double factor, offset;
  };
  for (const Shape& shape : image_shapes()) {
    // Ordinary, far from zero (the mean's error shows), tiny (eps rules), and constant.
    for (const auto& [factor, offset] :
         {Values{1, 0}, Values{1, 100}, Values{1e-4, 0}, Values{0, 3}}) {
      const Tensor x = mapped(noise(shape, 1), factor, offset);
      const Tensor gain = noise(vector_shape(shape.c), 2);
      const Tensor beta = noise(vector_shape(shape.c), 3);
      const Tensor dy = noise(shape, 4);
      const Tensor added = noise(shape, 5);
      const Wide wx(x), wg(gain), wbeta(beta), wdy(dy), wadded(added);
      // Nothing follows; a sum and leaky_relu; relu.
      for (const Epilogue then : {Epilogue{}, Epilogue{&added, 0.3}, Epilogue{nullptr, 0}}) {
        const ref::Epilogue<double> wthen{
            then.added != nullptr ? wadded.in() : ref::View<const double>{}, then.slope};
        for (const index groups : {index{1}, shape.n}) {
          const Shape per_group{groups, 1, 1, shape.c};
          Wide y(shape), mean(per_group), inv_std(per_group);
          ref::norm_forward<double>(groups, wx.in(), wg.in(), wbeta.in(), 1e-5, wthen, y.view(),
                                    mean.view(), inv_std.view());
          Tensor signs(shape);  // of y, for both sides the same
          for (std::size_t i = 0; i < y.values.size(); ++i) {
            signs.values()[i] = y.values[i] <= 0 ? -1.0F : 1.0F;
          }
          const Wide wsigns(signs);
          // The whole way, as the tape goes it: the backward with the forward's own statistics.
          Wide dx(shape), dgain(vector_shape(shape.c)), dbeta(vector_shape(shape.c)), dadded(shape);
          ref::norm_backward<double>(groups, wx.in(), wg.in(), mean.in(), inv_std.in(), wsigns.in(),
                                     then.slope, wdy.in(),
                                     {dx.out(), dgain.out(), dbeta.out(), dadded.out()});
          const bounds::NormStatistics s = bounds::norm_statistics(groups, x, 1e-5);
          const Errors y_errors = bounds::norm_forward(x, gain, beta, s, then);
          const bounds::NormErrors through =
              bounds::norm_backward(x, gain, s, signs, then.slope, dy, {});
          const bool ordinary = factor == 1 && offset == 0;
          const std::string suffix =
              (ordinary ? " slope " : " hard slope ") + std::to_string(then.slope);
          Ratios hard;  // must hold, need not be tight
          Ratios& into = ordinary ? ratios : hard;
          for (const std::string& name : kBackends) {
            const auto b = make_backend(name);
            Tensor ty(shape), tmean(per_group), tinv(per_group);
            b->run(NormForward{groups, x, gain, beta, 1e-5, then, {&tmean}, {&tinv}, {&ty}});
            into.take("mean" + suffix, tmean, mean, s.mean_error);
            into.take("inv_std" + suffix, tinv, inv_std, s.inv_std_error());
            into.take("norm_forward" + suffix, ty, y, y_errors);

            Tensor tdx(shape), tdgain(gain.shape()), tdbeta(beta.shape()), tdadded(shape);
            b->run(NormBackward{groups,
                                x,
                                gain,
                                tmean,
                                tinv,
                                signs,
                                then.slope,
                                dy,
                                {&tdx},
                                {&tdgain},
                                {&tdbeta},
                                {&tdadded}});
            into.take("dx through" + suffix, tdx, dx, through.dx);
            into.take("dgamma through" + suffix, tdgain, dgain, through.dgamma);
            into.take("dbeta" + suffix, tdbeta, dbeta, through.dbeta);
            if (then.slope == 0.3) into.take("dadded" + suffix, tdadded, dadded, through.dadded);

            // The kernel alone: the statistics are given.
            const Wide given_mean(tmean), given_inv(tinv);
            Wide kdx(shape), kdgain(gain.shape());
            ref::norm_backward<double>(groups, wx.in(), wg.in(), given_mean.in(), given_inv.in(),
                                       wsigns.in(), then.slope, wdy.in(),
                                       {kdx.out(), kdgain.out(), {}, {}});
            const bounds::NormStatistics given = bounds::given_statistics(tmean, tinv);
            const bounds::NormErrors alone =
                bounds::norm_backward(x, gain, given, signs, then.slope, dy, {});
            into.take("dx" + suffix, tdx, kdx, alone.dx);
            into.take("dgamma" + suffix, tdgain, kdgain, alone.dgamma);

            Wide inferred(shape);
            ref::norm_inference<double>(groups, wx.in(), wg.in(), wbeta.in(), given_mean.in(),
                                        given_inv.in(), wthen, inferred.view());
            b->run(NormInference{groups, x, gain, beta, tmean, tinv, then, {&ty}});
            into.take("inference" + suffix, ty, inferred,
                      bounds::norm_forward(x, gain, beta, given, then));
          }
        }
      }
    }
  }
  ratios.check_not_vacuous();
}

TEST_CASE("bounds: what follows a normalisation, by hand", "[backend]") {
  // mean 0, inv_std 1, gamma 1, beta 0, added 3: z = -4 has three roundings and two additions.
  const double u = 0x1p-24;
  const Tensor x = tensor({1, 1, 2, 1}, {-7, 7});
  const Tensor one = tensor(vector_shape(1), {1});
  const Tensor none = tensor(vector_shape(1), {0});
  const Tensor added = tensor({1, 1, 2, 1}, {3, 3});
  const bounds::NormStatistics given = bounds::given_statistics(none, one);
  const auto forward = [&](double slope) {
    return bounds::norm_forward(x, one, none, given, {&added, slope});
  };
  CHECK(forward(1)[0] == Approx(u * (3 * 7 + 7 + 4)).epsilon(1e-5));
  CHECK(forward(0.5)[0] == Approx(u * (0.5 * (3 * 7 + 7 + 4) + 2 * 0.5 * 4)).epsilon(1e-5));
  CHECK(forward(0.5)[1] == Approx(u * (3 * 7 + 7 + 10)).epsilon(1e-5));
  CHECK(forward(0)[0] < 1e-30);

  // dz = 0.5 * 6 below and 8 above; of dz the slope and the product are rounded.
  const Tensor dy = tensor({1, 1, 2, 1}, {6, 8});
  const auto backward = [&](double slope) {
    return bounds::norm_backward(x, one, given, x, slope, dy, {});
  };
  CHECK(backward(0.5).dadded[0] == Approx(2 * u * 3).epsilon(1e-5));
  CHECK(backward(0.5).dadded[1] == 0);
  CHECK(backward(0.5).dbeta[0] == Approx((2 + 2) * u * (3 + 8)).epsilon(1e-5));
  CHECK(backward(0.5).dgamma[0] == Approx((5 + 2) * u * 7 * (3 + 8)).epsilon(1e-5));
  CHECK(backward(0).dbeta[0] == Approx(2 * u * 8).epsilon(1e-5));
  CHECK(backward(0).dadded[0] == 0);
}

TEST_CASE("bounds: losses and tanh", "[backend]") {
  Ratios ratios;
  for (const Shape& shape : image_shapes()) {
    for (const double spread : {1.0, 30.0}) {
      const Tensor x = mapped(noise(shape, 1), spread, 0);
      const Tensor t = mapped(noise(shape, 2), spread, 0);
      const Tensor g = noise(scalar_shape(), 3);
      const Wide wx(x), wt(t), wg(g);
      for (const std::string& name : kBackends) {
        const auto b = make_backend(name);
        Wide loss(scalar_shape()), d(shape);
        Tensor tl(scalar_shape()), td(shape);
        ref::weighted_mean_forward<double>(wx.in(), wt.in(), loss.view());
        b->run(WeightedMeanForward{x, t, {&tl}});
        ratios.take("weighted mean", tl, loss, bounds::weighted_mean_forward(x, t));
        ref::weighted_mean_backward<double>(wt.in(), wg.in(), d.out());
        b->run(WeightedMeanBackward{t, g, {&td}});
        ratios.take("weighted mean backward", td, d, bounds::weighted_mean_backward(t, g, nullptr));
        ref::l1_loss_forward<double>(wx.in(), wt.in(), loss.view());
        b->run(L1LossForward{x, t, {&tl}});
        ratios.take("l1", tl, loss, bounds::l1_loss_forward(x, t));
        ref::l1_loss_backward<double>(wx.in(), wt.in(), wg.in(), d.out());
        b->run(L1LossBackward{x, t, g, {&td}});
        ratios.take("l1 backward", td, d, bounds::l1_loss_backward(x, t, g, nullptr));
        ref::mse_loss_forward<double>(wx.in(), wt.in(), loss.view());
        b->run(MseLossForward{x, t, {&tl}});
        ratios.take("mse", tl, loss, bounds::mse_loss_forward(x, t));
        ref::mse_loss_backward<double>(wx.in(), wt.in(), wg.in(), d.out());
        b->run(MseLossBackward{x, t, g, {&td}});
        ratios.take("mse backward", td, d, bounds::mse_loss_backward(x, t, g, nullptr));
        for (const double label : {0.0, 1.0, 0.9}) {
          ref::bce_with_logits_forward<double>(wx.in(), label, loss.view());
          b->run(BceWithLogitsForward{x, label, {&tl}});
          ratios.take("bce", tl, loss, bounds::bce_with_logits_forward(x, label));
          ref::bce_with_logits_backward<double>(wx.in(), label, wg.in(), d.out());
          b->run(BceWithLogitsBackward{x, label, g, {&td}});
          ratios.take("bce backward", td, d,
                      bounds::bce_with_logits_backward(x, label, g, nullptr));
          ref::least_squares_loss_forward<double>(wx.in(), label, loss.view());
          b->run(LeastSquaresLossForward{x, label, {&tl}});
          ratios.take("least squares", tl, loss, bounds::least_squares_loss_forward(x, label));
          ref::least_squares_loss_backward<double>(wx.in(), label, wg.in(), d.out());
          b->run(LeastSquaresLossBackward{x, label, g, {&td}});
          ratios.take("least squares backward", td, d,
                      bounds::least_squares_loss_backward(x, label, g, nullptr));
        }
        ref::tanh_forward<double>(wx.in(), d.view());
        b->run(TanhForward{x, {&td}});
        ratios.take("tanh", td, d, bounds::of(TanhForward{x, {&td}}, {nullptr})[0]);
        const Tensor y = td.clone();
        ref::tanh_backward<double>(Wide(y).in(), wt.in(), d.out());
        b->run(TanhBackward{y, t, {&td}});
        ratios.take("tanh backward", td, d, bounds::of(TanhBackward{y, t, {&td}}, {nullptr})[0]);
      }
    }
  }
  ratios.check_not_vacuous();
}

TEST_CASE("bounds: Adam, also where the second moment underflows", "[backend]") {
  Ratios ratios;
  const Shape shape = vector_shape(5000);
  const AdamConstants k{2e-4, 0.5, 0.999, 1e-8, 0.875, 0.002997001};
  for (const double size : {1.0, 1e-4, 1e-15, 1e-19, 1e-30}) {
    const Tensor p = noise(shape, 1);
    const Tensor g = mapped(noise(shape, 2), size, 0);
    const Tensor m = mapped(noise(shape, 3), size, 0);
    Tensor v = noise(shape, 4);
    for (real& value : v.values()) {
      const double root = size * static_cast<double>(value);
      value = static_cast<real>(root * root);
    }
    Wide wp(p), wm(m), wv(v);
    const Wide wg(g);
    ref::adam_step<double>(k, wp.view(), wg.in(), wm.view(), wv.view());
    const bounds::AdamErrors errors = bounds::adam_step(k, p, g, m, v);
    for (const std::string& name : kBackends) {
      Tensor tp = p.clone(), tm = m.clone(), tv = v.clone();
      make_backend(name)->run(
          AdamStep{k, g, {&tm, Write::add}, {&tv, Write::add}, {&tp, Write::add}});
      ratios.take("adam p", tp, wp, errors.p);
      ratios.take("adam m", tm, wm, errors.m);
      ratios.take("adam v", tv, wv, errors.v);
    }
  }
  ratios.check_not_vacuous();
}

TEST_CASE("bounds: running statistics", "[backend]") {
  const Shape shape = vector_shape(200);
  const Tensor mean = noise(shape, 1);
  const Tensor inv_std = noise(shape, 2);
  const Tensor m = noise(shape, 3);
  const Tensor v = noise(shape, 4);
  Ratios ratios;
  for (const double eps : {1e-5, 1.0}) {  // 1: about half of the variances end at 0
    Wide wm(m), wv(v);
    const Wide wmean(mean), winv(inv_std);
    ref::running_statistics<double>(wmean.in(), winv.in(), eps, 0.99, 1.125, wm.view(), wv.view());
    for (const std::string& name : kBackends) {
      Tensor tm = m.clone(), tv = v.clone();
      const RunningStatistics k{
          mean, inv_std, eps, 0.99, 1.125, {&tm, Write::add}, {&tv, Write::add}};
      const bounds::RunningErrors errors = bounds::running_statistics(k, m, v);
      make_backend(name)->run(k);
      ratios.take("running mean", tm, wm, errors.mean);
      ratios.take("running variance", tv, wv, errors.var);
    }
  }
  ratios.check_not_vacuous();
}

TEST_CASE("bounds: they hold where products underflow", "[backend]") {
  const Conv2dSpec spec{3, 3, 1, {1, 1, 1, 1}};
  const Tensor x = mapped(noise({1, 6, 5, 3}, 1), 1e-20, 0);
  const Tensor w = mapped(noise({3, 3, 3, 2}, 2), 1e-18, 0);
  const Shape map = conv2d_output_shape(spec, x.shape(), 2);
  const Wide wx(x), ww(w);
  Wide y(map);
  ref::conv2d_forward<double>(spec, wx.in(), ww.in(), {}, y.view());
  Ratios ratios;
  for (const std::string& name : kBackends) {
    Tensor out(map);
    make_backend(name)->run(Conv2dForward{spec, x, w, nullptr, {&out}});
    ratios.take("conv2d_forward", out, y,
                bounds::conv2d_forward(spec, kDirect, x, w, nullptr, map));
  }
}

}  // namespace nn::testing
