// Every kernel of the project on one page.
//
// Letters: N images, H x W input pixels, Ho x Wo output pixels, Cin and Cout channels.
// Images are NHWC. Convolution weights are (kh, kw, Cin, Cout); those of a transposed convolution
// are the weights of the convolution that it is the adjoint of: (kh, kw, Cout, Cin).
// Prefix d: gradient of the loss with respect to what follows (the cotangent).
//
// Implementations: ref/ (scalar specification, templated), cpu/ (fast), cuda/ (optional), and
// check.h, which runs two of them and compares.
#pragma once

#include <memory>
#include <string>

#include "nn/core/rng.h"
#include "nn/core/tensor.h"

namespace nn {

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

/// Ho = (H + top + bottom - kh) / stride + 1, likewise Wo. Throws Error where nothing is left.
Shape conv2d_output_shape(const Conv2dSpec& spec, const Shape& x, index cout);
/// Ho = (H - 1) * stride + kh - top - bottom, likewise Wo.
Shape conv_transpose2d_output_shape(const Conv2dSpec& spec, const Shape& x, index cout);

/// How a kernel treats its destination: the first gradient sets, later ones add.
enum class Write { set, add };

/// Where a gradient goes: nowhere, when nobody asked for it, or into a tensor. A kernel with
/// several of them (the norms) skips the empty ones. A kernel with one would do nothing at all, so
/// it is not called then: its destination must not be empty, and it does not look.
struct GradOut {
  Tensor* tensor = nullptr;
  Write write = Write::set;
  explicit operator bool() const { return tensor != nullptr; }
};

/// The sum over pixels of a weight gradient is cut into parts of so many, in the order of the map's
/// pixels; each part is one chain, and the parts are added in order.
inline constexpr index kChainPixels = 4096;

/// What follows a normalisation z in the same pass over memory: y = z + added, and where that is
/// not above 0, slope times it. As leaky_relu; with slope 0, as relu.
struct Epilogue {
  const Tensor* added = nullptr;  ///< of z's shape
  double slope = 1;               ///< 1: y = z + added
};

/// Gradients of a normalisation with an epilogue; the empty ones are skipped.
struct NormGrads {
  GradOut x{}, gamma{}, beta{}, added{};
};

struct AdamConstants {
  double rate, beta1, beta2, epsilon;
  double correction1, correction2;  ///< 1 - beta1^t, 1 - beta2^t
};

/// A convolution, or with `transposed` its adjoint, whose weights do not change any more: a backend
/// keeps them in the order in which it reads them fastest (Backend::fix()).
class FixedConvolution {
 public:
  FixedConvolution(const Conv2dSpec& s, bool t, const Shape& w)
      : spec(s), transposed(t), weights(w) {}
  virtual ~FixedConvolution() = default;
  FixedConvolution(const FixedConvolution&) = delete;
  FixedConvolution& operator=(const FixedConvolution&) = delete;
  /// The bits of conv2d_forward() or conv_transpose2d_forward(); `bias` may be null.
  virtual void forward(const Tensor& x, const Tensor* bias, Tensor& y) const = 0;

  const Conv2dSpec spec;
  const bool transposed;
  const Shape weights;  ///< their shape, (kh,kw,Cin,Cout) or transposed (kh,kw,Cout,Cin)
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string name() const = 0;

  /// For predictions: weights `w` as FixedConvolution. That of a "check:A,B", and of one that is
  /// timed, must not run after the backend is gone.
  virtual std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                                      const Tensor& w) const = 0;

