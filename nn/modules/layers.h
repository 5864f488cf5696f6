// Layers: they own named parameters and call the op. Weights start at zero; models/init.h fills
// them.
#pragma once

#include <string>
#include <vector>

#include "nn/modules/parameters.h"
#include "nn/ops/ops.h"

namespace nn {

/// scale * x + shift for each channel. A batch norm with fixed statistics is such a map.
struct ChannelAffine {
  std::vector<double> scale, shift;
};

class Conv2d {
 public:
  Conv2d(const Conv2dSpec& spec, index cin, index cout, bool bias);
  Var forward(const Var& x) const {
    return fixed_ ? fixed_convolution(*fixed_, x, bias_) : conv2d(spec_, x, weight_, bias_);
  }
  /// prefix.weight, prefix.bias
  void collect(const std::string& prefix, ParameterList& list) const;
  /// Multiplies `after` into the weights and the bias, each value rounded once. The layer then
  /// computes the convolution followed by `after`, and has a bias.
  void fold(const ChannelAffine& after);
  /// For predictions: hands the weights to the backend() (Backend::fix()), which stores them in the
  /// order of its kernels. It cannot be undone: the layer then has no weights for collect() and
  /// fold(), and no gradient.
  void fix();

 private:
  Conv2dSpec spec_;
  Var weight_;  // empty when fixed
  std::shared_ptr<const FixedConvolution> fixed_;
  Var bias_;  // empty without bias
};

class ConvTranspose2d {
 public:
  ConvTranspose2d(const Conv2dSpec& spec, index cin, index cout, bool bias);
  Var forward(const Var& x) const {
    return fixed_ ? fixed_convolution(*fixed_, x, bias_)
                  : conv_transpose2d(spec_, x, weight_, bias_);
  }
  void collect(const std::string& prefix, ParameterList& list) const;
  void fold(const ChannelAffine& after);
  void fix();

 private:
  Conv2dSpec spec_;
  Var weight_;
  std::shared_ptr<const FixedConvolution> fixed_;
  Var bias_;
};

/// Which statistics a batch norm uses.
enum class NormMode {
  train,    ///< those of the batch, which also update the running ones
  batch,    ///< those of the batch; the running ones stay (pix2pix at test time)
  running,  ///< the running ones
};

class BatchNorm2d {
 public:
  /// running = momentum * running + (1 - momentum) * batch: Keras' convention (PyTorch's momentum
  /// is one minus this). The running variance is updated with the unbiased variance of the batch;
  /// for a single value, where that is undefined, with 0.
  BatchNorm2d(index channels, double eps, double momentum);
  Var forward(const Var& x, NormMode mode, const AfterNorm& after = {});
  /// prefix.weight (gamma), prefix.bias (beta), buffers prefix.running_mean, prefix.running_var
  void collect(const std::string& prefix, ParameterList& list) const;
  /// The map that the layer computes in NormMode::running.
  ChannelAffine running() const;

 private:
  double eps_;
  double momentum_;
  Var gamma_;
  Var beta_;
  Tensor running_mean_;
  Tensor running_var_;
};

class InstanceNorm2d {
 public:
  InstanceNorm2d(index channels, double eps);
  /// A map of 1x1 is passed on unchanged: normalised by its own mean it would be 0.
  Var forward(const Var& x, const AfterNorm& after = {}) const;
  void collect(const std::string& prefix, ParameterList& list) const;

 private:
  double eps_;
  Var gamma_;
  Var beta_;
};

}  // namespace nn
