// The choice of normalisation that both networks share.
#pragma once

#include <optional>
#include <string>

#include "nn/modules/layers.h"

namespace models {

enum class Norm { none, batch, instance };

struct NormConfig {
  Norm kind = Norm::batch;
  double eps = 1e-3;
  double momentum = 0.99;  ///< for running statistics (batch norm only); Keras' convention
};

/// Batch norm, instance norm or no norm, and the activation that follows. Which norm it is, is
/// fixed when the network is built.
class NormLayer {
 public:
  NormLayer(const NormConfig& config, nn::index channels) {
    if (config.kind == Norm::batch) batch_.emplace(channels, config.eps, config.momentum);
    if (config.kind == Norm::instance) instance_.emplace(channels, config.eps);
  }

  nn::Var forward(const nn::Var& x, nn::NormMode mode, const nn::AfterNorm& after) {
    if (batch_) return batch_->forward(x, mode, after);
    if (instance_) return instance_->forward(x, after);
    return nn::after_norm(x, after);
  }

  /// Multiplies a batch norm, with its running statistics, into the convolution before it; from
  /// then on this layer applies no norm. An instance norm stays, because it has no fixed
  /// statistics.
  template <class Convolution>
  void fold_into(Convolution& before) {
    if (batch_) before.fold(batch_->running());
    batch_.reset();
  }

  void collect(const std::string& prefix, nn::ParameterList& list) const {
    if (batch_) batch_->collect(prefix, list);
    if (instance_) instance_->collect(prefix, list);
  }

 private:
  std::optional<nn::BatchNorm2d> batch_;
  std::optional<nn::InstanceNorm2d> instance_;
};

}  // namespace models
