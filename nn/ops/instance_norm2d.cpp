#include "nn/ops/ops.h"

namespace nn {

Var instance_norm2d(const Var& x, const Var& gamma, const Var& beta, double eps,
                    const AfterNorm& after) {
  const index channels = x.shape().c;
  ops_detail::require_vector("instance_norm2d", "gamma", gamma, channels);
  ops_detail::require_vector("instance_norm2d", "beta", beta, channels);
  const Epilogue then = ops_detail::epilogue("instance_norm2d", x.shape(), after);

  Tensor y(x.shape());
  Tensor mean({x.shape().n, 1, 1, channels});
  Tensor inv_std({x.shape().n, 1, 1, channels});
  backend().instance_norm2d_forward(x.value(), gamma.value(), beta.value(), eps, then, y, mean,
                                    inv_std);

  return record(
      "instance_norm2d", {x, gamma, beta, after.added}, y,
      [x = x.value(), gamma = gamma.value(), mean, inv_std, kept = ops_detail::kept(y, after),
       slope = after.slope](const Tensor& dy, std::span<const GradOut> dx) {
        backend().instance_norm2d_backward(x, gamma, mean, inv_std, kept, slope, dy,
                                           {dx[0], dx[1], dx[2], dx[3]});
      });
}

}  // namespace nn
