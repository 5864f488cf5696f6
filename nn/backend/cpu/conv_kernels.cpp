#include "nn/backend/cpu/conv_kernels.h"

#include <cstdlib>
#include <string>

#include "nn/backend/winograd.h"
#include "nn/core/error.h"

namespace nn::cpu {

bool eigen_asked_for() {
  static const bool asked = [] {
    const char* text = std::getenv("CT2CT_GEMM");
    const std::string value = text == nullptr ? "" : text;
    require(value.empty() || value == "eigen" || value == "chain", "CT2CT_GEMM", "'" + value + "'",
            "eigen or chain", "unset it");
    return value == "eigen";
  }();
  return asked;
}

namespace {

const ConvKernels& kernels_for(const Conv2dSpec& spec, const Shape& image, index cout) {
  if (winograd_runs(spec, image, cout)) return kWinograd;
  return eigen_asked_for() ? kEigen : kChain;
}

}  // namespace

void correlate(const Conv2dSpec& spec, const Tensor& image, const Weights& w, const Tensor* bias,
               Destination map) {
  kernels_for(spec, image.shape(), w.shape.c).correlate(spec, image, w, bias, map);
}

void correlate_adjoint(const Conv2dSpec& spec, const Tensor& map, const Weights& w,
                       const Tensor* bias, Destination image) {
  kernels_for(spec, image.tensor->shape(), w.shape.c).adjoint(spec, map, w, bias, image);
}

void correlate_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                       Destination dw) {
  kernels_for(spec, image.shape(), map.shape().c).weights(spec, image, map, dw);
}

}  // namespace nn::cpu
