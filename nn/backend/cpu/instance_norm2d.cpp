#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/norm.h"

namespace nn {

void CpuBackend::instance_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                         double eps, Tensor& y, Tensor& mean,
                                         Tensor& inv_std) const {
  cpu::norm_forward(x.shape().n, x, gamma, beta, eps, y, mean, inv_std);
}

void CpuBackend::instance_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                          const Tensor& inv_std, const Tensor& dy, GradOut dx,
                                          GradOut dgamma, GradOut dbeta) const {
  cpu::norm_backward(x.shape().n, x, gamma, mean, inv_std, dy, dx, dgamma, dbeta);
}

}  // namespace nn
