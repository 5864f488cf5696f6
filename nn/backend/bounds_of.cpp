// Which bound belongs to which kernel: one line for each. Those of kernels that compute each value
// from the values at the same place follow from their specification: bounds_pointwise.cpp.
#include "nn/backend/bounds.h"

namespace nn::bounds {
namespace {

using All = std::vector<Errors>;

const Shape& shape_of(Destination d) { return d.tensor->shape(); }

}  // namespace

All of(const Conv2dForward& k, const Before&) {
  return {conv2d_forward(k.spec, k.algorithm, k.x, k.w, k.bias, shape_of(k.y))};
}
All of(const Conv2dBackwardData& k, const Before& b) {
  return {conv2d_backward_data(k.spec, k.algorithm, k.dy, k.w, shape_of(k.dx), b[0])};
}
All of(const Conv2dBackwardWeight& k, const Before& b) {
  return {conv2d_backward_weight(k.spec, k.algorithm, k.x, k.dy, shape_of(k.dw), b[0])};
}
All of(const BiasBackward& k, const Before& b) { return {bias_backward(k.dy, b[0])}; }
All of(const ConvTranspose2dForward& k, const Before&) {
  return {conv_transpose2d_forward(k.spec, k.algorithm, k.x, k.w, k.bias, shape_of(k.y))};
}
All of(const ConvTranspose2dBackwardData& k, const Before& b) {
  return {conv_transpose2d_backward_data(k.spec, k.algorithm, k.dy, k.w, shape_of(k.dx), b[0])};
}
All of(const ConvTranspose2dBackwardWeight& k, const Before& b) {
  return {conv_transpose2d_backward_weight(k.spec, k.algorithm, k.x, k.dy, shape_of(k.dw), b[0])};
}

All of(const NormForward& k, const Before&) {
  const NormStatistics s = norm_statistics(k.groups, k.x, k.eps);
  return {s.mean_error, s.inv_std_error(), norm_forward(k.x, k.gamma, k.beta, s, k.then)};
}
All of(const NormInference& k, const Before&) {
  return {norm_forward(k.x, k.gamma, k.beta, given_statistics(k.mean, k.inv_std), k.then)};
}
All of(const NormBackward& k, const Before& b) {
  NormErrors e = norm_backward(k.x, k.gamma, given_statistics(k.mean, k.inv_std), k.y, k.slope,
                               k.dy, {b[0], b[1], b[2], b[3]});
  return {std::move(e.dx), std::move(e.dgamma), std::move(e.dbeta), std::move(e.dadded)};
}

All of(const RunningStatistics& k, const Before& b) {
  RunningErrors e = running_statistics(k, *b[0], *b[1]);
  return {std::move(e.mean), std::move(e.var)};
}

All of(const ConcatForward& k, const Before&) { return {concat_forward(shape_of(k.y))}; }
All of(const ConcatBackward& k, const Before& b) {
  return {concat_backward(k.dy, k.first, shape_of(k.dx), b[0])};
}

All of(const WeightedMeanForward& k, const Before&) { return {weighted_mean_forward(k.x, k.w)}; }
All of(const WeightedMeanBackward& k, const Before& b) {
  return {weighted_mean_backward(k.w, k.dy, b[0])};
}
All of(const L1LossForward& k, const Before&) { return {l1_loss_forward(k.a, k.b)}; }
All of(const L1LossBackward& k, const Before& b) {
  return {l1_loss_backward(k.a, k.b, k.dloss, b[0])};
}
All of(const MseLossForward& k, const Before&) { return {mse_loss_forward(k.a, k.b)}; }
All of(const MseLossBackward& k, const Before& b) {
  return {mse_loss_backward(k.a, k.b, k.dloss, b[0])};
}
All of(const BceWithLogitsForward& k, const Before&) {
  return {bce_with_logits_forward(k.x, k.label)};
}
All of(const BceWithLogitsBackward& k, const Before& b) {
  return {bce_with_logits_backward(k.x, k.label, k.dloss, b[0])};
}
All of(const LeastSquaresLossForward& k, const Before&) {
  return {least_squares_loss_forward(k.x, k.label)};
}
All of(const LeastSquaresLossBackward& k, const Before& b) {
  return {least_squares_loss_backward(k.x, k.label, k.dloss, b[0])};
}

All of(const AdamStep& k, const Before& b) {
  AdamErrors e = adam_step(k.constants, *b[2], k.g, *b[0], *b[1]);
  return {std::move(e.m), std::move(e.v), std::move(e.p)};
}

}  // namespace nn::bounds
