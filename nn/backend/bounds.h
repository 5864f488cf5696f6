// How far a float kernel may be from exact arithmetic: a bound for every element of every output,
// derived from the number and the order of its roundings (docs/audit/bounds.md has the
// derivations).
//
// Error[i] bounds |computed[i] - exact[i]| for any implementation of the class that
// docs/audit/bounds.md states for the kernel: sums in any order, fused or not, in float or wider.
// Two implementations are therefore at most 2 * Error[i] apart (check.h), and one is at most
// Error[i] from the specification run in double (nn/check). Bounds are of magnitudes, not of
// probabilities: no sound kernel exceeds them. What they do not cover: overflow, and sums of 2^24
// values or more (Error is infinite).
//
// Arguments are those of the kernel; `before` is what the destination held where the kernel adds to
// it (Write::add), and null where it sets. Float build only.
#pragma once

#include <vector>

#include "nn/backend/backend.h"

namespace nn::bounds {

/// Unit roundoff of float: one operation delivers exact * (1 + d), |d| <= u.
inline constexpr double kU = 0x1p-24;
/// Smallest normal float: below it a result may be flushed to 0 (nn/core/parallel.h).
inline constexpr double kTiny = 0x1p-126;
/// gamma_n = n u / (1 - n u): n roundings in a row change a value by a factor within 1 +- gamma_n
/// (Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed., 2002, lemma 3.1). Infinite
/// from n u = 1 on.
double gamma(double n);

using Errors = std::vector<double>;

Errors conv2d_forward(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& x,
                      const Tensor& w, const Tensor* bias, const Shape& y);
Errors conv2d_backward_data(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& dy,
                            const Tensor& w, const Shape& dx, const Tensor* before);
Errors conv2d_backward_weight(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& x,
                              const Tensor& dy, const Shape& dw, const Tensor* before);
Errors bias_backward(const Tensor& dy, const Tensor* before);
Errors conv_transpose2d_forward(const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& x,
                                const Tensor& w, const Tensor* bias, const Shape& y);
Errors conv_transpose2d_backward_data(const Conv2dSpec& spec, ConvAlgorithm algorithm,
                                      const Tensor& dy, const Tensor& w, const Shape& dx,
                                      const Tensor* before);
Errors conv_transpose2d_backward_weight(const Conv2dSpec& spec, ConvAlgorithm algorithm,
                                        const Tensor& x, const Tensor& dy, const Shape& dw,
                                        const Tensor* before);

/// Mean and 1 / sqrt(variance + eps) of each group and channel, and how well a kernel knows them:
/// |computed mean - mean| <= mean_error, |computed inv_std / inv_std - 1| <= inv_std_relative.
struct NormStatistics {
  std::vector<double> mean, inv_std, mean_error, inv_std_relative;
  Errors inv_std_error() const;
};
/// Statistics that a kernel computes from x. groups: 1 for batch norm, N for instance norm.
NormStatistics norm_statistics(index groups, const Tensor& x, double eps);
/// Statistics that both sides are given as floats: no error.
NormStatistics given_statistics(const Tensor& mean, const Tensor& inv_std);

Errors norm_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                    const NormStatistics& statistics, const Epilogue& then);

/// What the gradients are added to; null where they are set or not asked for.
struct NormBefore {
  const Tensor *dx = nullptr, *dgamma = nullptr, *dbeta = nullptr, *dadded = nullptr;
};
struct NormErrors {
  Errors dx, dgamma, dbeta, dadded;
};
NormErrors norm_backward(const Tensor& x, const Tensor& gamma, const NormStatistics& statistics,
                         const Tensor& y, double slope, const Tensor& dy, const NormBefore& before);

struct RunningErrors {
  Errors mean, var;
};
/// `mean` and `var`: the running ones before.
RunningErrors running_statistics(const RunningStatistics& k, const Tensor& mean, const Tensor& var);

Errors concat_forward(const Shape& y);
Errors concat_backward(const Tensor& dy, index first, const Shape& dx, const Tensor* before);

Errors weighted_mean_forward(const Tensor& x, const Tensor& w);
Errors weighted_mean_backward(const Tensor& w, const Tensor& dy, const Tensor* before);
Errors l1_loss_forward(const Tensor& a, const Tensor& b);
Errors l1_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                        const Tensor* before);
Errors mse_loss_forward(const Tensor& a, const Tensor& b);
Errors mse_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                         const Tensor* before);
Errors bce_with_logits_forward(const Tensor& x, double label);
Errors bce_with_logits_backward(const Tensor& x, double label, const Tensor& dloss,
                                const Tensor* before);
Errors least_squares_loss_forward(const Tensor& x, double label);
Errors least_squares_loss_backward(const Tensor& x, double label, const Tensor& dloss,
                                   const Tensor* before);

struct AdamErrors {
  Errors p, m, v;
};
/// p, m, v: before the step.
AdamErrors adam_step(const AdamConstants& k, const Tensor& p, const Tensor& g, const Tensor& m,
                     const Tensor& v);

/// What each output of a kernel held where the kernel adds to it, in the order of outputs(); null
/// where it sets.
using Before = std::vector<const Tensor*>;

// std::vector<Errors> of(const K& kernel, const Before& before) for every kernel K: the bounds of
// all its outputs, in the order of outputs(). Those that nobody needs may be empty.
#define NN_BOUND(K) std::vector<Errors> of(const K& kernel, const Before& before);
NN_KERNELS(NN_BOUND)
#undef NN_BOUND

/// Relative error that a kernel's tanh, exp, log1p may have: 2 ulp, four roundings.
inline constexpr double kElementary = 4 * kU;

}  // namespace nn::bounds
