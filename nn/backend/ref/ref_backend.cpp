#include "nn/backend/ref/ref_backend.h"

#include "nn/backend/as_it_is.h"
#include "nn/backend/ref/adam.h"
#include "nn/backend/ref/add.h"
#include "nn/backend/ref/batch_norm2d.h"
#include "nn/backend/ref/bce_with_logits.h"
#include "nn/backend/ref/concat.h"
#include "nn/backend/ref/conv2d.h"
#include "nn/backend/ref/conv_transpose2d.h"
#include "nn/backend/ref/dropout.h"
#include "nn/backend/ref/instance_norm2d.h"
#include "nn/backend/ref/l1_loss.h"
#include "nn/backend/ref/leaky_relu.h"
#include "nn/backend/ref/least_squares_loss.h"
#include "nn/backend/ref/mse_loss.h"
#include "nn/backend/ref/relu.h"
#include "nn/backend/ref/scale.h"
#include "nn/backend/ref/tanh.h"
#include "nn/backend/ref/weighted_mean.h"
#include "nn/backend/ref/winograd.h"

namespace nn {
namespace {

ref::View<const real> in(const Tensor& t) { return {t.shape(), t.data()}; }
ref::View<const real> in(const Tensor* t) {
  return t != nullptr ? in(*t) : ref::View<const real>{};
}
ref::View<real> out(Tensor& t) { return {t.shape(), t.data()}; }
ref::Out<real> out(GradOut g) {
  return g ? ref::Out<real>{out(*g.tensor), g.write} : ref::Out<real>{};
}
ref::Epilogue<real> epilogue(const Epilogue& e) { return {in(e.added), e.slope}; }
ref::NormGrads<real> norm_grads(const NormGrads& d) {
  return {out(d.x), out(d.gamma), out(d.beta), out(d.added)};
}

}  // namespace

std::shared_ptr<const FixedConvolution> RefBackend::fix(const Conv2dSpec& spec, bool transposed,
                                                        const Tensor& w) const {
  return std::make_shared<AsItIs<RefBackend>>(spec, transposed, w);
}

void RefBackend::conv2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w,
                                const Tensor* bias, Tensor& y) const {
  if (winograd_runs(spec, x.shape(), y.shape().c)) {
    return ref::winograd_correlate(spec, in(x), in(w), in(bias), out(GradOut{&y}));
  }
  ref::conv2d_forward(spec, in(x), in(w), in(bias), out(y));
}
void RefBackend::conv2d_backward_data(const Conv2dSpec& spec, const Tensor& dy, const Tensor& w,
                                      GradOut dx) const {
  if (winograd_runs(spec, dx.tensor->shape(), dy.shape().c)) {
    return ref::winograd_adjoint(spec, in(dy), in(w), in(nullptr), out(dx));
  }
  ref::conv2d_backward_data(spec, in(dy), in(w), out(dx));
}
void RefBackend::conv2d_backward_weight(const Conv2dSpec& spec, const Tensor& x, const Tensor& dy,
                                        GradOut dw) const {
  if (winograd_runs(spec, x.shape(), dy.shape().c)) {
    return ref::winograd_weights(spec, in(x), in(dy), out(dw));
  }
  ref::conv2d_backward_weight(spec, in(x), in(dy), out(dw));
}
void RefBackend::bias_backward(const Tensor& dy, GradOut db) const {
  ref::bias_backward(in(dy), out(db));
}

void RefBackend::conv_transpose2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w,
                                          const Tensor* bias, Tensor& y) const {
  if (winograd_runs(spec, y.shape(), x.shape().c)) {
    return ref::winograd_adjoint(spec, in(x), in(w), in(bias), out(GradOut{&y}));
  }
  ref::conv_transpose2d_forward(spec, in(x), in(w), in(bias), out(y));
}
void RefBackend::conv_transpose2d_backward_data(const Conv2dSpec& spec, const Tensor& dy,
                                                const Tensor& w, GradOut dx) const {
  if (winograd_runs(spec, dy.shape(), dx.tensor->shape().c)) {
    return ref::winograd_correlate(spec, in(dy), in(w), in(nullptr), out(dx));
  }
  ref::conv_transpose2d_backward_data(spec, in(dy), in(w), out(dx));
}
void RefBackend::conv_transpose2d_backward_weight(const Conv2dSpec& spec, const Tensor& x,
                                                  const Tensor& dy, GradOut dw) const {
  if (winograd_runs(spec, dy.shape(), x.shape().c)) {
    return ref::winograd_weights(spec, in(dy), in(x), out(dw));
  }
  ref::conv_transpose2d_backward_weight(spec, in(x), in(dy), out(dw));
}

