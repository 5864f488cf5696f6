#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

// Asked this way round, so that a NaN, for which every comparison is false, passes as it is.

void CpuBackend::leaky_relu_forward(const Tensor& x, double slope, Tensor& y) const {
  const float* xs = x.data();
  const auto s = static_cast<float>(slope);
  cpu::store(y, [=](index i) { return xs[i] <= 0 ? s * xs[i] : xs[i]; });
}

void CpuBackend::leaky_relu_backward(const Tensor& x, double slope, const Tensor& dy,
                                     GradOut dx) const {
  const float* xs = x.data();
  const float* dys = dy.data();
  const auto s = static_cast<float>(slope);
  cpu::store(dx, [=](index i) { return xs[i] <= 0 ? s * dys[i] : dys[i]; });
}

}  // namespace nn
