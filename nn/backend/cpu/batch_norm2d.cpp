#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/norm.h"

namespace nn {

void CpuBackend::batch_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                      double eps, Tensor& y, Tensor& mean, Tensor& inv_std) const {
  cpu::norm_forward(1, x, gamma, beta, eps, y, mean, inv_std);
}

void CpuBackend::batch_norm2d_inference(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                        const Tensor& mean, const Tensor& inv_std,
                                        Tensor& y) const {
  cpu::norm_apply(1, x, gamma, beta, mean, inv_std, y);
}

void CpuBackend::batch_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                       const Tensor& inv_std, const Tensor& dy, GradOut dx,
                                       GradOut dgamma, GradOut dbeta) const {
  cpu::norm_backward(1, x, gamma, mean, inv_std, dy, dx, dgamma, dbeta);
}

}  // namespace nn