  // conv2d: y = x * w + bias; `bias` may be null
  virtual void conv2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w,
                              const Tensor* bias, Tensor& y) const = 0;
  virtual void conv2d_backward_data(const Conv2dSpec& spec, const Tensor& dy, const Tensor& w,
                                    GradOut dx) const = 0;
  virtual void conv2d_backward_weight(const Conv2dSpec& spec, const Tensor& x, const Tensor& dy,
                                      GradOut dw) const = 0;
  /// db[c] = sum of dy over all pixels; for both convolutions.
  virtual void bias_backward(const Tensor& dy, GradOut db) const = 0;

  // conv_transpose2d: the adjoint of conv2d with the same spec and weights, plus a bias
  virtual void conv_transpose2d_forward(const Conv2dSpec& spec, const Tensor& x, const Tensor& w,
                                        const Tensor* bias, Tensor& y) const = 0;
  virtual void conv_transpose2d_backward_data(const Conv2dSpec& spec, const Tensor& dy,
                                              const Tensor& w, GradOut dx) const = 0;
  virtual void conv_transpose2d_backward_weight(const Conv2dSpec& spec, const Tensor& x,
                                                const Tensor& dy, GradOut dw) const = 0;

  // batch_norm2d: statistics over N, H, W; mean and inv_std (1 / sqrt(var + eps)) are (1,1,1,C)
  virtual void batch_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                    double eps, const Epilogue& then, Tensor& y, Tensor& mean,
                                    Tensor& inv_std) const = 0;
  /// With given statistics: z = gamma * (x - mean) * inv_std + beta.
  virtual void batch_norm2d_inference(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                      const Tensor& mean, const Tensor& inv_std,
                                      const Epilogue& then, Tensor& y) const = 0;
  /// y and slope are those of the forward pass: the way back asks for the sign of y, which is that
  /// of z + added. With slope 1 it does not look at y.
  virtual void batch_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                     const Tensor& inv_std, const Tensor& y, double slope,
                                     const Tensor& dy, const NormGrads& d) const = 0;

  // instance_norm2d: statistics over H, W of each image; mean and inv_std are (N,1,1,C)
  virtual void instance_norm2d_forward(const Tensor& x, const Tensor& gamma, const Tensor& beta,
                                       double eps, const Epilogue& then, Tensor& y, Tensor& mean,
                                       Tensor& inv_std) const = 0;
  virtual void instance_norm2d_backward(const Tensor& x, const Tensor& gamma, const Tensor& mean,
                                        const Tensor& inv_std, const Tensor& y, double slope,
                                        const Tensor& dy, const NormGrads& d) const = 0;

  // elementwise; at 0 the gradient of the kinked ones is that of the negative side. A NaN in x
  // counts as positive: it passes forward, and dy passes back where it was. The way back of relu
  // and leaky_relu asks for the sign of x alone, which y has as well: the ops keep y, so that x
  // goes.
  virtual void leaky_relu_forward(const Tensor& x, double slope, Tensor& y) const = 0;
  virtual void leaky_relu_backward(const Tensor& x, double slope, const Tensor& dy,
                                   GradOut dx) const = 0;
  virtual void relu_forward(const Tensor& x, Tensor& y) const = 0;
  virtual void relu_backward(const Tensor& x, const Tensor& dy, GradOut dx) const = 0;
  virtual void tanh_forward(const Tensor& x, Tensor& y) const = 0;
  /// From the output: dx = dy * (1 - y^2).
  virtual void tanh_backward(const Tensor& y, const Tensor& dy, GradOut dx) const = 0;
  /// y_i = x_i / (1 - rate) where the i-th number of `rng` keeps it, else 0. Its own adjoint.
  virtual void dropout(const Tensor& x, double rate, const Rng& rng, GradOut y) const = 0;

  // concat: channels of a, then channels of b
  virtual void concat_forward(const Tensor& a, const Tensor& b, Tensor& y) const = 0;
  /// dx = channels [first, first + C of dx) of dy.
  virtual void concat_backward(const Tensor& dy, index first, GradOut dx) const = 0;
  virtual void add_forward(const Tensor& a, const Tensor& b, Tensor& y) const = 0;
  /// y = factor * x; the gradient of scale, and of add with factor 1.
  virtual void scale(const Tensor& x, double factor, GradOut y) const = 0;

  // losses: means over all values, written to a scalar; `dloss` is the scalar's cotangent
  /// y = sum(w x) / count, a scalar
  virtual void weighted_mean_forward(const Tensor& x, const Tensor& w, Tensor& y) const = 0;
  virtual void weighted_mean_backward(const Tensor& w, const Tensor& dy, GradOut dx) const = 0;

  virtual void l1_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const = 0;
  /// da = dloss * sign(a - b) / count; the gradient for b is that of l1_loss(b, a).
  virtual void l1_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                                GradOut da) const = 0;
  virtual void mse_loss_forward(const Tensor& a, const Tensor& b, Tensor& loss) const = 0;
  virtual void mse_loss_backward(const Tensor& a, const Tensor& b, const Tensor& dloss,
                                 GradOut da) const = 0;
  /// Binary cross-entropy of logits x against one label for all of them (vanilla GAN).
  virtual void bce_with_logits_forward(const Tensor& x, double label, Tensor& loss) const = 0;
  virtual void bce_with_logits_backward(const Tensor& x, double label, const Tensor& dloss,
                                        GradOut dx) const = 0;
  /// mean (x - label)^2 (least-squares GAN).
  virtual void least_squares_loss_forward(const Tensor& x, double label, Tensor& loss) const = 0;
  virtual void least_squares_loss_backward(const Tensor& x, double label, const Tensor& dloss,
                                           GradOut dx) const = 0;

  /// One Adam step over whole arenas: parameters p, gradients g, moments m and v.
  virtual void adam_step(const AdamConstants& k, Tensor& p, const Tensor& g, Tensor& m,
                         Tensor& v) const = 0;
};

/// The backend that the ops use. `cpu` at the start (`ref` in the double build).
const Backend& backend();
void set_backend(std::unique_ptr<Backend> chosen);
/// "cpu", "ref", "cuda" or "check:A,B"; anything else is an input error.
std::unique_ptr<Backend> make_backend(const std::string& name);

}  // namespace nn
