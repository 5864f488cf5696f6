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
  void forward(const Tensor& x, const Tensor* bias, Tensor& y) const override {
    const auto run = transposed ? cpu::correlate_adjoint : cpu::correlate;
    run(spec, x, weights_, bias, {&y});
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

void CpuBackend::conv2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w,
                                const Tensor* bias, Tensor& y) const {
  cpu::correlate(spec, x, w, bias, {&y});
}

void CpuBackend::conv2d_backward_data(const Conv2dSpec& spec, const Tensor& dy, const Tensor& w,
                                      GradOut dx) const {
  cpu::correlate_adjoint(spec, dy, w, nullptr, dx);
}

void CpuBackend::conv2d_backward_weight(const Conv2dSpec& spec, const Tensor& x, const Tensor& dy,
                                        GradOut dw) const {
  cpu::correlate_weights(spec, x, dy, dw);
}

void CpuBackend::bias_backward(const Tensor& dy, GradOut db) const {
  const index channels = dy.shape().c;
  const index pixels = dy.shape().pixels();
  constexpr index kPart = 512;
  const index parts = (pixels + kPart - 1) / kPart;
  Tensor partial = Tensor::zeros({1, 1, parts, channels});
  parallel_chunks(pixels, kPart, [&](index begin, index end) {
    float* sum = partial.data() + begin / kPart * channels;
    for (index p = begin; p < end; ++p) {
      const float* row = dy.data() + p * channels;
      for (index c = 0; c < channels; ++c) sum[c] += row[c];
    }
  });
  cpu::store(db, [&](index c) {
    double sum = 0;
    for (index part = 0; part < parts; ++part) {
      sum += static_cast<double>(partial.data()[part * channels + c]);
    }
    return static_cast<float>(sum);
  });
}

}  // namespace nn
