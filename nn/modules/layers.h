// Layers: they own named parameters and call the op. Weights start at zero; models/init.h fills
// them.
#pragma once

#include <string>
#include <vector>

#include "nn/modules/parameters.h"
#include "nn/ops/ops.h"

namespace nn {

/// scale * x + shift for each channel: what a batch norm with fixed statistics is.
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
  /// Becomes the convolution followed by `after`, each value rounded once; has a bias from then on.
  void fold(const ChannelAffine& after);
  /// Gives its weights to the backend(), for predictions: Backend::fix(). For good: it has no
  /// weights for collect() and fold() then, and no gradient.
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
  train,    ///< the batch's, and the running ones follow
  batch,    ///< the batch's, nothing changes (pix2pix at test time)
  running,  ///< the running ones
};

class BatchNorm2d {
 public:
  /// running = momentum * running + (1 - momentum) * batch: Keras' convention (PyTorch's momentum
  /// is one minus this). The running variance takes the batch's unbiased variance where more than
  /// one value makes it, and the biased one, 0, of a single value.
  BatchNorm2d(index channels, double eps, double momentum);
  Var forward(const Var& x, NormMode mode, const AfterNorm& after = {});
  /// prefix.weight (gamma), prefix.bias (beta), buffers prefix.running_mean, prefix.running_var
  void collect(const std::string& prefix, ParameterList& list) const;
  /// What it does in NormMode::running.
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
  /// Left out where a map is 1x1: one value normalised by itself would be nothing.
  Var forward(const Var& x, const AfterNorm& after = {}) const;
  void collect(const std::string& prefix, ParameterList& list) const;

 private:
  double eps_;
  Var gamma_;
  Var beta_;
};

}  // namespace nn
