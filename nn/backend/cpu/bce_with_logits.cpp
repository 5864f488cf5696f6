#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"
#include "nn/core/math.h"

namespace nn {

void CpuBackend::bce_with_logits_forward(const Tensor& x, double label, Tensor& loss) const {
  const float* xs = x.data();
  const auto t = static_cast<float>(label);
  const double sum = cpu::sum_of(x.numel(), [=](index i) {
    const float v = xs[i];
    const float magnitude = v > 0 ? v : -v;
    return (v > 0 ? v : 0.0F) - v * t + math::log1p(math::exp(-magnitude));
  });
  loss.data()[0] = static_cast<float>(sum / static_cast<double>(x.numel()));
}

void CpuBackend::bce_with_logits_backward(const Tensor& x, double label, const Tensor& dloss,
                                          GradOut dx) const {
  const float* xs = x.data();
  const auto t = static_cast<float>(label);
  const float g = dloss.item() / static_cast<float>(x.numel());
  cpu::store(dx, [=](index i) {
    const float v = xs[i];
    const float e = math::exp(v > 0 ? -v : v);
    const float sigmoid = (v > 0 ? 1.0F : e) / (1.0F + e);
    return g * (sigmoid - t);
  });
}

}  // namespace nn
