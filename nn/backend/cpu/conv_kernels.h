// The three convolution kernels that serve conv2d and, as its adjoint, conv_transpose2d.
//
// Names are those of the convolution: `image` has Cin channels and H x W pixels, `map` is its
// output with Cout channels and Ho x Wo pixels, weights are (kh, kw, Cin, Cout). im2col never
// exists as a whole: each task gathers a strip of windows and multiplies it while it is in cache.
//
// conv_plan.h decides which path runs. `chain` (conv_chain.cpp, conv_dense.cpp) is the default: our
// own micro-kernels, with the same bits on every instruction set. `winograd` (conv_winograd.cpp)
// runs on the same micro-kernels with fewer multiplications. `eigen` (conv_eigen.cpp) is easier to
// read.
#pragma once

#include "nn/backend/backend.h"
#include "nn/backend/cpu/conv_plan.h"
#include "nn/backend/cpu/conv_weights.h"

namespace nn::cpu {

/// map = image * w (+ bias): rows of the strip are windows, K = kh kw Cin.
void correlate(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& image,
               const Weights& w, const Tensor* bias, Destination map);

/// image = adjoint of correlate applied to map (+ bias). With stride s this splits into s^2 phases,
/// the pixels with equal (h + top) mod s and (v + left) mod s: each phase is a dense stride-1
/// convolution of its own, so that there is a gather and never a scatter.
void correlate_adjoint(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& map,
                       const Weights& w, const Tensor* bias, Destination image);

/// dw[a,b,c,o] = sum over map pixels of image window times map value.
void correlate_weights(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& image,
                       const Tensor& map, Destination dw);

namespace winograd {
void correlate(const Conv2dSpec& spec, const Tensor& image, const Weights& w, const Tensor* bias,
               Destination map);
void correlate_adjoint(const Conv2dSpec& spec, const Tensor& map, const Weights& w,
                       const Tensor* bias, Destination image);
void correlate_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                       Destination dw);
}  // namespace winograd

namespace eigen {
void correlate(const Conv2dSpec& spec, const Tensor& image, const Weights& w, const Tensor* bias,
               Destination map);
void correlate_adjoint(const Conv2dSpec& spec, const Tensor& map, const Weights& w,
                       const Tensor* bias, Destination image);
void correlate_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                       Destination dw);
}  // namespace eigen

namespace chain {
/// By one of the paths of a plan but `winograd` and `eigen`.
void correlate(ConvPath path, const Conv2dSpec& spec, const Tensor& image, const Weights& w,
               const Tensor* bias, Destination map);
void correlate_adjoint(ConvPath path, const Conv2dSpec& spec, const Tensor& map, const Weights& w,
                       const Tensor* bias, Destination image);
void correlate_weights(ConvPath path, const Conv2dSpec& spec, const Tensor& image,
                       const Tensor& map, Destination dw);
}  // namespace chain

}  // namespace nn::cpu
