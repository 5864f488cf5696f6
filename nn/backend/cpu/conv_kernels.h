// The three convolution kernels that serve conv2d and, as its adjoint, conv_transpose2d.
//
// Names are those of the convolution: `image` has Cin channels and H x W pixels, `map` is its
// output with Cout channels and Ho x Wo pixels, weights are (kh, kw, Cin, Cout). im2col never
// exists as a whole: each task gathers a strip of windows and multiplies it while it is in cache.
//
// There are three versions: kChain (conv_chain.cpp), the default, with our own micro-kernels and
// the same bits on every instruction set; kWinograd (conv_winograd.cpp), on the same micro-kernels
// with fewer multiplications, where winograd_runs() says so; and kEigen (conv_eigen.cpp), easier to
// read, for CT2CT_GEMM=eigen.
#pragma once

#include "nn/backend/backend.h"
#include "nn/backend/cpu/conv_weights.h"

namespace nn::cpu {

/// map = image * w (+ bias): rows of the strip are windows, K = kh kw Cin.
void correlate(const Conv2dSpec& spec, const Tensor& image, const Weights& w, const Tensor* bias,
               Destination map);

/// image = adjoint of correlate applied to map (+ bias). With stride s this splits into s^2 phases,
/// the pixels with equal (h + top) mod s and (v + left) mod s: each phase is a dense stride-1
/// convolution of its own, so that there is a gather and never a scatter.
void correlate_adjoint(const Conv2dSpec& spec, const Tensor& map, const Weights& w,
                       const Tensor* bias, Destination image);

/// dw[a,b,c,o] = sum over map pixels of image window times map value.
void correlate_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                       Destination dw);

/// A version of all three.
struct ConvKernels {
  decltype(&cpu::correlate) correlate;
  decltype(&correlate_adjoint) adjoint;
  decltype(&correlate_weights) weights;
};
extern const ConvKernels kChain, kWinograd, kEigen;

/// Whether CT2CT_GEMM=eigen asks for the readable version; an input error for another value.
bool eigen_asked_for();

}  // namespace nn::cpu
