// Losses: means over all values forward, a scaled term for each value backward. Formulas:
// nn/backend/ref/losses.h.
//
// Forward, in the order of the `cpu` backend (nn/backend/cpu/loops.h):
//   1. An image is cut into parts of 4096 values. In a part 16 lanes add every 16th term in float;
//      terms that are left over and then the lanes are added in double.
//   2. The parts of an image are added in double, in order.
//   3. The images' sums are added in the order of the tree (nn/core/image_tree.h).
// Kernel `loss_parts` does 1: block (part), thread l is lane l. Kernel `loss_mean` does 2 and 3, by
// one thread: there are few parts. A batch that is spread over ranks takes three steps: `loss_sum`
// forms the sum of this rank, the host adds up the sums of all ranks, `loss_mean` divides the
// total.
#include "nn/backend/gpu/kernel.h"
#include "nn/backend/gpu/kernels/tree.h"
#include "nn/core/elementary.h"

namespace nn::gpu {

enum class Loss { weighted, absolute, squared, cross_entropy, least_squares };

/// Value i's summand. `b` is the weight or the other image; `label` is that of a loss with labels.
GPU_DEVICE float loss_term(Loss loss, float a, float b, float label) {
  switch (loss) {
    case Loss::weighted:
      return b * a;
    case Loss::absolute:
      return fabsf(a - b);
    case Loss::squared:
      return (a - b) * (a - b);
    case Loss::cross_entropy: {
      const float magnitude = a > 0 ? a : -a;
      const float tail = elementary::log1p(elementary::exp(-magnitude));
      return (a > 0 ? a : 0.0f) - a * label + tail;
    }
    default:
      return (a - label) * (a - label);
  }
}

constexpr int kLossLanes = 16;
constexpr int kLossPart = 4096;

struct LossSizes {
  int images, image_size, parts;  ///< parts: of an image
};

GPU_KERNEL(kLossLanes, loss_parts, Loss loss, LossSizes s, const float* a, const float* b,
           float label, double* sums) {
  GPU_SHARED float lanes[kLossLanes];
  const int lane = thread_index();
  const int image = block_x() / s.parts;
  const int begin = block_x() % s.parts * kLossPart;
  const int count = least(kLossPart, s.image_size - begin);
  const int first = image * s.image_size + begin;
  const int whole = count / kLossLanes * kLossLanes;
  const auto term = [&](int i) { return loss_term(loss, a[i], b == nullptr ? 0.0f : b[i], label); };
  float sum = 0;
  for (int i = first + lane; i < first + whole; i += kLossLanes) sum = sum + term(i);
  lanes[lane] = sum;
  GPU_BARRIER();
  if (lane > 0) return;
  double part = 0;
  for (int i = first + whole; i < first + count; ++i) part += static_cast<double>(term(i));
  for (int l = 0; l < kLossLanes; ++l) part += static_cast<double>(lanes[l]);
  sums[block_x()] = part;
}

GPU_DEVICE double images_sum(const LossSizes& s, const double* sums) {
  return tree_sum<double>(0, s.images, [&](int image) {
    double of_image = 0;
    for (int part = 0; part < s.parts; ++part) of_image += sums[image * s.parts + part];
    return of_image;
  });
}

GPU_KERNEL(1, loss_sum, LossSizes s, const double* sums, double* sum) {
  *sum = images_sum(s, sums);
}

/// `joined` is null in one process.
GPU_KERNEL(1, loss_mean, LossSizes s, const double* sums, const double* joined, double count,
           Store loss) {
  loss.put(0, static_cast<float>((joined != nullptr ? *joined : images_sum(s, sums)) / count));
}

/// Value i's gradient, with g = factor * dloss / count.
GPU_KERNEL(256, loss_backward, int count, Loss loss, const float* a, const float* b, float label,
           const float* dloss, float factor, float all, Store da) {
  const int i = global_index();
  if (i >= count) return;
  const float g = factor * dloss[0] / all;
  if (loss == Loss::weighted) {
    da.put(i, g * b[i]);
  } else if (loss == Loss::absolute) {
    const float d = a[i] - b[i];
    da.put(i, d > 0 ? g : d < 0 ? -g : 0.0f);
  } else if (loss == Loss::squared) {
    da.put(i, g * (a[i] - b[i]));
  } else if (loss == Loss::cross_entropy) {
    const float v = a[i];
    const float e = elementary::exp(v > 0 ? -v : v);
    const float sigmoid = (v > 0 ? 1.0f : e) / (1.0f + e);
    da.put(i, g * (sigmoid - label));
  } else {
    da.put(i, g * (a[i] - label));
  }
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
#include "nn/backend/gpu/gpu_backend.h"
#include "nn/ranks/shared_batch.h"

namespace nn::gpu {
namespace {

void mean(Call c, Loss loss, const Tensor& a, const Tensor* b, double label, SharedBatch* batch,
          Destination out) {
  const Shape& shape = a.shape();
  LossSizes s{count_of(shape.n), count_of(shape.numel() / shape.n), 0};
  s.parts = ceil_div(s.image_size, kLossPart);
  auto* sums = c.workspace<double>(s.images * s.parts);
  c.launch(loss_parts, {s.images * s.parts}, loss, s, c.in(a), c.in(b), static_cast<float>(label),
           sums);
  double* joined = nullptr;
  if (batch != nullptr) {
    joined = c.workspace<double>(1);
    c.launch(loss_sum, {}, s, sums, joined);
    c.join(*batch, joined, 1);
  }
  c.launch(loss_mean, {}, s, sums, joined, static_cast<double>(values_of(batch, shape)),
           c.out(out));
  c.finish();
}

void gradient(Call c, Loss loss, const Tensor* a, const Tensor* b, double label,
              const Tensor& dloss, float factor, const SharedBatch* batch, Destination out) {
  c.each(loss_backward, out, loss, c.in(a), c.in(b), static_cast<float>(label), c.in(dloss), factor,
         static_cast<float>(values_of(batch, out.tensor->shape())));
}

}  // namespace

void GpuBackend::run(const WeightedMeanForward& k) const {
  mean(call(), Loss::weighted, k.x, &k.w, 0, k.batch, k.y);
}
void GpuBackend::run(const WeightedMeanBackward& k) const {
  gradient(call(), Loss::weighted, nullptr, &k.w, 0, k.dy, 1, k.batch, k.dx);
}
void GpuBackend::run(const L1LossForward& k) const {
  mean(call(), Loss::absolute, k.a, &k.b, 0, k.batch, k.loss);
}
void GpuBackend::run(const L1LossBackward& k) const {
  gradient(call(), Loss::absolute, &k.a, &k.b, 0, k.dloss, 1, k.batch, k.da);
}
void GpuBackend::run(const MseLossForward& k) const {
  mean(call(), Loss::squared, k.a, &k.b, 0, k.batch, k.loss);
}
void GpuBackend::run(const MseLossBackward& k) const {
  gradient(call(), Loss::squared, &k.a, &k.b, 0, k.dloss, 2, k.batch, k.da);
}
void GpuBackend::run(const BceWithLogitsForward& k) const {
  mean(call(), Loss::cross_entropy, k.x, nullptr, k.label, k.batch, k.loss);
}
void GpuBackend::run(const BceWithLogitsBackward& k) const {
  gradient(call(), Loss::cross_entropy, &k.x, nullptr, k.label, k.dloss, 1, k.batch, k.dx);
}
void GpuBackend::run(const LeastSquaresLossForward& k) const {
  mean(call(), Loss::least_squares, k.x, nullptr, k.label, k.batch, k.loss);
}
void GpuBackend::run(const LeastSquaresLossBackward& k) const {
  gradient(call(), Loss::least_squares, &k.x, nullptr, k.label, k.dloss, 2, k.batch, k.dx);
}

}  // namespace nn::gpu
#endif
