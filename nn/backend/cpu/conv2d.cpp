#include <algorithm>

#include "nn/backend/as_it_is.h"
#include "nn/backend/cpu/conv_kernels.h"
#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"

namespace nn {
namespace {

class InPanels final : public FixedConvolution {
 public:
  InPanels(const Conv2dSpec& s, bool t, const Tensor& w)
      : FixedConvolution(s, t, w.shape()), weights_(s, w, t) {}
  void forward(ConvAlgorithm algorithm, const Tensor& x, const Tensor* bias,
               Tensor& y) const override {
    const auto run = transposed ? cpu::correlate_adjoint : cpu::correlate;
    run(spec, algorithm, x, weights_, bias, {&y});
  }

 private:
  cpu::FixedWeights weights_;
};

}  // namespace

std::shared_ptr<const FixedConvolution> CpuBackend::fix(const Conv2dSpec& spec, bool transposed,
                                                        const Tensor& w) const {
  if (cpu::eigen_asked_for()) return std::make_shared<AsItIs<CpuBackend>>(spec, transposed, w);
  return std::make_shared<InPanels>(spec, transposed, w);
}

void CpuBackend::run(const Conv2dForward& k) const {
  cpu::correlate(k.spec, k.algorithm, k.x, k.w, k.bias, k.y);
}

void CpuBackend::run(const Conv2dBackwardData& k) const {
  cpu::correlate_adjoint(k.spec, k.algorithm, k.dy, k.w, nullptr, k.dx);
}

void CpuBackend::run(const Conv2dBackwardWeight& k) const {
  cpu::correlate_weights(k.spec, k.algorithm, k.x, k.dy, k.dw);
}

// The transposed convolution is the adjoint of a convolution: its forward pass is that one's
// backward-data, its backward-data that one's forward pass, and the weight gradient is the same sum
// with image and map swapped.

void CpuBackend::run(const ConvTranspose2dForward& k) const {
  cpu::correlate_adjoint(k.spec, k.algorithm, k.x, k.w, k.bias, k.y);
}

void CpuBackend::run(const ConvTranspose2dBackwardData& k) const {
  cpu::correlate(k.spec, k.algorithm, k.dy, k.w, nullptr, k.dx);
}

void CpuBackend::run(const ConvTranspose2dBackwardWeight& k) const {
  cpu::correlate_weights(k.spec, k.algorithm, k.dy, k.x, k.dw);
}

void CpuBackend::run(const BiasBackward& k) const {
  const Tensor& dy = k.dy;
  const index images = dy.shape().n;
  const index channels = dy.shape().c;
  const index pixels = dy.shape().h * dy.shape().w;
  constexpr index kPart = 512;
  const index parts = cpu::ceil_div(pixels, kPart);  // of an image
  Tensor partial = Tensor::zeros({1, images, parts, channels});
  parallel_for(images * parts, [&](index part) {
    float* sum = partial.data() + part * channels;
    const index first = part / parts * pixels;
    const index end = std::min((part % parts + 1) * kPart, pixels);
    for (index p = first + part % parts * kPart; p < first + end; ++p) {
      const float* row = dy.data() + p * channels;
      for (index c = 0; c < channels; ++c) sum[c] += row[c];
    }
  });
  cpu::store(k.db, [&](index c) {
    return sum_images(0, images, [&](index n) {
      double sum = 0;
      for (index part = 0; part < parts; ++part) {
        sum += static_cast<double>(partial.data()[(n * parts + part) * channels + c]);
      }
      return static_cast<float>(sum);
    });
  });
}

}  // namespace nn
