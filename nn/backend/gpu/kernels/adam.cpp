// One Adam step over whole arenas: nn/backend/ref/adam.h has the formula. Thread i changes
// parameter i and its moments.
#include "nn/backend/gpu/kernel.h"

namespace nn::gpu {

struct AdamNumbers {
  float beta1, beta2, rest1, rest2;  ///< rest: 1 - beta
  float rate, root, epsilon;         ///< rate / c1 and 1 / sqrt(c2), c = 1 - beta^t
};

GPU_KERNEL(256, adam_step, int count, AdamNumbers k, const float* g, float* m, float* v, float* p) {
  const int i = global_index();
  if (i >= count) return;
  const float first = k.beta1 * m[i] + k.rest1 * g[i];
  const float second = k.beta2 * v[i] + k.rest2 * (g[i] * g[i]);
  m[i] = first;
  v[i] = second;
  p[i] -= k.rate * first / (sqrtf(second) * k.root + k.epsilon);
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
#include "nn/backend/gpu/gpu_backend.h"

namespace nn::gpu {

void GpuBackend::run(const AdamStep& step) const {
  const AdamConstants& k = step.constants;
  const AdamNumbers numbers{static_cast<float>(k.beta1),
                            static_cast<float>(k.beta2),
                            static_cast<float>(1 - k.beta1),
                            static_cast<float>(1 - k.beta2),
                            static_cast<float>(k.rate / k.correction1),
                            static_cast<float>(1 / std::sqrt(k.correction2)),
                            static_cast<float>(k.epsilon)};
  Call c = call();
  c.launch(adam_step, blocks_of(step.g.numel(), adam_step.threads), count_of(step.g.numel()),
           numbers, c.in(step.g), c.out(step.m).to, c.out(step.v).to, c.out(step.p).to);
  c.finish();
}

}  // namespace nn::gpu
#endif
