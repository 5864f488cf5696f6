// The differentiable operations, one line each. Every op has a page, docs/learn/ops/NAME.md, and a
// test, tests/nn/ops/NAME_test.cpp. The page names the other files: specification, fast kernel,
// gradient.
// An op checks its shapes (nn::Error otherwise), runs one forward kernel and records its gradient.
// Shapes: see nn/backend/kernels.h.
#pragma once

#include "nn/autograd/var.h"

namespace nn {

/// x (N,H,W,Cin), w (kh,kw,Cin,Cout), bias (1,1,1,Cout) or an empty Var -> (N,Ho,Wo,Cout)
Var conv2d(const Conv2dSpec& spec, const Var& x, const Var& w, const Var& bias);
/// x (N,H,W,Cin), w (kh,kw,Cout,Cin), bias (1,1,1,Cout) or an empty Var -> (N,Ho,Wo,Cout)
Var conv_transpose2d(const Conv2dSpec& spec, const Var& x, const Var& w, const Var& bias);

/// Either of them with weights that do not change any more. Records nothing: it has no gradient.
Var fixed_convolution(const FixedConvolution& convolution, const Var& x, const Var& bias);

/// What follows a normalisation z in the same pass over memory, with no map between them:
/// y = leaky_relu(z + added, slope), or relu where the slope is 0.
struct AfterNorm {
  Var added{};       ///< of z's shape, or empty
  double slope = 1;  ///< 1: y = z + added
};
/// The same as ops of their own, where nothing is normalised: add, then relu or leaky_relu.
Var after_norm(const Var& z, const AfterNorm& after);

/// What a normalisation found: mean and 1 / sqrt(biased variance + eps).
struct NormStatistics {
  Tensor mean, inv_std;
};
/// Training: statistics of this batch over N, H, W. `statistics` may be null.
Var batch_norm2d(const Var& x, const Var& gamma, const Var& beta, double eps,
                 NormStatistics* statistics, const AfterNorm& after = {});
/// Prediction, with given statistics. Records nothing: it has no gradient.
Var batch_norm2d_inference(const Var& x, const Var& gamma, const Var& beta,
                           const NormStatistics& statistics, const AfterNorm& after = {});
/// Statistics of each image over H, W.
Var instance_norm2d(const Var& x, const Var& gamma, const Var& beta, double eps,
                    const AfterNorm& after = {});

Var leaky_relu(const Var& x, double slope);
Var relu(const Var& x);
Var tanh(const Var& x);
/// Keeps each value with probability 1 - rate and divides it by that; 0 <= rate < 1.
Var dropout(const Var& x, double rate, const Rng& rng);

/// Channels of a, then channels of b.
Var concat(const Var& a, const Var& b);
Var add(const Var& a, const Var& b);
Var scale(const Var& x, double factor);
/// a_i b_i, of one shape.
Var multiply(const Var& a, const Var& b);

/// x (N,H,W,C) read between its pixels at the places to which the movement (N,H,W,2) leads: by
/// movement[0] pixels to the right and movement[1] down. Catmull-Rom; beyond the border the edge
/// pixel is repeated. Reads by the rule of models::moved().
Var warp2d(const Var& x, const Var& movement);

/// sum(w x) / count, a scalar; the weights get no gradient.
Var weighted_mean(const Var& x, const Tensor& weights);

// Losses: means over all values, as scalars.
Var l1_loss(const Var& a, const Var& b);
Var mse_loss(const Var& a, const Var& b);
Var bce_with_logits(const Var& logits, double label);
Var least_squares_loss(const Var& logits, double label);

namespace ops_detail {
/// Throws unless both have one shape.
void require_same_shape(const char* op, const Var& a, const Var& b);
/// Throws unless v is (1,1,1,channels).
void require_vector(const char* op, const char* what, const Var& v, index channels);
/// Throws unless `after` fits a map of this shape; as a kernel takes it.
Epilogue epilogue(const char* op, const Shape& shape, const AfterNorm& after);
}  // namespace ops_detail

}  // namespace nn
