// What normalisations and their layers share of what follows them.
#include "nn/core/error.h"
#include "nn/ops/ops.h"

namespace nn {

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

Tensor kept(const Tensor& y, const AfterNorm& after) { return after.slope == 1 ? Tensor() : y; }

}  // namespace ops_detail
}  // namespace nn
