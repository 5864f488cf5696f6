// Ops that compute each value from the values at the same place: add, scale, multiply, relu,
// leaky_relu, tanh, dropout.
#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"
#include "nn/core/math.h"

namespace nn {

void CpuBackend::run(const AddForward& k) const {
  const float* as = k.a.data();
  const float* bs = k.b.data();
  cpu::store(k.y, [=](index i) { return as[i] + bs[i]; });
}

void CpuBackend::run(const Scale& k) const {
  const float* xs = k.x.data();
  const auto f = static_cast<float>(k.factor);
  cpu::store(k.y, [=](index i) { return f * xs[i]; });
}

void CpuBackend::run(const Multiply& k) const {
  const float* as = k.a.data();
  const float* bs = k.b.data();
  cpu::store(k.y, [=](index i) { return as[i] * bs[i]; });
}

// relu and leaky_relu compare with <=, which is false for NaN: so a NaN passes as it is.

void CpuBackend::run(const ReluForward& k) const {
  const float* xs = k.x.data();
  cpu::store(k.y, [=](index i) { return xs[i] <= 0 ? 0.0F : xs[i]; });
}

void CpuBackend::run(const ReluBackward& k) const {
  const float* xs = k.x.data();
  const float* dys = k.dy.data();
  cpu::store(k.dx, [=](index i) { return xs[i] <= 0 ? 0.0F : dys[i]; });
}

void CpuBackend::run(const LeakyReluForward& k) const {
  const float* xs = k.x.data();
  const auto s = static_cast<float>(k.slope);
  cpu::store(k.y, [=](index i) { return xs[i] <= 0 ? s * xs[i] : xs[i]; });
}

void CpuBackend::run(const LeakyReluBackward& k) const {
  const float* xs = k.x.data();
  const float* dys = k.dy.data();
  const auto s = static_cast<float>(k.slope);
  cpu::store(k.dx, [=](index i) { return xs[i] <= 0 ? s * dys[i] : dys[i]; });
}

void CpuBackend::run(const TanhForward& k) const {
  const float* xs = k.x.data();
  cpu::store(k.y, [=](index i) { return math::tanh(xs[i]); });
}

void CpuBackend::run(const TanhBackward& k) const {
  const float* ys = k.y.data();
  const float* dys = k.dy.data();
  cpu::store(k.dx, [=](index i) { return dys[i] * (1.0F - ys[i] * ys[i]); });
}

void CpuBackend::run(const Dropout& k) const {
  const float* xs = k.x.data();
  const auto threshold = static_cast<std::uint32_t>(k.rate * 4294967296.0);  // rate * 2^32
  const auto keep = static_cast<float>(1.0 / (1.0 - k.rate));
  cpu::store(k.y, [&, threshold, keep, skip = k.skip](index i) {
    return k.rng.bits_at(static_cast<std::uint64_t>(skip + i)) >= threshold ? xs[i] * keep : 0.0F;
  });
}

}  // namespace nn
