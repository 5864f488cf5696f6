#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

void CpuBackend::add_forward(const Tensor& a, const Tensor& b, Tensor& y) const {
  const float* as = a.data();
  const float* bs = b.data();
  cpu::store(y, [=](index i) { return as[i] + bs[i]; });
}

}  // namespace nn
