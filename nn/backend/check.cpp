#include "nn/backend/check.h"

#include <cmath>
#include <limits>
#include <sstream>
#include <utility>

#include "nn/backend/bounds.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace nn {
namespace {

/// The destination of the second backend beside that of the first: the same values where kernels
/// add, NaN in both where they set.
struct Twin {
  Tensor first, second, old;
  Write write = Write::set;

  explicit Twin(GradOut out) : write(out.write) {
    if (!out) return;
    first = *out.tensor;
    if (write == Write::add) {
      old = first.clone();
      second = first.clone();
    } else {
      second = Tensor(first.shape());
      first.fill(std::numeric_limits<real>::quiet_NaN());
      second.fill(std::numeric_limits<real>::quiet_NaN());
    }
  }
  explicit Twin(Tensor& out) : Twin(GradOut{&out, Write::set}) {}

  GradOut second_out() { return first.empty() ? GradOut{} : GradOut{&second, write}; }
  const Tensor* before() const { return write == Write::add && !old.empty() ? &old : nullptr; }
};

/// How far apart two values are in units of their bound; infinite where no bound can hold.
double excess(double a, double b, double bound) {
  if (a == b || (std::isnan(a) && std::isnan(b))) return 0;
  const double ratio = std::fabs(a - b) / bound;
  return std::isnan(ratio) ? std::numeric_limits<double>::infinity() : ratio;
}

std::string position(const Shape& s, index i) {
  std::ostringstream text;
  text << i / (s.h * s.w * s.c) << ',' << i / (s.w * s.c) % s.h << ',' << i / s.c % s.w << ','
       << i % s.c;
  return text.str();
}

class CheckBackend final : public Backend {
 public:
  CheckBackend(std::unique_ptr<Backend> first, std::unique_ptr<Backend> second)
      : first_(std::move(first)), second_(std::move(second)) {}

