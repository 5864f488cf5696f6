#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {

void CpuBackend::dropout(const Tensor& x, double rate, const Rng& rng, GradOut y) const {
  const float* xs = x.data();
  const auto threshold = static_cast<std::uint32_t>(rate * 4294967296.0);  // rate * 2^32
  const auto keep = static_cast<float>(1.0 / (1.0 - rate));
  cpu::store(y, [&, threshold, keep](index i) {
    return rng.bits_at(static_cast<std::uint64_t>(i)) >= threshold ? xs[i] * keep : 0.0F;
  });
}

}  // namespace nn
