// What batch_norm2d and instance_norm2d share: normalisation over groups of consecutive pixels
// (batch norm: one group; instance norm: one for each image), and what follows it in the same pass
// over memory.
#pragma once

#include "nn/backend/backend.h"

namespace nn::cpu {

/// mean and inv_std hold one value for each group and channel.
void norm_forward(index groups, const Tensor& x, const Tensor& gamma, const Tensor& beta,
                  double eps, const Epilogue& then, Tensor& y, Tensor& mean, Tensor& inv_std);
void norm_apply(index groups, const Tensor& x, const Tensor& gamma, const Tensor& beta,
                const Tensor& mean, const Tensor& inv_std, const Epilogue& then, Tensor& y);
void norm_backward(index groups, const Tensor& x, const Tensor& gamma, const Tensor& mean,
                   const Tensor& inv_std, const Tensor& y, double slope, const Tensor& dy,
                   const NormGrads& d);

}  // namespace nn::cpu
