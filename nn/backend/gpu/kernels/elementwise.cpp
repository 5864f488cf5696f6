// Ops that compute each value from the values at the same place: add, scale, multiply, relu,
// leaky_relu, tanh, dropout. Thread i computes value i; threads that follow each other read and
// write values that follow each other. Formulas: nn/backend/ref/elementwise.h.
//
// nvcc is told not to fuse a multiplication with an addition, and so is the compiler of the CPU: a
// sum of a product has two roundings on both.
#include "nn/backend/gpu/kernel.h"
#include "nn/backend/gpu/kernels/bend.h"
#include "nn/core/elementary.h"

namespace nn::gpu {

GPU_KERNEL(256, add_forward, int count, const float* a, const float* b, Store y) {
  const int i = global_index();
  if (i < count) y.put(i, a[i] + b[i]);
}

GPU_KERNEL(256, multiply, int count, const float* a, const float* b, Store y) {
  const int i = global_index();
  if (i < count) y.put(i, a[i] * b[i]);
}

GPU_KERNEL(256, scale, int count, const float* x, float factor, Store y) {
  const int i = global_index();
  if (i < count) y.put(i, factor * x[i]);
}

/// relu and leaky_relu: forward, where `sign` and `value` are x, and back, where `value` is dy.
GPU_KERNEL(256, bend_values, int count, const float* sign, const float* value, Bend bend, Store y) {
  const int i = global_index();
  if (i < count) y.put(i, bend(sign[i], value[i]));
}

GPU_KERNEL(256, tanh_forward, int count, const float* x, Store y) {
  const int i = global_index();
  if (i < count) y.put(i, elementary::tanh(x[i]));
}

GPU_KERNEL(256, tanh_backward, int count, const float* y, const float* dy, Store dx) {
  const int i = global_index();
  if (i < count) dx.put(i, dy[i] * (1.0f - y[i] * y[i]));
}

/// The mask is never stored: random number i of the stream says whether value i is kept.
GPU_KERNEL(256, dropout, int count, const float* x, elementary::Philox stream,
           std::uint32_t threshold, float keep, std::uint64_t skip, Store y) {
  const int i = global_index();
  if (i >= count) return;
  const bool kept = stream.bits_at(skip + static_cast<std::uint64_t>(i)) >= threshold;
  y.put(i, kept ? x[i] * keep : 0.0f);
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
#include "nn/backend/gpu/gpu_backend.h"

namespace nn::gpu {

void GpuBackend::run(const AddForward& k) const {
  Call c = call();
  c.each(add_forward, k.y, c.in(k.a), c.in(k.b));
}

void GpuBackend::run(const Multiply& k) const {
  Call c = call();
  c.each(multiply, k.y, c.in(k.a), c.in(k.b));
}

void GpuBackend::run(const Scale& k) const {
  Call c = call();
  c.each(scale, k.y, c.in(k.x), static_cast<float>(k.factor));
}

void GpuBackend::run(const ReluForward& k) const {
  Call c = call();
  c.each(bend_values, k.y, c.in(k.x), c.in(k.x), Bend{0, true});
}

void GpuBackend::run(const ReluBackward& k) const {
  Call c = call();
  c.each(bend_values, k.dx, c.in(k.x), c.in(k.dy), Bend{0, true});
}

void GpuBackend::run(const LeakyReluForward& k) const {
  Call c = call();
  c.each(bend_values, k.y, c.in(k.x), c.in(k.x), Bend{static_cast<float>(k.slope), false});
}

void GpuBackend::run(const LeakyReluBackward& k) const {
  Call c = call();
  c.each(bend_values, k.dx, c.in(k.x), c.in(k.dy), Bend{static_cast<float>(k.slope), false});
}

void GpuBackend::run(const TanhForward& k) const {
  Call c = call();
  c.each(tanh_forward, k.y, c.in(k.x));
}

void GpuBackend::run(const TanhBackward& k) const {
  Call c = call();
  c.each(tanh_backward, k.dx, c.in(k.y), c.in(k.dy));
}

void GpuBackend::run(const Dropout& k) const {
  Call c = call();
  const auto threshold = static_cast<std::uint32_t>(k.rate * 4294967296.0);  // rate * 2^32
  const auto keep = static_cast<float>(1.0 / (1.0 - k.rate));
  c.each(dropout, k.y, c.in(k.x), k.rng.stream(), threshold, keep,
         static_cast<std::uint64_t>(k.skip));
}

}  // namespace nn::gpu
#endif
