// Every kernel of the project on one page: one struct of arguments for each.
//
// A struct lists its inputs and its outputs, so that whatever wraps a backend (check.h, timed.h,
// the tests' faults) is written once for all kernels. A backend runs a struct by Backend::run().
//
// Letters: N images, H x W input pixels, Ho x Wo output pixels, Cin and Cout channels.
// Images are NHWC. Convolution weights are (kh, kw, Cin, Cout); those of a transposed convolution
// are the weights of the convolution that it is the adjoint of: (kh, kw, Cout, Cin).
// Prefix d: gradient of the loss with respect to what follows (the cotangent).
#pragma once

#include <vector>

#include "nn/core/rng.h"
#include "nn/core/tensor.h"

namespace nn {

class SharedBatch;  // nn/ranks/shared_batch.h

/// Zeros around an image; four-sided because Keras "same" is asymmetric for kernel 4, stride 1.
struct Padding {
  index top = 0, bottom = 0, left = 0, right = 0;
  friend bool operator==(const Padding&, const Padding&) = default;
};

/// What a convolution does, apart from its weights. The transposed one uses the same fields: it is
/// the adjoint of the convolution with this spec.
struct Conv2dSpec {
  index kernel_h = 4;
  index kernel_w = 4;
  index stride = 2;
  Padding pad{1, 1, 1, 1};
  friend bool operator==(const Conv2dSpec&, const Conv2dSpec&) = default;
};

/// How a kernel treats its destination. The first gradient sets, later ones add.
enum class Write { set, add };

/// Where a kernel writes a tensor; empty when nobody needs it. A kernel with several outputs skips
/// the empty ones. A kernel whose only output is empty is not called.
struct Destination {
  Tensor* tensor = nullptr;
  Write write = Write::set;
  explicit operator bool() const { return tensor != nullptr; }
};

struct Output {
  const char* name;
  Destination* to;
};
using Inputs = std::vector<const Tensor*>;  ///< null where an optional input is not given
using Outputs = std::vector<Output>;

// ---------------------------------------------------------------------------- convolutions

/// How the sums of a convolution are formed. It decides how they round, so an op says which one it
/// means: see conv_algorithm() in backend.h.
enum class ConvAlgorithm {
  direct,    ///< by the definition
  winograd,  ///< fewer multiplications: winograd.h
};

/// Sums over the pixels of a map are cut into parts of this many pixels, in the map's order. Each
/// part is one chain of multiply-adds, and the parts are added in order.
inline constexpr index kChainPixels = 4096;

/// y = x * w + bias
struct Conv2dForward {
  static constexpr const char* kName = "conv2d_forward";
  Conv2dSpec spec;
  const Tensor& x;
  const Tensor& w;
  const Tensor* bias;  ///< may be null
  Destination y;
  ConvAlgorithm algorithm = ConvAlgorithm::direct;
  Inputs inputs() const { return {&x, &w, bias}; }
  Outputs outputs() { return {{"y", &y}}; }
};

struct Conv2dBackwardData {
  static constexpr const char* kName = "conv2d_backward_data";
  Conv2dSpec spec;
  const Tensor& dy;
  const Tensor& w;
  Destination dx;
  ConvAlgorithm algorithm = ConvAlgorithm::direct;
  Inputs inputs() const { return {&dy, &w}; }
  Outputs outputs() { return {{"dx", &dx}}; }
};

struct Conv2dBackwardWeight {
  static constexpr const char* kName = "conv2d_backward_weight";
  Conv2dSpec spec;
  const Tensor& x;
  const Tensor& dy;
  Destination dw;
  ConvAlgorithm algorithm = ConvAlgorithm::direct;
  Inputs inputs() const { return {&x, &dy}; }
  Outputs outputs() { return {{"dw", &dw}}; }
};

/// db[c] = sum of dy[..., c] over all pixels; of both convolutions.
struct BiasBackward {
  static constexpr const char* kName = "bias_backward";
  const Tensor& dy;
  Destination db;
  Inputs inputs() const { return {&dy}; }
  Outputs outputs() { return {{"db", &db}}; }
};

/// The adjoint of conv2d with the same spec and weights, plus a bias.
struct ConvTranspose2dForward {
  static constexpr const char* kName = "conv_transpose2d_forward";
  Conv2dSpec spec;
  const Tensor& x;
  const Tensor& w;
  const Tensor* bias;  ///< may be null
  Destination y;
  ConvAlgorithm algorithm = ConvAlgorithm::direct;
  Inputs inputs() const { return {&x, &w, bias}; }
  Outputs outputs() { return {{"y", &y}}; }
};

struct ConvTranspose2dBackwardData {
  static constexpr const char* kName = "conv_transpose2d_backward_data";
  Conv2dSpec spec;
  const Tensor& dy;
  const Tensor& w;
  Destination dx;
  ConvAlgorithm algorithm = ConvAlgorithm::direct;
  Inputs inputs() const { return {&dy, &w}; }
  Outputs outputs() { return {{"dx", &dx}}; }
};

struct ConvTranspose2dBackwardWeight {
  static constexpr const char* kName = "conv_transpose2d_backward_weight";
  Conv2dSpec spec;
  const Tensor& x;
  const Tensor& dy;
  Destination dw;
  ConvAlgorithm algorithm = ConvAlgorithm::direct;
  Inputs inputs() const { return {&x, &dy}; }
  Outputs outputs() { return {{"dw", &dw}}; }
};

// ---------------------------------------------------------------------------- normalisations
//
// Statistics are taken over `groups` groups of consecutive images: batch norm has one group,
// instance norm one for each image. Statistics are (groups,1,1,C), gamma and beta (1,1,1,C).
// `batch` is null, or the batch of which x is a part: with one group its statistics are taken.

/// What follows z = gamma * (x - mean) * inv_std + beta in the same pass over memory:
/// y = z + added, and where that is not above 0, slope times it.
struct Epilogue {
  const Tensor* added = nullptr;  ///< of z's shape; null: nothing is added
  double slope = 1;               ///< 1: y = z + added; 0: relu; between: leaky_relu
};

struct NormForward {
  static constexpr const char* kName = "norm_forward";
  index groups;
  const Tensor& x;
  const Tensor& gamma;
  const Tensor& beta;
  double eps;
  Epilogue then;
  Destination mean;
  Destination inv_std;  ///< 1 / sqrt(variance + eps)
  Destination y;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&x, &gamma, &beta, then.added}; }
  Outputs outputs() { return {{"mean", &mean}, {"inv_std", &inv_std}, {"y", &y}}; }
};

