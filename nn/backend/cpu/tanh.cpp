#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"
#include "nn/core/math.h"

namespace nn {

void CpuBackend::tanh_forward(const Tensor& x, Tensor& y) const {
  const float* xs = x.data();
  cpu::store(y, [=](index i) { return math::tanh(xs[i]); });
}

void CpuBackend::tanh_backward(const Tensor& y, const Tensor& dy, GradOut dx) const {
  const float* ys = y.data();
  const float* dys = dy.data();
  cpu::store(dx, [=](index i) { return dys[i] * (1.0F - ys[i] * ys[i]); });
}

}  // namespace nn
