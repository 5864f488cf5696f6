// Which way a convolution is computed on the CPU: one page, one function for each of the three
// kernels. Names are those of the convolution: `image` has Cin channels, `map` is its output with
// Cout channels. For conv_transpose2d the roles are swapped, see cpu/conv2d.cpp.
//
// Every path but `eigen` gives the same bits for the same algorithm: a path only changes how fast
// they come. So the plan may look at the batch, which the algorithm (conv_algorithm()) may not.
//
// The thresholds were measured with `ct2ct bench ops` on AMD EPYC (Zen 4, AVX-512) and Intel Xeon
// (AVX2), 1 and 2 threads (docs/lab/performance.md).
#pragma once

#include <string>

#include "nn/backend/kernels.h"

namespace nn::cpu {

enum class ConvPath {
  winograd,      ///< the algorithm asks for it: conv_winograd.cpp
  eigen,         ///< CT2CT_GEMM=eigen asks for it: conv_eigen.cpp
  few_channels,  ///< vectors run over the pixels of a row, since there are too few channels
  narrow,        ///< wide map, few weights: all of them in panels that stay in a cache
  in_place,      ///< wide map: rows of pixels are read where they lie in a padded copy
  few_pixels,    ///< tiny image: rows of the product are channels, weights are read once
  gather,        ///< windows are gathered into strips: any other size
};
std::string to_string(ConvPath path);

struct ConvPlan {
  ConvPath path;
};

/// What a plan looks at.
struct ConvSizes {
  Conv2dSpec spec;
  ConvAlgorithm algorithm;
  Shape image, map;
  bool fixed = false;         ///< weights do not change any more and are packed already
  index packed_channels = 0;  ///< of fixed weights: channels of one panel
};

/// map = image * w
ConvPlan plan_correlate(const ConvSizes& sizes);
/// image = adjoint of that, applied to map
ConvPlan plan_adjoint(const ConvSizes& sizes);
/// the gradient of the weights
ConvPlan plan_weights(const ConvSizes& sizes);

/// Whether CT2CT_GEMM=eigen asks for the readable version; an input error for another value.
bool eigen_asked_for();

}  // namespace nn::cpu