/// The same with given statistics.
struct NormInference {
  static constexpr const char* kName = "norm_inference";
  index groups;
  const Tensor& x;
  const Tensor& gamma;
  const Tensor& beta;
  const Tensor& mean;
  const Tensor& inv_std;
  Epilogue then;
  Destination y;
  Inputs inputs() const { return {&x, &gamma, &beta, &mean, &inv_std, then.added}; }
  Outputs outputs() { return {{"y", &y}}; }
};

/// y and slope are those of the forward pass. Only the sign of y is read, and not even that where
/// the slope is 1: y may be empty then.
struct NormBackward {
  static constexpr const char* kName = "norm_backward";
  index groups;
  const Tensor& x;
  const Tensor& gamma;
  const Tensor& mean;
  const Tensor& inv_std;
  const Tensor& y;
  double slope;
  const Tensor& dy;
  Destination dx, dgamma, dbeta, dadded;  ///< of x alone, also where it is a part
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&x, &gamma, &mean, &inv_std, &y, &dy}; }
  Outputs outputs() {
    return {{"dx", &dx}, {"dgamma", &dgamma}, {"dbeta", &dbeta}, {"dadded", &dadded}};
  }
};

/// The running statistics (1,1,1,C) of a batch norm follow the statistics of a batch, where
/// variance = max(0, 1 / inv_std^2 - eps) * unbiased:
///   running_mean = momentum * running_mean + (1 - momentum) * mean
///   running_var = momentum * running_var + (1 - momentum) * variance
/// In double, rounded once. Both destinations are changed from what they hold, so they are
/// Write::add.
struct RunningStatistics {
  static constexpr const char* kName = "running_statistics";
  const Tensor& mean;
  const Tensor& inv_std;
  double eps, momentum;
  double unbiased;  ///< m / (m - 1) for a batch of m pixels: Bessel's factor
  Destination running_mean, running_var;
  Inputs inputs() const { return {&mean, &inv_std}; }
  Outputs outputs() { return {{"running_mean", &running_mean}, {"running_var", &running_var}}; }
};

