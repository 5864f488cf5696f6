// Normalisations, and what follows them in the same pass over memory.
#include "nn/core/error.h"
#include "nn/ops/ops.h"
#include "nn/ranks/shared_batch.h"

namespace nn {
namespace {

/// What batch_norm2d and instance_norm2d share. `groups`: 1, or the number of images. `batch`: of
/// which the statistics are taken, where x is a part of it.
Var norm(const char* op, index groups, SharedBatch* batch, const Var& x, const Var& gamma,
         const Var& beta, double eps, NormStatistics& statistics, const AfterNorm& after) {
  const index channels = x.shape().c;
  ops_detail::require_vector(op, "gamma", gamma, channels);
  ops_detail::require_vector(op, "beta", beta, channels);
  const Epilogue then = ops_detail::epilogue(op, x.shape(), after);

  Tensor y(x.shape());
  statistics = {Tensor({groups, 1, 1, channels}), Tensor({groups, 1, 1, channels})};
  backend().run(NormForward{groups,
                            x.value(),
                            gamma.value(),
                            beta.value(),
                            eps,
                            then,
                            {&statistics.mean},
                            {&statistics.inv_std},
                            {&y},
                            batch});

  // The backward pass reads the sign of y, unless nothing bends.
  return record(op, {x, gamma, beta, after.added}, y,
                [groups, batch, x = x.value(), gamma = gamma.value(), statistics,
                 signs = after.slope == 1 ? Tensor() : y,
                 slope = after.slope](const Tensor& dy, std::span<const Destination> d) {
                  backend().run(NormBackward{groups, x, gamma, statistics.mean, statistics.inv_std,
                                             signs, slope, dy, d[0], d[1], d[2], d[3], batch});
                });
}

}  // namespace

Var batch_norm2d(const Var& x, const Var& gamma, const Var& beta, double eps,
                 NormStatistics* statistics, const AfterNorm& after) {
  NormStatistics found;
  Var y = norm("batch_norm2d", 1, shared_batch(), x, gamma, beta, eps, found, after);
  if (statistics != nullptr) *statistics = std::move(found);
  return y;
}

Var instance_norm2d(const Var& x, const Var& gamma, const Var& beta, double eps,
                    const AfterNorm& after) {
  NormStatistics found;
  return norm("instance_norm2d", x.shape().n, nullptr, x, gamma, beta, eps, found, after);
}

Var batch_norm2d_inference(const Var& x, const Var& gamma, const Var& beta,
                           const NormStatistics& statistics, const AfterNorm& after) {
  const index channels = x.shape().c;
  ops_detail::require_vector("batch_norm2d_inference", "gamma", gamma, channels);
  ops_detail::require_vector("batch_norm2d_inference", "beta", beta, channels);
  const Epilogue then = ops_detail::epilogue("batch_norm2d_inference", x.shape(), after);
  Tensor y(x.shape());
  backend().run(NormInference{
      1, x.value(), gamma.value(), beta.value(), statistics.mean, statistics.inv_std, then, {&y}});
  return Var(std::move(y));
}

Var after_norm(const Var& z, const AfterNorm& after) {
  Var sum = after.added ? add(z, after.added) : z;
  if (after.slope == 1) return sum;
  return after.slope == 0 ? relu(sum) : leaky_relu(sum, after.slope);
}

namespace ops_detail {

Epilogue epilogue(const char* op, const Shape& shape, const AfterNorm& after) {
  require(after.slope >= 0, op, "slope " + std::to_string(after.slope), "0 or more");
  if (!after.added) return {nullptr, after.slope};
  require(after.added.shape() == shape, op, "added of shape " + to_string(after.added.shape()),
          to_string(shape));
  return {&after.added.value(), after.slope};
}

}  // namespace ops_detail
}  // namespace nn
