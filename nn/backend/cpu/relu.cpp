#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

// Asked this way round, so that a NaN, for which every comparison is false, passes.

void CpuBackend::relu_forward(const Tensor& x, Tensor& y) const {
  const float* xs = x.data();
  cpu::store(y, [=](index i) { return xs[i] <= 0 ? 0.0F : xs[i]; });
}

void CpuBackend::relu_backward(const Tensor& x, const Tensor& dy, GradOut dx) const {
  const float* xs = x.data();
  const float* dys = dy.data();
  cpu::store(dx, [=](index i) { return xs[i] <= 0 ? 0.0F : dys[i]; });
}

}  // namespace nn
