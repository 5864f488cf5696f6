// The transposed convolution is the adjoint of a convolution: forward is that one's backward-data,
// backward-data is its forward, and the weight gradient is the same sum with image and map swapped.
#include "nn/backend/cpu/conv_kernels.h"
#include "nn/backend/cpu/cpu_backend.h"

namespace nn {

void CpuBackend::conv_transpose2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w,
                                          const Tensor* bias, Tensor& y) const {
  cpu::correlate_adjoint(spec, x, w, bias, {&y});
}

void CpuBackend::conv_transpose2d_backward_data(const Conv2dSpec& spec, const Tensor& dy,
                                                const Tensor& w, GradOut dx) const {
  cpu::correlate(spec, dy, w, nullptr, dx);
}

void CpuBackend::conv_transpose2d_backward_weight(const Conv2dSpec& spec, const Tensor& x,
                                                  const Tensor& dy, GradOut dw) const {
  cpu::correlate_weights(spec, dy, x, dw);
}

}  // namespace nn