// ---------------------------------------------------------------------------- elementwise
//
// At 0 the gradient of relu and leaky_relu is that of the negative side. A NaN in x counts as
// positive: it passes forward, and dy passes back where it was. Their backward pass reads only the
// sign of x, which y has as well: the ops keep y, so that x can be released.

struct LeakyReluForward {
  static constexpr const char* kName = "leaky_relu_forward";
  const Tensor& x;
  double slope;
  Destination y;
  Inputs inputs() const { return {&x}; }
  Outputs outputs() { return {{"y", &y}}; }
};

struct LeakyReluBackward {
  static constexpr const char* kName = "leaky_relu_backward";
  const Tensor& x;
  double slope;
  const Tensor& dy;
  Destination dx;
  Inputs inputs() const { return {&x, &dy}; }
  Outputs outputs() { return {{"dx", &dx}}; }
};

struct ReluForward {
  static constexpr const char* kName = "relu_forward";
  const Tensor& x;
  Destination y;
  Inputs inputs() const { return {&x}; }
  Outputs outputs() { return {{"y", &y}}; }
};

struct ReluBackward {
  static constexpr const char* kName = "relu_backward";
  const Tensor& x;
  const Tensor& dy;
  Destination dx;
  Inputs inputs() const { return {&x, &dy}; }
  Outputs outputs() { return {{"dx", &dx}}; }
};

struct TanhForward {
  static constexpr const char* kName = "tanh_forward";
  const Tensor& x;
  Destination y;
  Inputs inputs() const { return {&x}; }
  Outputs outputs() { return {{"y", &y}}; }
};

/// From the output: dx = dy * (1 - y^2).
struct TanhBackward {
  static constexpr const char* kName = "tanh_backward";
  const Tensor& y;
  const Tensor& dy;
  Destination dx;
  Inputs inputs() const { return {&y, &dy}; }
  Outputs outputs() { return {{"dx", &dx}}; }
};

/// y_i = x_i / (1 - rate) where the (skip + i)-th number of `rng` keeps it, else 0. Its own
/// adjoint.
struct Dropout {
  static constexpr const char* kName = "dropout";
  const Tensor& x;
  double rate;
  Rng rng;
  Destination y;
  index skip = 0;
  Inputs inputs() const { return {&x}; }
  Outputs outputs() { return {{"y", &y}}; }
};

/// Channels of a, then channels of b.
struct ConcatForward {
  static constexpr const char* kName = "concat_forward";
  const Tensor& a;
  const Tensor& b;
  Destination y;
  Inputs inputs() const { return {&a, &b}; }
  Outputs outputs() { return {{"y", &y}}; }
};

/// dx = channels [first, first + C of dx) of dy
struct ConcatBackward {
  static constexpr const char* kName = "concat_backward";
  const Tensor& dy;
  index first;
  Destination dx;
  Inputs inputs() const { return {&dy}; }
  Outputs outputs() { return {{"dx", &dx}}; }
};

