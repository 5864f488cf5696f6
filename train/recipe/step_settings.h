// What goes into a training step: examples and weights. Prediction and recipes know these without
// knowing the step or the optimiser.
#pragma once

#include "models/unet.h"

namespace train {

/// Examples of one step; images (N,H,W,C) in network units.
struct Batch {
  nn::Tensor input;   ///< what the generator is given
  nn::Tensor base;    ///< what the head corrects (UNetConfig::base_channels()); empty for tanh
  nn::Tensor target;  ///< the truth
  nn::Tensor bone{};  ///< (N,H,W,1): 1 in pure bone, else 0; empty where bone has no weight
};

enum class AdversarialLoss { vanilla, least_squares };
/// How far the fake is from the truth. L1 is pix2pix's (Isola et al. 2017, section 3.1).
enum class PixelLoss { l1, l2 };

/// What a step weighs; fixed by recipe and schedule.
struct StepSettings {
  PixelLoss pixel_loss = PixelLoss::l1;
  double l1_weight = 50;            ///< of the pixel loss
  double bone_shift_weight = 0;     ///< of |sum of the errors in Batch::bone| / all pixels
  double adversarial_weight = 1;    ///< 0: the discriminator rests
  double discriminator_weight = 1;  ///< of both of its terms; Isola halves them
  /// 0: the discriminator judges images. Else, for a residual generator, so many times their
  /// difference to the base, where noise of a few HU is not lost beside the edges of a skull.
  double judged_gain = 0;
  AdversarialLoss loss = AdversarialLoss::vanilla;
  double generator_rate = 2e-4;
  double discriminator_rate = 2e-4;
  models::Pass pass{nn::NormMode::train, true, 0, 0};
};

}  // namespace train
