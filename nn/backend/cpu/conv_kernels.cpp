#include "nn/backend/cpu/conv_kernels.h"

namespace nn::cpu {
namespace {

ConvSizes sizes_of(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Shape& image,
                   const Shape& map, const Weights& w) {
  return {spec, algorithm, image, map, w.fixed != nullptr, w.fixed ? w.fixed->cols() : 0};
}

}  // namespace

void correlate(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& image,
               const Weights& w, const Tensor* bias, Destination map) {
  const ConvSizes sizes = sizes_of(spec, algorithm, image.shape(), map.tensor->shape(), w);
  switch (const ConvPath path = plan_correlate(sizes).path) {
    case ConvPath::winograd:
      return winograd::correlate(spec, image, w, bias, map);
    case ConvPath::eigen:
      return eigen::correlate(spec, image, w, bias, map);
    default:
      return chain::correlate(path, spec, image, w, bias, map);
  }
}

void correlate_adjoint(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& map,
                       const Weights& w, const Tensor* bias, Destination image) {
  const ConvSizes sizes = sizes_of(spec, algorithm, image.tensor->shape(), map.shape(), w);
  switch (const ConvPath path = plan_adjoint(sizes).path) {
    case ConvPath::winograd:
      return winograd::correlate_adjoint(spec, map, w, bias, image);
    case ConvPath::eigen:
      return eigen::correlate_adjoint(spec, map, w, bias, image);
    default:
      return chain::correlate_adjoint(path, spec, map, w, bias, image);
  }
}

void correlate_weights(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& image,
                       const Tensor& map, Destination dw) {
  switch (const ConvPath path = plan_weights({spec, algorithm, image.shape(), map.shape()}).path) {
    case ConvPath::winograd:
      return winograd::correlate_weights(spec, image, map, dw);
    case ConvPath::eigen:
      return eigen::correlate_weights(spec, image, map, dw);
    default:
      return chain::correlate_weights(path, spec, image, map, dw);
  }
}

}  // namespace nn::cpu