struct AddForward {
  static constexpr const char* kName = "add_forward";
  const Tensor& a;
  const Tensor& b;
  Destination y;
  Inputs inputs() const { return {&a, &b}; }
  Outputs outputs() { return {{"y", &y}}; }
};

/// y = factor * x: scale, its gradient, and with factor 1 the gradient of add.
struct Scale {
  static constexpr const char* kName = "scale";
  const Tensor& x;
  double factor;
  Destination y;
  Inputs inputs() const { return {&x}; }
  Outputs outputs() { return {{"y", &y}}; }
};

/// y = a b: multiply, and its gradient, which is the product of dy with the other factor.
struct Multiply {
  static constexpr const char* kName = "multiply";
  const Tensor& a;
  const Tensor& b;
  Destination y;
  Inputs inputs() const { return {&a, &b}; }
  Outputs outputs() { return {{"y", &y}}; }
};

// ---------------------------------------------------------------------------- warp
//
// x (N,H,W,C) is read between its pixels: y at pixel (i, j) is x at row i + u[1], column j + u[0],
// by Catmull-Rom splines, with the edge pixels repeated (nn/core/between_pixels.h). The movement u
// is (N,H,W,2) in pixels: to the right, and down. H W C < 2^31.

struct Warp2dForward {
  static constexpr const char* kName = "warp2d_forward";
  const Tensor& x;
  const Tensor& u;
  Destination y;
  Inputs inputs() const { return {&x, &u}; }
  Outputs outputs() { return {{"y", &y}}; }
};

/// Each value of dx is a sum over the pixels of dy in their order, from the first row to the last.
struct Warp2dBackwardImage {
  static constexpr const char* kName = "warp2d_backward_image";
  const Tensor& u;
  const Tensor& dy;
  Destination dx;
  Inputs inputs() const { return {&u, &dy}; }
  Outputs outputs() { return {{"dx", &dx}}; }
};

/// 0 where u leads to the border or beyond.
struct Warp2dBackwardMovement {
  static constexpr const char* kName = "warp2d_backward_movement";
  const Tensor& x;
  const Tensor& u;
  const Tensor& dy;
  Destination du;
  Inputs inputs() const { return {&x, &u, &dy}; }
  Outputs outputs() { return {{"du", &du}}; }
};

// ---------------------------------------------------------------------------- losses
//
// Means over all values, written to a scalar; `dloss` is the scalar's cotangent. `batch` is null,
// or the batch of which the inputs are a part: then the mean is taken over all of it.

/// y = sum(w x) / count
struct WeightedMeanForward {
  static constexpr const char* kName = "weighted_mean_forward";
  const Tensor& x;
  const Tensor& w;
  Destination y;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&x, &w}; }
  Outputs outputs() { return {{"y", &y}}; }
};

struct WeightedMeanBackward {
  static constexpr const char* kName = "weighted_mean_backward";
  const Tensor& w;
  const Tensor& dy;
  Destination dx;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&w, &dy}; }
  Outputs outputs() { return {{"dx", &dx}}; }
};

/// mean |a - b|
struct L1LossForward {
  static constexpr const char* kName = "l1_loss_forward";
  const Tensor& a;
  const Tensor& b;
  Destination loss;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&a, &b}; }
  Outputs outputs() { return {{"loss", &loss}}; }
};

/// da = dloss * sign(a - b) / count; the gradient for b is that of l1_loss(b, a).
struct L1LossBackward {
  static constexpr const char* kName = "l1_loss_backward";
  const Tensor& a;
  const Tensor& b;
  const Tensor& dloss;
  Destination da;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&a, &b, &dloss}; }
  Outputs outputs() { return {{"da", &da}}; }
};

/// mean (a - b)^2
struct MseLossForward {
  static constexpr const char* kName = "mse_loss_forward";
  const Tensor& a;
  const Tensor& b;
  Destination loss;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&a, &b}; }
  Outputs outputs() { return {{"loss", &loss}}; }
};

