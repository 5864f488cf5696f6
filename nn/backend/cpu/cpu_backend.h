// The fast backend: kernels of our own (micro_kernel.cpp; CT2CT_GEMM=eigen takes Eigen's matrix
// product instead) on strips that stay in cache, threads by parallel_for. Blocks follow from shapes
// alone, so the results do not depend on the number of threads. Each op has a file in this folder.
#pragma once

#include "nn/backend/backend.h"

namespace nn {

class CpuBackend final : public Backend {
 public:
  std::string name() const override { return "cpu"; }

  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                              const Tensor& w) const override;
  void conv2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w, const Tensor* bias,
                      Tensor& y) const override;
  void conv2d_backward_data(const Conv2dSpec& spec, const Tensor& dy, const Tensor& w,
                            GradOut dx) const override;
  void conv2d_backward_weight(const Conv2dSpec& spec, const Tensor& x, const Tensor& dy,
                              GradOut dw) const override;
  void bias_backward(const Tensor& dy, GradOut db) const override;
  void conv_transpose2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w,
                                const Tensor* bias, Tensor& y) const override;
  void conv_transpose2d_backward_data(const Conv2dSpec& spec, const Tensor& dy, const Tensor& w,
                                      GradOut dx) const override;
  void conv_transpose2d_backward_weight(const Conv2dSpec& spec, const Tensor& x, const Tensor& dy,
                                        GradOut dw) const override;
  void batch_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                            const Epilogue& then, Tensor& y, Tensor& mean,
                            Tensor& inv_std) const override;
  void batch_norm2d_inference(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                              const Tensor& mean, const Tensor& inv_std, const Epilogue& then,
                              Tensor& y) const override;
  void batch_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                             const Tensor& inv_std, const Tensor& y, double slope, const Tensor& dy,
                             const NormGrads& d) const override;
  void instance_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta, double eps,
                               const Epilogue& then, Tensor& y, Tensor& mean,
                               Tensor& inv_std) const override;
  void instance_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                const Tensor& inv_std, const Tensor& y, double slope,
                                const Tensor& dy, const NormGrads& d) const override;
  void leaky_relu_forward(const Tensor& x, double slope, Tensor& y) const override;
  void leaky_relu_backward(const Tensor& x, double slope, const Tensor& dy,
                           GradOut dx) const override;
  void relu_forward(const Tensor& x, Tensor& y) const override;
  void relu_backward(const Tensor& x, const Tensor& dy, GradOut dx) const override;
  void tanh_forward(const Tensor& x, Tensor& y) const override;
  void tanh_backward(const Tensor& y, const Tensor& dy, GradOut dx) const override;
  void dropout(const Tensor& x, double rate, const Rng& rng, GradOut y) const override;
  void concat_forward(const Tensor& a, const Tensor& b, Tensor& y) const override;
  void concat_backward(const Tensor& dy, index first, GradOut dx) const override;
  void add_forward(const Tensor& a, const Tensor& b, Tensor& y) const override;
  void scale(const Tensor& x, double factor, GradOut y) const override;
  void weighted_mean_forward(const Tensor& x, const Tensor& w, Tensor& y) const override;
  void weighted_mean_backward(const Tensor& w, const Tensor& dy, GradOut dx) const override;
  void l1_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const override;
  void l1_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                        GradOut da) const override;
  void mse_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const override;
  void mse_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                         GradOut da) const override;
  void bce_with_logits_forward(const Tensor& x, double label, Tensor& loss) const override;
  void bce_with_logits_backward(const Tensor& x, double label, const Tensor& dloss,
                                GradOut dx) const override;
  void least_squares_loss_forward(const Tensor& x, double label, Tensor& loss) const override;
  void least_squares_loss_backward(const Tensor& x, double label, const Tensor& dloss,
                                   GradOut dx) const override;
  void adam_step(const AdamConstants& k, Tensor& p, const Tensor& g, Tensor& m,
                 Tensor& v) const override;
};

}  // namespace nn
