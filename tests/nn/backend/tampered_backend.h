// A backend with a fault of the test's choosing: it runs another one and hands every output to the
// test before anyone else sees it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "nn/backend/backend.h"

namespace nn::testing {

class TamperedBackend : public Backend {
 public:
  using Fault = std::function<void(const std::string& kernel, const std::string& output, Tensor&)>;

  TamperedBackend(std::unique_ptr<Backend> honest, Fault fault)
      : b_(std::move(honest)), fault_(std::move(fault)) {}

  std::string name() const override { return "tampered"; }

  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                              const Tensor& w) const override {
    return std::make_shared<TamperedFixed>(*this, b_->fix(spec, transposed, w));
  }
  void conv2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w, const Tensor* bias,
                      Tensor& y) const override {
    b_->conv2d_forward(spec, x, w, bias, y);
    fault_("conv2d_forward", "y", y);
  }
  void conv2d_backward_data(const Conv2dSpec& spec, const Tensor& dy, const Tensor& w,
                            GradOut dx) const override {
    b_->conv2d_backward_data(spec, dy, w, dx);
    hand("conv2d_backward_data", "dx", dx);
  }
  void conv2d_backward_weight(const Conv2dSpec& spec, const Tensor& x, const Tensor& dy,
                              GradOut dw) const override {
    b_->conv2d_backward_weight(spec, x, dy, dw);
    hand("conv2d_backward_weight", "dw", dw);
  }
  void bias_backward(const Tensor& dy, GradOut db) const override {
    b_->bias_backward(dy, db);
    hand("bias_backward", "db", db);
  }
  void conv_transpose2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w,
                                const Tensor* bias, Tensor& y) const override {
    b_->conv_transpose2d_forward(spec, x, w, bias, y);
    fault_("conv_transpose2d_forward", "y", y);
  }
  void conv_transpose2d_backward_data(const Conv2dSpec& spec, const Tensor& dy, const Tensor& w,
                                      GradOut dx) const override {
    b_->conv_transpose2d_backward_data(spec, dy, w, dx);
    hand("conv_transpose2d_backward_data", "dx", dx);
  }
  void conv_transpose2d_backward_weight(const Conv2dSpec& spec, const Tensor& x, const Tensor& dy,
                                        GradOut dw) const override {
    b_->conv_transpose2d_backward_weight(spec, x, dy, dw);
    hand("conv_transpose2d_backward_weight", "dw", dw);
  }
  void batch_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                            const Epilogue& then, Tensor& y, Tensor& mean,
                            Tensor& inv_std) const override {
    b_->batch_norm2d_forward(x, gamma, beta, eps, then, y, mean, inv_std);
    hand_norm("batch_norm2d_forward", y, mean, inv_std);
  }
  void batch_norm2d_inference(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                              const Tensor& mean, const Tensor& inv_std, const Epilogue& then,
                              Tensor& y) const override {
    b_->batch_norm2d_inference(x, gamma, beta, mean, inv_std, then, y);
    fault_("batch_norm2d_inference", "y", y);
  }
  void batch_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                             const Tensor& inv_std, const Tensor& y, double slope, const Tensor& dy,
                             const NormGrads& d) const override {
    b_->batch_norm2d_backward(x, gamma, mean, inv_std, y, slope, dy, d);
    hand_norm("batch_norm2d_backward", d);
  }
  void instance_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                               const Epilogue& then, Tensor& y, Tensor& mean,
                               Tensor& inv_std) const override {
    b_->instance_norm2d_forward(x, gamma, beta, eps, then, y, mean, inv_std);
    hand_norm("instance_norm2d_forward", y, mean, inv_std);
  }
  void instance_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                const Tensor& inv_std, const Tensor& y, double slope,
                                const Tensor& dy, const NormGrads& d) const override {
    b_->instance_norm2d_backward(x, gamma, mean, inv_std, y, slope, dy, d);
    hand_norm("instance_norm2d_backward", d);
  }
  void leaky_relu_forward(const Tensor& x, double slope, Tensor& y) const override {
    b_->leaky_relu_forward(x, slope, y);
    fault_("leaky_relu_forward", "y", y);
  }
  void leaky_relu_backward(const Tensor& x, double slope, const Tensor& dy,
                           GradOut dx) const override {
    b_->leaky_relu_backward(x, slope, dy, dx);
    hand("leaky_relu_backward", "dx", dx);
  }
  void relu_forward(const Tensor& x, Tensor& y) const override {
    b_->relu_forward(x, y);
    fault_("relu_forward", "y", y);
  }
  void relu_backward(const Tensor& x, const Tensor& dy, GradOut dx) const override {
    b_->relu_backward(x, dy, dx);
    hand("relu_backward", "dx", dx);
  }
  void tanh_forward(const Tensor& x, Tensor& y) const override {
    b_->tanh_forward(x, y);
    fault_("tanh_forward", "y", y);
  }
  void tanh_backward(const Tensor& y, const Tensor& dy, GradOut dx) const override {
    b_->tanh_backward(y, dy, dx);
    hand("tanh_backward", "dx", dx);
  }
  void dropout(const Tensor& x, double rate, const Rng& rng, GradOut y) const override {
    b_->dropout(x, rate, rng, y);
    hand("dropout", "y", y);
  }
  void concat_forward(const Tensor& a, const Tensor& b, Tensor& y) const override {
    b_->concat_forward(a, b, y);
    fault_("concat_forward", "y", y);
  }
  void concat_backward(const Tensor& dy, index first, GradOut dx) const override {
    b_->concat_backward(dy, first, dx);
    hand("concat_backward", "dx", dx);
  }
  void add_forward(const Tensor& a, const Tensor& b, Tensor& y) const override {
    b_->add_forward(a, b, y);
    fault_("add_forward", "y", y);
  }
  void scale(const Tensor& x, double factor, GradOut y) const override {
    b_->scale(x, factor, y);
    hand("scale", "y", y);
  }
  void weighted_mean_forward(const Tensor& x, const Tensor& w, Tensor& y) const override {
    b_->weighted_mean_forward(x, w, y);
    fault_("weighted_mean_forward", "y", y);
  }
  void weighted_mean_backward(const Tensor& w, const Tensor& dy, GradOut dx) const override {
    b_->weighted_mean_backward(w, dy, dx);
    hand("weighted_mean_backward", "dx", dx);
  }
  void l1_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const override {
    b_->l1_loss_forward(a, b, loss);
    fault_("l1_loss_forward", "loss", loss);
  }
  void l1_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                        GradOut da) const override {
    b_->l1_loss_backward(a, b, dloss, da);
    hand("l1_loss_backward", "da", da);
  }
  void mse_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const override {
    b_->mse_loss_forward(a, b, loss);
    fault_("mse_loss_forward", "loss", loss);
  }
  void mse_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                         GradOut da) const override {
    b_->mse_loss_backward(a, b, dloss, da);
    hand("mse_loss_backward", "da", da);
  }
  void bce_with_logits_forward(const Tensor& x, double label, Tensor& loss) const override {
    b_->bce_with_logits_forward(x, label, loss);
    fault_("bce_with_logits_forward", "loss", loss);
  }
  void bce_with_logits_backward(const Tensor& x, double label, const Tensor& dloss,
                                GradOut dx) const override {
    b_->bce_with_logits_backward(x, label, dloss, dx);
    hand("bce_with_logits_backward", "dx", dx);
  }
  void least_squares_loss_forward(const Tensor& x, double label, Tensor& loss) const override {
    b_->least_squares_loss_forward(x, label, loss);
    fault_("least_squares_loss_forward", "loss", loss);
  }
  void least_squares_loss_backward(const Tensor& x, double label, const Tensor& dloss,
                                   GradOut dx) const override {
    b_->least_squares_loss_backward(x, label, dloss, dx);
    hand("least_squares_loss_backward", "dx", dx);
  }
  void adam_step(const AdamConstants& k, Tensor& p, const Tensor& g, Tensor& m,
                 Tensor& v) const override {
    b_->adam_step(k, p, g, m, v);
    fault_("adam_step", "p", p);
    fault_("adam_step", "m", m);
    fault_("adam_step", "v", v);
  }

 private:
  class TamperedFixed final : public FixedConvolution {
   public:
    TamperedFixed(const TamperedBackend& owner, std::shared_ptr<const FixedConvolution> honest)
        : FixedConvolution(honest->spec, honest->transposed, honest->weights),
          owner_(owner),
          honest_(std::move(honest)) {}
    void forward(const Tensor& x, const Tensor* bias, Tensor& y) const override {
      honest_->forward(x, bias, y);
      owner_.fault_(transposed ? "conv_transpose2d_fixed" : "conv2d_fixed", "y", y);
    }

   private:
    const TamperedBackend& owner_;
    std::shared_ptr<const FixedConvolution> honest_;
  };

  void hand(const char* kernel, const char* output, GradOut out) const {
    if (out) fault_(kernel, output, *out.tensor);
  }
  void hand_norm(const char* kernel, Tensor& y, Tensor& mean, Tensor& inv_std) const {
    fault_(kernel, "y", y);
    fault_(kernel, "mean", mean);
    fault_(kernel, "inv_std", inv_std);
  }
  void hand_norm(const char* kernel, const NormGrads& d) const {
    hand(kernel, "dx", d.x);
    hand(kernel, "dgamma", d.gamma);
    hand(kernel, "dbeta", d.beta);
    hand(kernel, "dadded", d.added);
  }

  std::unique_ptr<Backend> b_;
  Fault fault_;
};

}  // namespace nn::testing
