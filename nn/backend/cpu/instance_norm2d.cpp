#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/norm.h"

namespace nn {

void CpuBackend::instance_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                         double eps, const Epilogue& then, Tensor& y, Tensor& mean,
                                         Tensor& inv_std) const {
  cpu::norm_forward(x.shape().n, x, gamma, beta, eps, then, y, mean, inv_std);
}

void CpuBackend::instance_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                          const Tensor& inv_std, const Tensor& y, double slope,
                                          const Tensor& dy, const NormGrads& d) const {
  cpu::norm_backward(x.shape().n, x, gamma, mean, inv_std, y, slope, dy, d);
}

}  // namespace nn
