// The discriminator: a PatchGAN (Isola et al. 2017, section 6.1.2). It judges patches: each value
// of its output map is the logit "real" for the part of the image in that value's receptive field.
#pragma once

#include <vector>

#include "models/norm.h"
#include "nn/modules/layers.h"

namespace models {

/// What a recipe chooses.
struct PatchGanSettings {
  nn::index width = 64;
  nn::index stride2_levels = 4;
  nn::index stride1_levels = 0;
  nn::Padding last_padding{1, 2, 1, 2};
  NormConfig norm;  ///< on all but the first level
  double leaky_slope = 0.3;
  double last_stddev = 0.02;

  /// The original network: four levels of stride 2; the last convolution has Keras "same" padding
  /// (1 before, 2 after) and starts at N(0, 0.2).
  static PatchGanSettings original();
  /// The network of Isola et al.: three levels of stride 2, one of stride 1; receptive field 70x70.
  static PatchGanSettings isola70();
  /// Receptive field of one logit, in pixels.
  nn::index receptive_field() const;
};

/// A whole network: the channels follow from what it is given.
struct PatchGanConfig : PatchGanSettings {
  nn::index in_channels = 2;  ///< of the image to judge and of the generator's input, together
};

class PatchGan {
 public:
  /// Throws an input error for a configuration that makes no network.
  explicit PatchGan(const PatchGanConfig& config);

  /// image and condition (the generator's input): (N,H,W,*), together in_channels. Returns a map of
  /// logits, (N,h,w,1).
  nn::Var forward(const nn::Var& image, const nn::Var& condition, nn::NormMode mode);

  nn::ParameterList parameters() const;
  void initialise(std::uint64_t seed);
  const PatchGanConfig& config() const { return config_; }

 private:
  struct Level {
    nn::Conv2d conv;
    NormLayer norm;
  };

  PatchGanConfig config_;
  std::vector<Level> levels_;
  std::optional<nn::Conv2d> last_;
};

}  // namespace models