  std::string name() const override { return "check:" + first_->name() + "," + second_->name(); }

  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                              const Tensor& w) const override {
    return std::make_shared<CheckedFixed>(*this, transposed, spec, w);
  }
  void conv2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w, const Tensor* bias,
                      Tensor& y) const override {
    both(
        "conv2d_forward", "y", {&y},
        [&](const Backend& b, GradOut out) { b.conv2d_forward(spec, x, w, bias, *out.tensor); },
        [&](const Tensor*) { return bounds::conv2d_forward(spec, x, w, bias, y.shape()); });
  }
  void conv2d_backward_data(const Conv2dSpec& spec, const Tensor& dy, const Tensor& w,
                            GradOut dx) const override {
    both(
        "conv2d_backward_data", "dx", dx,
        [&](const Backend& b, GradOut out) { b.conv2d_backward_data(spec, dy, w, out); },
        [&](const Tensor* old) {
          return bounds::conv2d_backward_data(spec, dy, w, dx.tensor->shape(), old);
        });
  }
  void conv2d_backward_weight(const Conv2dSpec& spec, const Tensor& x, const Tensor& dy,
                              GradOut dw) const override {
    both(
        "conv2d_backward_weight", "dw", dw,
        [&](const Backend& b, GradOut out) { b.conv2d_backward_weight(spec, x, dy, out); },
        [&](const Tensor* old) {
          return bounds::conv2d_backward_weight(spec, x, dy, dw.tensor->shape(), old);
        });
  }
  void bias_backward(const Tensor& dy, GradOut db) const override {
    both(
        "bias_backward", "db", db, [&](const Backend& b, GradOut out) { b.bias_backward(dy, out); },
        [&](const Tensor* old) { return bounds::bias_backward(dy, old); });
  }

  void conv_transpose2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w,
                                const Tensor* bias, Tensor& y) const override {
    both(
        "conv_transpose2d_forward", "y", {&y},
        [&](const Backend& b, GradOut out) {
          b.conv_transpose2d_forward(spec, x, w, bias, *out.tensor);
        },
        [&](const Tensor*) {
          return bounds::conv_transpose2d_forward(spec, x, w, bias, y.shape());
        });
  }
  void conv_transpose2d_backward_data(const Conv2dSpec& spec, const Tensor& dy, const Tensor& w,
                                      GradOut dx) const override {
    both(
        "conv_transpose2d_backward_data", "dx", dx,
        [&](const Backend& b, GradOut out) { b.conv_transpose2d_backward_data(spec, dy, w, out); },
        [&](const Tensor* old) {
          return bounds::conv_transpose2d_backward_data(spec, dy, w, dx.tensor->shape(), old);
        });
  }
  void conv_transpose2d_backward_weight(const Conv2dSpec& spec, const Tensor& x, const Tensor& dy,
                                        GradOut dw) const override {
    both(
        "conv_transpose2d_backward_weight", "dw", dw,
        [&](const Backend& b, GradOut out) {
          b.conv_transpose2d_backward_weight(spec, x, dy, out);
        },
        [&](const Tensor* old) {
          return bounds::conv_transpose2d_backward_weight(spec, x, dy, dw.tensor->shape(), old);
        });
  }

  void batch_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                            const Epilogue& then, Tensor& y, Tensor& mean,
                            Tensor& inv_std) const override {
    norm_forward("batch_norm2d_forward", &Backend::batch_norm2d_forward, 1, x, gamma, beta, eps,
                 then, y, mean, inv_std);
  }
  void batch_norm2d_inference(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                              const Tensor& mean, const Tensor& inv_std, const Epilogue& then,
                              Tensor& y) const override {
    both(
        "batch_norm2d_inference", "y", {&y},
        [&](const Backend& b, GradOut out) {
          b.batch_norm2d_inference(x, gamma, beta, mean, inv_std, then, *out.tensor);
        },
        [&](const Tensor*) {
          return bounds::norm_forward(x, gamma, beta, bounds::given_statistics(mean, inv_std),
                                      then);
        });
  }
  void batch_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                             const Tensor& inv_std, const Tensor& y, double slope, const Tensor& dy,
                             const NormGrads& d) const override {
    norm_backward("batch_norm2d_backward", &Backend::batch_norm2d_backward, x, gamma, mean, inv_std,
                  y, slope, dy, d);
  }

  void instance_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                               const Epilogue& then, Tensor& y, Tensor& mean,
                               Tensor& inv_std) const override {
    norm_forward("instance_norm2d_forward", &Backend::instance_norm2d_forward, x.shape().n, x,
                 gamma, beta, eps, then, y, mean, inv_std);
  }
  void instance_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                const Tensor& inv_std, const Tensor& y, double slope,
                                const Tensor& dy, const NormGrads& d) const override {
    norm_backward("instance_norm2d_backward", &Backend::instance_norm2d_backward, x, gamma, mean,
                  inv_std, y, slope, dy, d);
  }

  void leaky_relu_forward(const Tensor& x, double slope, Tensor& y) const override {
    both(
        "leaky_relu_forward", "y", {&y},
        [&](const Backend& b, GradOut out) { b.leaky_relu_forward(x, slope, *out.tensor); },
        [&](const Tensor*) { return bounds::leaky_relu_forward(x, slope); });
  }
  void leaky_relu_backward(const Tensor& x, double slope, const Tensor& dy,
                           GradOut dx) const override {
    both(
        "leaky_relu_backward", "dx", dx,
        [&](const Backend& b, GradOut out) { b.leaky_relu_backward(x, slope, dy, out); },
        [&](const Tensor* old) { return bounds::leaky_relu_backward(x, slope, dy, old); });
  }
  void relu_forward(const Tensor& x, Tensor& y) const override {
    both(
        "relu_forward", "y", {&y},
        [&](const Backend& b, GradOut out) { b.relu_forward(x, *out.tensor); },
        [&](const Tensor*) { return bounds::relu_forward(x); });
  }
  void relu_backward(const Tensor& x, const Tensor& dy, GradOut dx) const override {
    both(
        "relu_backward", "dx", dx,
        [&](const Backend& b, GradOut out) { b.relu_backward(x, dy, out); },
        [&](const Tensor* old) { return bounds::relu_backward(x, dy, old); });
  }
  void tanh_forward(const Tensor& x, Tensor& y) const override {
    both(
        "tanh_forward", "y", {&y},
        [&](const Backend& b, GradOut out) { b.tanh_forward(x, *out.tensor); },
        [&](const Tensor*) { return bounds::tanh_forward(x); });
  }
  void tanh_backward(const Tensor& y, const Tensor& dy, GradOut dx) const override {
    both(
        "tanh_backward", "dx", dx,
        [&](const Backend& b, GradOut out) { b.tanh_backward(y, dy, out); },
        [&](const Tensor* old) { return bounds::tanh_backward(y, dy, 0, old); });
  }
  void dropout(const Tensor& x, double rate, const Rng& rng, GradOut y) const override {
    both(
        "dropout", "y", y, [&](const Backend& b, GradOut out) { b.dropout(x, rate, rng, out); },
        [&](const Tensor* old) { return bounds::dropout(x, rate, rng, old); });
  }

  void concat_forward(const Tensor& a, const Tensor& b, Tensor& y) const override {
    both(
        "concat_forward", "y", {&y},
        [&](const Backend& k, GradOut out) { k.concat_forward(a, b, *out.tensor); },
        [&](const Tensor*) { return bounds::concat_forward(y.shape()); });
  }
  void concat_backward(const Tensor& dy, index first, GradOut dx) const override {
    both(
        "concat_backward", "dx", dx,
        [&](const Backend& b, GradOut out) { b.concat_backward(dy, first, out); },
        [&](const Tensor* old) {
          return bounds::concat_backward(dy, first, dx.tensor->shape(), old);
        });
  }
  void add_forward(const Tensor& a, const Tensor& b, Tensor& y) const override {
    both(
        "add_forward", "y", {&y},
        [&](const Backend& k, GradOut out) { k.add_forward(a, b, *out.tensor); },
        [&](const Tensor*) { return bounds::add_forward(a, b); });
  }
  void scale(const Tensor& x, double factor, GradOut y) const override {
    both(
        "scale", "y", y, [&](const Backend& b, GradOut out) { b.scale(x, factor, out); },
        [&](const Tensor* old) { return bounds::scale(x, factor, old); });
  }

  void weighted_mean_forward(const Tensor& x, const Tensor& w, Tensor& y) const override {
    both(
        "weighted_mean_forward", "y", {&y},
        [&](const Backend& k, GradOut out) { k.weighted_mean_forward(x, w, *out.tensor); },
        [&](const Tensor*) { return bounds::weighted_mean_forward(x, w); });
  }
  void weighted_mean_backward(const Tensor& w, const Tensor& dy, GradOut dx) const override {
    both(
        "weighted_mean_backward", "dx", dx,
        [&](const Backend& k, GradOut out) { k.weighted_mean_backward(w, dy, out); },
        [&](const Tensor* old) { return bounds::weighted_mean_backward(w, dy, old); });
  }
  void l1_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const override {
    both(
        "l1_loss_forward", "loss", {&loss},
        [&](const Backend& k, GradOut out) { k.l1_loss_forward(a, b, *out.tensor); },
        [&](const Tensor*) { return bounds::l1_loss_forward(a, b); });
  }
  void l1_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                        GradOut da) const override {
    both(
        "l1_loss_backward", "da", da,
        [&](const Backend& k, GradOut out) { k.l1_loss_backward(a, b, dloss, out); },
        [&](const Tensor* old) { return bounds::l1_loss_backward(a, b, dloss, old); });
  }
  void mse_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const override {
    both(
        "mse_loss_forward", "loss", {&loss},
        [&](const Backend& k, GradOut out) { k.mse_loss_forward(a, b, *out.tensor); },
        [&](const Tensor*) { return bounds::mse_loss_forward(a, b); });
  }
  void mse_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                         GradOut da) const override {
    both(
        "mse_loss_backward", "da", da,
        [&](const Backend& k, GradOut out) { k.mse_loss_backward(a, b, dloss, out); },
        [&](const Tensor* old) { return bounds::mse_loss_backward(a, b, dloss, old); });
  }
  void bce_with_logits_forward(const Tensor& x, double label, Tensor& loss) const override {
    both(
        "bce_with_logits_forward", "loss", {&loss},
        [&](const Backend& b, GradOut out) { b.bce_with_logits_forward(x, label, *out.tensor); },
        [&](const Tensor*) { return bounds::bce_with_logits_forward(x, label); });
  }
  void bce_with_logits_backward(const Tensor& x, double label, const Tensor& dloss,
                                GradOut dx) const override {
    both(
        "bce_with_logits_backward", "dx", dx,
        [&](const Backend& b, GradOut out) { b.bce_with_logits_backward(x, label, dloss, out); },
        [&](const Tensor* old) { return bounds::bce_with_logits_backward(x, label, dloss, old); });
  }
  void least_squares_loss_forward(const Tensor& x, double label, Tensor& loss) const override {
    both(
        "least_squares_loss_forward", "loss", {&loss},
        [&](const Backend& b, GradOut out) { b.least_squares_loss_forward(x, label, *out.tensor); },
        [&](const Tensor*) { return bounds::least_squares_loss_forward(x, label); });
  }
  void least_squares_loss_backward(const Tensor& x, double label, const Tensor& dloss,
                                   GradOut dx) const override {
    both(
        "least_squares_loss_backward", "dx", dx,
        [&](const Backend& b, GradOut out) { b.least_squares_loss_backward(x, label, dloss, out); },
        [&](const Tensor* old) {
          return bounds::least_squares_loss_backward(x, label, dloss, old);
        });
  }

  void adam_step(const AdamConstants& k, Tensor& p, const Tensor& g, Tensor& m,
                 Tensor& v) const override {
    const bounds::AdamErrors errors = bounds::adam_step(k, p, g, m, v);
    Tensor p2 = p.clone();
    Tensor m2 = m.clone();
    Tensor v2 = v.clone();
    set_denormal_mode();
    first_->adam_step(k, p, g, m, v);
    second_->adam_step(k, p2, g, m2, v2);
    compare("adam_step", "m", m, m2, errors.m);
    compare("adam_step", "v", v, v2, errors.v);
    compare("adam_step", "p", p, p2, errors.p);
  }

 private:
  class CheckedFixed final : public FixedConvolution {
   public:
    CheckedFixed(const CheckBackend& checker, bool t, const Conv2dSpec& s, Tensor w)
        : FixedConvolution(s, t, w.shape()),
          checker_(checker),
          first_(checker.first_->fix(s, t, w)),
          second_(checker.second_->fix(s, t, w)),
          w_(std::move(w)) {}
    void forward(const Tensor& x, const Tensor* bias, Tensor& y) const override {
      Twin twin(y);
      set_denormal_mode();
      first_->forward(x, bias, y);
      second_->forward(x, bias, twin.second);
      const auto bound = transposed ? bounds::conv_transpose2d_forward : bounds::conv2d_forward;
      checker_.compare(transposed ? "conv_transpose2d_fixed" : "conv2d_fixed", "y", y, twin.second,
                       bound(spec, x, w_, bias, y.shape()));
    }

   private:
    const CheckBackend& checker_;
    std::shared_ptr<const FixedConvolution> first_, second_;
    Tensor w_;
  };

  using NormForward = void (Backend::*)(const Tensor&, const Tensor&, const Tensor&, double,
                                        const Epilogue&, Tensor&, Tensor&, Tensor&) const;
  using NormBackward = void (Backend::*)(const Tensor&, const Tensor&, const Tensor&, const Tensor&,
                                         const Tensor&, double, const Tensor&,
                                         const NormGrads&) const;

  /// A kernel with one output: run(backend, destination), bound(what the destination held).
  template <class Run, class Bound>
  void both(const char* kernel, const char* output, GradOut out, const Run& run,
            const Bound& bound) const {
    if (!out) return;
    Twin twin(out);
    set_denormal_mode();
    run(*first_, out);
    run(*second_, twin.second_out());
    compare(kernel, output, twin.first, twin.second, bound(twin.before()));
  }

  void norm_forward(const char* kernel, NormForward run, index groups, const Tensor& x,
                    const Tensor& gamma, const Tensor& beta, double eps, const Epilogue& then,
                    Tensor& y, Tensor& mean, Tensor& inv_std) const {
    Twin ty(y), tm(mean), ti(inv_std);
    set_denormal_mode();
    (*first_.*run)(x, gamma, beta, eps, then, y, mean, inv_std);
    (*second_.*run)(x, gamma, beta, eps, then, ty.second, tm.second, ti.second);
    const bounds::NormStatistics s = bounds::norm_statistics(groups, x, eps);
    compare(kernel, "mean", mean, tm.second, s.mean_error);
    compare(kernel, "inv_std", inv_std, ti.second, s.inv_std_error());
    compare(kernel, "y", y, ty.second, bounds::norm_forward(x, gamma, beta, s, then));
  }

  void norm_backward(const char* kernel, NormBackward run, const Tensor& x, const Tensor& gamma,
                     const Tensor& mean, const Tensor& inv_std, const Tensor& y, double slope,
                     const Tensor& dy, const NormGrads& d) const {
    Twin tx(d.x), tg(d.gamma), tb(d.beta), ta(d.added);
    set_denormal_mode();
    (*first_.*run)(x, gamma, mean, inv_std, y, slope, dy, d);
    (*second_.*run)(x, gamma, mean, inv_std, y, slope, dy,
                    {tx.second_out(), tg.second_out(), tb.second_out(), ta.second_out()});
    const bounds::NormErrors errors =
        bounds::norm_backward(x, gamma, bounds::given_statistics(mean, inv_std), y, slope, dy,
                              {tx.before(), tg.before(), tb.before(), ta.before()});
    if (d.x) compare(kernel, "dx", tx.first, tx.second, errors.dx);
    if (d.gamma) compare(kernel, "dgamma", tg.first, tg.second, errors.dgamma);
    if (d.beta) compare(kernel, "dbeta", tb.first, tb.second, errors.dbeta);
    if (d.added) compare(kernel, "dadded", ta.first, ta.second, errors.dadded);
  }

  /// Throws where a value of `a` and its fellow of `b` are further apart than two implementations
  /// with these errors can be.
  void compare(const char* kernel, const char* output, const Tensor& a, const Tensor& b,
               const bounds::Errors& errors) const {
    index worst = 0;
    double worst_excess = 0;
    index wrong = 0;
    for (index i = 0; i < a.numel(); ++i) {
      const double e = excess(static_cast<double>(a.data()[i]), static_cast<double>(b.data()[i]),
                              2 * errors[static_cast<std::size_t>(i)]);
      if (e > 1) ++wrong;
      if (e > worst_excess) {
        worst_excess = e;
        worst = i;
      }
    }
    if (wrong == 0) return;
    const auto va = static_cast<double>(a.data()[worst]);
    const auto vb = static_cast<double>(b.data()[worst]);
    std::ostringstream got;
    got.precision(9);
    got << output << " at n,h,w,c = " << position(a.shape(), worst) << " is " << va << " ("
        << first_->name() << ") and " << vb << " (" << second_->name() << "), difference "
        << std::fabs(va - vb);
    std::ostringstream expected;
    expected << "at most " << 2 * errors[static_cast<std::size_t>(worst)];
    throw Error(Fault::job, std::string(kernel), got.str(), expected.str(),
                std::to_string(wrong) + " of " + std::to_string(a.numel()) +
                    " values differ by more than rounding allows");
  }

  std::unique_ptr<Backend> first_, second_;
};

}  // namespace

std::unique_ptr<Backend> make_check_backend(std::unique_ptr<Backend> first,
                                            std::unique_ptr<Backend> second) {
  return std::make_unique<CheckBackend>(std::move(first), std::move(second));
}

}  // namespace nn
