#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

void CpuBackend::weighted_mean_forward(const Tensor& x, const Tensor& w, Tensor& y) const {
  const float* xs = x.data();
  const float* ws = w.data();
  const double sum = cpu::sum_of(x.numel(), [=](index i) { return ws[i] * xs[i]; });
  y.data()[0] = static_cast<float>(sum / static_cast<double>(x.numel()));
}

void CpuBackend::weighted_mean_backward(const Tensor& w, const Tensor& dy, GradOut dx) const {
  const float* ws = w.data();
  const float g = dy.item() / static_cast<float>(w.numel());
  cpu::store(dx, [=](index i) { return g * ws[i]; });
}

}  // namespace nn
