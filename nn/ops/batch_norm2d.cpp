#include "nn/core/error.h"
#include "nn/ops/ops.h"

namespace nn {

Var batch_norm2d(const Var& x, const Var& gamma, const Var& beta, double eps,
                 NormStatistics* statistics) {
  const index channels = x.shape().c;
  ops_detail::require_vector("batch_norm2d", "gamma", gamma, channels);
  ops_detail::require_vector("batch_norm2d", "beta", beta, channels);

  Tensor y(x.shape());
  Tensor mean(vector_shape(channels));
  Tensor inv_std(vector_shape(channels));
  backend().batch_norm2d_forward(x.value(), gamma.value(), beta.value(), eps, y, mean, inv_std);
  if (statistics != nullptr) *statistics = {mean, inv_std};

  return record("batch_norm2d", {x, gamma, beta}, std::move(y),
                [x = x.value(), gamma = gamma.value(), mean, inv_std](const Tensor& dy,
                                                                      std::span<const GradOut> dx) {
                  backend().batch_norm2d_backward(x, gamma, mean, inv_std, dy, dx[0], dx[1], dx[2]);
                });
}

Var batch_norm2d_inference(const Var& x, const Var& gamma, const Var& beta,
                           const NormStatistics& statistics) {
  const index channels = x.shape().c;
  ops_detail::require_vector("batch_norm2d_inference", "gamma", gamma, channels);
  ops_detail::require_vector("batch_norm2d_inference", "beta", beta, channels);
  Tensor y(x.shape());
  backend().batch_norm2d_inference(x.value(), gamma.value(), beta.value(), statistics.mean,
                                   statistics.inv_std, y);
  return Var(std::move(y));
}

}  // namespace nn
