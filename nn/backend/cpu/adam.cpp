#include <cmath>

#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

void CpuBackend::adam_step(const AdamConstants& k, Tensor& p, const Tensor& g, Tensor& m,
                           Tensor& v) const {
  const auto b1 = static_cast<float>(k.beta1);
  const auto b2 = static_cast<float>(k.beta2);
  const auto a1 = static_cast<float>(1 - k.beta1);
  const auto a2 = static_cast<float>(1 - k.beta2);
  const auto rate = static_cast<float>(k.rate / k.correction1);
  const auto root = static_cast<float>(1 / std::sqrt(k.correction2));
  const auto eps = static_cast<float>(k.epsilon);
  float* ps = p.data();
  float* ms = m.data();
  float* vs = v.data();
  const float* gs = g.data();
  // One pass: the moments and the parameter of a value are read and written while in registers.
  parallel_chunks(p.numel(), cpu::kChunk, [=](index begin, index end) {
    for (index i = begin; i < end; ++i) {
      ms[i] = b1 * ms[i] + a1 * gs[i];
      vs[i] = b2 * vs[i] + a2 * (gs[i] * gs[i]);
      ps[i] -= rate * ms[i] / (std::sqrt(vs[i]) * root + eps);
    }
  });
}

}  // namespace nn
