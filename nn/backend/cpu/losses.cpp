// Losses: means over all values forward, a scaled term for each value backward.
#include <cmath>

#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"
#include "nn/core/math.h"
#include "nn/ranks/shared_batch.h"

namespace nn {
namespace {

/// mean of term(i) over the values of a batch, into a scalar. `s`: its shape, or of its part here
template <class F>
void store_mean(Destination loss, const Shape& s, SharedBatch* batch, const F& term) {
  double sum = cpu::sum_of(s, term);
  if (batch != nullptr) batch->join({&sum, 1});
  loss.tensor->data()[0] = static_cast<float>(sum / static_cast<double>(values_of(batch, s)));
}

/// The loss's cotangent over the number of values.
float per_value(const Tensor& dloss, const Shape& s, const SharedBatch* batch) {
  return dloss.item() / static_cast<float>(values_of(batch, s));
}

}  // namespace

void CpuBackend::run(const WeightedMeanForward& k) const {
  const float* xs = k.x.data();
  const float* ws = k.w.data();
  store_mean(k.y, k.x.shape(), k.batch, [=](index i) { return ws[i] * xs[i]; });
}

void CpuBackend::run(const WeightedMeanBackward& k) const {
  const float* ws = k.w.data();
  const float g = per_value(k.dy, k.w.shape(), k.batch);
  cpu::store(k.dx, [=](index i) { return g * ws[i]; });
}

void CpuBackend::run(const L1LossForward& k) const {
  const float* as = k.a.data();
  const float* bs = k.b.data();
  store_mean(k.loss, k.a.shape(), k.batch, [=](index i) { return std::fabs(as[i] - bs[i]); });
}

void CpuBackend::run(const L1LossBackward& k) const {
  const float* as = k.a.data();
  const float* bs = k.b.data();
  const float g = per_value(k.dloss, k.a.shape(), k.batch);
  cpu::store(k.da, [=](index i) {
    const float d = as[i] - bs[i];
    return d > 0 ? g : d < 0 ? -g : 0.0F;
  });
}

void CpuBackend::run(const MseLossForward& k) const {
  const float* as = k.a.data();
  const float* bs = k.b.data();
  store_mean(k.loss, k.a.shape(), k.batch,
             [=](index i) { return (as[i] - bs[i]) * (as[i] - bs[i]); });
}

void CpuBackend::run(const MseLossBackward& k) const {
  const float* as = k.a.data();
  const float* bs = k.b.data();
  const float g = 2 * k.dloss.item() / static_cast<float>(values_of(k.batch, k.a.shape()));
  cpu::store(k.da, [=](index i) { return g * (as[i] - bs[i]); });
}

void CpuBackend::run(const BceWithLogitsForward& k) const {
  const float* xs = k.x.data();
  const auto t = static_cast<float>(k.label);
  store_mean(k.loss, k.x.shape(), k.batch, [=](index i) {
    const float v = xs[i];
    const float magnitude = v > 0 ? v : -v;
    return (v > 0 ? v : 0.0F) - v * t + math::log1p(math::exp(-magnitude));
  });
}

void CpuBackend::run(const BceWithLogitsBackward& k) const {
  const float* xs = k.x.data();
  const auto t = static_cast<float>(k.label);
  const float g = per_value(k.dloss, k.x.shape(), k.batch);
  cpu::store(k.dx, [=](index i) {
    const float v = xs[i];
    const float e = math::exp(v > 0 ? -v : v);
    const float sigmoid = (v > 0 ? 1.0F : e) / (1.0F + e);
    return g * (sigmoid - t);
  });
}

void CpuBackend::run(const LeastSquaresLossForward& k) const {
  const float* xs = k.x.data();
  const auto t = static_cast<float>(k.label);
  store_mean(k.loss, k.x.shape(), k.batch, [=](index i) { return (xs[i] - t) * (xs[i] - t); });
}

void CpuBackend::run(const LeastSquaresLossBackward& k) const {
  const float* xs = k.x.data();
  const auto t = static_cast<float>(k.label);
  const float g = 2 * k.dloss.item() / static_cast<float>(values_of(k.batch, k.x.shape()));
  cpu::store(k.dx, [=](index i) { return g * (xs[i] - t); });
}

}  // namespace nn
