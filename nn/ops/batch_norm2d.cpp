#include "nn/ops/ops.h"

namespace nn {

Var batch_norm2d(const Var& x, const Var& gamma, const Var& beta, double eps,
                 NormStatistics* statistics, const AfterNorm& after) {
  const index channels = x.shape().c;
  ops_detail::require_vector("batch_norm2d", "gamma", gamma, channels);
  ops_detail::require_vector("batch_norm2d", "beta", beta, channels);
  const Epilogue then = ops_detail::epilogue("batch_norm2d", x.shape(), after);

  Tensor y(x.shape());
  Tensor mean(vector_shape(channels));
  Tensor inv_std(vector_shape(channels));
  backend().batch_norm2d_forward(x.value(), gamma.value(), beta.value(), eps, then, y, mean,
                                 inv_std);
  if (statistics != nullptr) *statistics = {mean, inv_std};

  return record(
      "batch_norm2d", {x, gamma, beta, after.added}, y,
      [x = x.value(), gamma = gamma.value(), mean, inv_std, kept = ops_detail::kept(y, after),
       slope = after.slope](const Tensor& dy, std::span<const GradOut> dx) {
        backend().batch_norm2d_backward(x, gamma, mean, inv_std, kept, slope, dy,
                                        {dx[0], dx[1], dx[2], dx[3]});
      });
}

Var batch_norm2d_inference(const Var& x, const Var& gamma, const Var& beta,
                           const NormStatistics& statistics, const AfterNorm& after) {
  const index channels = x.shape().c;
  ops_detail::require_vector("batch_norm2d_inference", "gamma", gamma, channels);
  ops_detail::require_vector("batch_norm2d_inference", "beta", beta, channels);
  const Epilogue then = ops_detail::epilogue("batch_norm2d_inference", x.shape(), after);
  Tensor y(x.shape());
  backend().batch_norm2d_inference(x.value(), gamma.value(), beta.value(), statistics.mean,
                                   statistics.inv_std, then, y);
  return Var(std::move(y));
}

}  // namespace nn
