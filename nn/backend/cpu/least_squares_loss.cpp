#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

void CpuBackend::least_squares_loss_forward(const Tensor& x, double label, Tensor& loss) const {
  const float* xs = x.data();
  const auto t = static_cast<float>(label);
  const double sum = cpu::sum_of(x.numel(), [=](index i) { return (xs[i] - t) * (xs[i] - t); });
  loss.data()[0] = static_cast<float>(sum / static_cast<double>(x.numel()));
}

void CpuBackend::least_squares_loss_backward(const Tensor& x, double label, const Tensor& dloss,
                                             GradOut dx) const {
  const float* xs = x.data();
  const auto t = static_cast<float>(label);
  const float g = 2 * dloss.item() / static_cast<float>(x.numel());
  cpu::store(dx, [=](index i) { return g * (xs[i] - t); });
}

}  // namespace nn
