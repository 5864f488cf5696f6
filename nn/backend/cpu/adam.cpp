#include <cmath>

#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

void CpuBackend::run(const AdamStep& step) const {
  const AdamConstants& k = step.constants;
  const auto b1 = static_cast<float>(k.beta1);
  const auto b2 = static_cast<float>(k.beta2);
  const auto a1 = static_cast<float>(1 - k.beta1);
  const auto a2 = static_cast<float>(1 - k.beta2);
  const auto rate = static_cast<float>(k.rate / k.correction1);
  const auto root = static_cast<float>(1 / std::sqrt(k.correction2));
  const auto eps = static_cast<float>(k.epsilon);
  float* ps = step.p.tensor->data();
  float* ms = step.m.tensor->data();
  float* vs = step.v.tensor->data();
  const float* gs = step.g.data();
  // One pass: the moments and the parameter of a value are read and written while in registers.
  parallel_chunks(step.g.numel(), cpu::kChunk, [=](index begin, index end) {
    for (index i = begin; i < end; ++i) {
      ms[i] = b1 * ms[i] + a1 * gs[i];
      vs[i] = b2 * vs[i] + a2 * (gs[i] * gs[i]);
      ps[i] -= rate * ms[i] / (std::sqrt(vs[i]) * root + eps);
    }
  });
}

}  // namespace nn
