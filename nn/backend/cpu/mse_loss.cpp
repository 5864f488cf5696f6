#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

void CpuBackend::mse_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const {
  const float* as = a.data();
  const float* bs = b.data();
  const double sum =
      cpu::sum_of(a.numel(), [=](index i) { return (as[i] - bs[i]) * (as[i] - bs[i]); });
  loss.data()[0] = static_cast<float>(sum / static_cast<double>(a.numel()));
}

void CpuBackend::mse_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                                   GradOut da) const {
  const float* as = a.data();
  const float* bs = b.data();
  const float g = 2 * dloss.item() / static_cast<float>(a.numel());
  cpu::store(da, [=](index i) { return g * (as[i] - bs[i]); });
}

}  // namespace nn