void RefBackend::batch_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                      double eps, const Epilogue& then, Tensor& y, Tensor& mean,
                                      Tensor& inv_std) const {
  ref::batch_norm2d_forward(in(x), in(gamma), in(beta), eps, epilogue(then), out(y), out(mean),
                            out(inv_std));
}
void RefBackend::batch_norm2d_inference(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                        const Tensor& mean, const Tensor& inv_std,
                                        const Epilogue& then, Tensor& y) const {
  ref::batch_norm2d_inference(in(x), in(gamma), in(beta), in(mean), in(inv_std), epilogue(then),
                              out(y));
}
void RefBackend::batch_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                       const Tensor& inv_std, const Tensor& y, double slope,
                                       const Tensor& dy, const NormGrads& d) const {
  ref::batch_norm2d_backward(in(x), in(gamma), in(mean), in(inv_std), in(y), slope, in(dy),
                             norm_grads(d));
}

void RefBackend::instance_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                         double eps, const Epilogue& then, Tensor& y, Tensor& mean,
                                         Tensor& inv_std) const {
  ref::instance_norm2d_forward(in(x), in(gamma), in(beta), eps, epilogue(then), out(y), out(mean),
                               out(inv_std));
}
void RefBackend::instance_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                          const Tensor& inv_std, const Tensor& y, double slope,
                                          const Tensor& dy, const NormGrads& d) const {
  ref::instance_norm2d_backward(in(x), in(gamma), in(mean), in(inv_std), in(y), slope, in(dy),
                                norm_grads(d));
}

void RefBackend::leaky_relu_forward(const Tensor& x, double slope, Tensor& y) const {
  ref::leaky_relu_forward(in(x), slope, out(y));
}
void RefBackend::leaky_relu_backward(const Tensor& x, double slope, const Tensor& dy,
                                     GradOut dx) const {
  ref::leaky_relu_backward(in(x), slope, in(dy), out(dx));
}
void RefBackend::relu_forward(const Tensor& x, Tensor& y) const {
  ref::relu_forward(in(x), out(y));
}
void RefBackend::relu_backward(const Tensor& x, const Tensor& dy, GradOut dx) const {
  ref::relu_backward(in(x), in(dy), out(dx));
}
void RefBackend::tanh_forward(const Tensor& x, Tensor& y) const {
  ref::tanh_forward(in(x), out(y));
}
void RefBackend::tanh_backward(const Tensor& y, const Tensor& dy, GradOut dx) const {
  ref::tanh_backward(in(y), in(dy), out(dx));
}
void RefBackend::dropout(const Tensor& x, double rate, const Rng& rng, GradOut y) const {
  ref::dropout(in(x), rate, rng, out(y));
}

void RefBackend::concat_forward(const Tensor& a, const Tensor& b, Tensor& y) const {
  ref::concat_forward(in(a), in(b), out(y));
}
void RefBackend::concat_backward(const Tensor& dy, index first, GradOut dx) const {
  ref::concat_backward(in(dy), first, out(dx));
}
void RefBackend::add_forward(const Tensor& a, const Tensor& b, Tensor& y) const {
  ref::add_forward(in(a), in(b), out(y));
}
void RefBackend::scale(const Tensor& x, double factor, GradOut y) const {
  ref::scale(in(x), factor, out(y));
}

void RefBackend::weighted_mean_forward(const Tensor& x, const Tensor& w, Tensor& y) const {
  ref::weighted_mean_forward(in(x), in(w), out(y));
}
void RefBackend::weighted_mean_backward(const Tensor& w, const Tensor& dy, GradOut dx) const {
  ref::weighted_mean_backward(in(w), in(dy), out(dx));
}
void RefBackend::l1_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const {
  ref::l1_loss_forward(in(a), in(b), out(loss));
}
void RefBackend::l1_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                                  GradOut da) const {
  ref::l1_loss_backward(in(a), in(b), in(dloss), out(da));
}
void RefBackend::mse_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const {
  ref::mse_loss_forward(in(a), in(b), out(loss));
}
void RefBackend::mse_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                                   GradOut da) const {
  ref::mse_loss_backward(in(a), in(b), in(dloss), out(da));
}
void RefBackend::bce_with_logits_forward(const Tensor& x, double label, Tensor& loss) const {
  ref::bce_with_logits_forward(in(x), label, out(loss));
}
void RefBackend::bce_with_logits_backward(const Tensor& x, double label, const Tensor& dloss,
                                          GradOut dx) const {
  ref::bce_with_logits_backward(in(x), label, in(dloss), out(dx));
}
void RefBackend::least_squares_loss_forward(const Tensor& x, double label, Tensor& loss) const {
  ref::least_squares_loss_forward(in(x), label, out(loss));
}
void RefBackend::least_squares_loss_backward(const Tensor& x, double label, const Tensor& dloss,
                                             GradOut dx) const {
  ref::least_squares_loss_backward(in(x), label, in(dloss), out(dx));
}

void RefBackend::adam_step(const AdamConstants& k, Tensor& p, const Tensor& g, Tensor& m,
                           Tensor& v) const {
  ref::adam_step(k, out(p), in(g), out(m), out(v));
}

}  // namespace nn