struct MseLossBackward {
  static constexpr const char* kName = "mse_loss_backward";
  const Tensor& a;
  const Tensor& b;
  const Tensor& dloss;
  Destination da;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&a, &b, &dloss}; }
  Outputs outputs() { return {{"da", &da}}; }
};

/// Binary cross-entropy of logits x against one label for all of them (vanilla GAN).
struct BceWithLogitsForward {
  static constexpr const char* kName = "bce_with_logits_forward";
  const Tensor& x;
  double label;
  Destination loss;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&x}; }
  Outputs outputs() { return {{"loss", &loss}}; }
};

struct BceWithLogitsBackward {
  static constexpr const char* kName = "bce_with_logits_backward";
  const Tensor& x;
  double label;
  const Tensor& dloss;
  Destination dx;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&x, &dloss}; }
  Outputs outputs() { return {{"dx", &dx}}; }
};

/// mean (x - label)^2 (least-squares GAN)
struct LeastSquaresLossForward {
  static constexpr const char* kName = "least_squares_loss_forward";
  const Tensor& x;
  double label;
  Destination loss;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&x}; }
  Outputs outputs() { return {{"loss", &loss}}; }
};

struct LeastSquaresLossBackward {
  static constexpr const char* kName = "least_squares_loss_backward";
  const Tensor& x;
  double label;
  const Tensor& dloss;
  Destination dx;
  SharedBatch* batch = nullptr;
  Inputs inputs() const { return {&x, &dloss}; }
  Outputs outputs() { return {{"dx", &dx}}; }
};

// ---------------------------------------------------------------------------- optimiser

struct AdamConstants {
  double rate, beta1, beta2, epsilon;
  double correction1, correction2;  ///< 1 - beta1^t, 1 - beta2^t
};

/// One Adam step over whole arenas: parameters p, gradients g, moments m and v. The three
/// destinations are changed from what they hold, so they are Write::add.
struct AdamStep {
  static constexpr const char* kName = "adam_step";
  AdamConstants constants;
  const Tensor& g;
  Destination m, v, p;
  Inputs inputs() const { return {&g}; }
  Outputs outputs() { return {{"m", &m}, {"v", &v}, {"p", &p}}; }
};

/// Kernels that compute each value from the values at the same place: `each(K)` is written for
/// every one.
#define NN_POINTWISE_KERNELS(each)                                                    \
  each(LeakyReluForward) each(LeakyReluBackward) each(ReluForward) each(ReluBackward) \
      each(TanhForward) each(TanhBackward) each(Dropout) each(AddForward) each(Scale) \
          each(Multiply)

/// Kernels that read an image between its pixels.
#define NN_WARP_KERNELS(each) \
  each(Warp2dForward) each(Warp2dBackwardImage) each(Warp2dBackwardMovement)

/// The other kernels.
#define NN_OTHER_KERNELS(each)                                                                    \
  each(Conv2dForward) each(Conv2dBackwardData) each(Conv2dBackwardWeight) each(BiasBackward)      \
      each(ConvTranspose2dForward) each(ConvTranspose2dBackwardData)                              \
          each(ConvTranspose2dBackwardWeight) each(NormForward) each(NormInference)               \
              each(NormBackward) each(RunningStatistics) each(ConcatForward) each(ConcatBackward) \
                  each(WeightedMeanForward) each(WeightedMeanBackward) each(L1LossForward)        \
                      each(L1LossBackward) each(MseLossForward) each(MseLossBackward)             \
                          each(BceWithLogitsForward) each(BceWithLogitsBackward)                  \
                              each(LeastSquaresLossForward) each(LeastSquaresLossBackward)        \
                                  each(AdamStep) NN_WARP_KERNELS(each)

/// All of them.
#define NN_KERNELS(each) NN_OTHER_KERNELS(each) NN_POINTWISE_KERNELS(each)

}  // namespace nn
