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

void correlate(const Conv2dSpec& spec, const Tensor& image, const Tensor& w, const Tensor* bias,
               GradOut map) {
  if (winograd_runs(spec, image.shape(), w.shape().c)) {
    return winograd::correlate(spec, image, w, bias, map);
  }
  (eigen_asked_for() ? eigen::correlate : chain::correlate)(spec, image, w, bias, map);
}

void correlate_adjoint(const Conv2dSpec& spec, const Tensor& map, const Tensor& w,
                       const Tensor* bias, GradOut image) {
  if (winograd_runs(spec, image.tensor->shape(), w.shape().c)) {
    return winograd::correlate_adjoint(spec, map, w, bias, image);
  }
  (eigen_asked_for() ? eigen::correlate_adjoint : chain::correlate_adjoint)(spec, map, w, bias,
                                                                            image);
}

void correlate_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map, GradOut dw) {
  if (winograd_runs(spec, image.shape(), map.shape().c)) {
    return winograd::correlate_weights(spec, image, map, dw);
  }
  (eigen_asked_for() ? eigen::correlate_weights : chain::correlate_weights)(spec, image, map, dw);
}

}  // namespace nn::cpu
