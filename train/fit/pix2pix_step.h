// One training step of pix2pix (Isola, Zhu, Zhou, Efros, "Image-to-image translation with
// conditional adversarial networks", 2017, equations 1 to 4). Knows networks and tensors, nothing
// of scans.
#pragma once

#include "models/patchgan.h"
#include "models/unet.h"
#include "nn/optim/adam.h"
#include "nn/ranks/shared_batch.h"
#include "train/recipe/step_settings.h"

namespace train {

/// Unweighted means.
struct StepLosses {
  double generator = 0;  ///< the weighted sum that the generator descends
  double l1 = 0;
  double adversarial = 0;  ///< the generator's term
  double real = 0;         ///< the discriminator's terms
  double fake = 0;
};

class Pix2Pix {
 public:
  Pix2Pix(const models::UNetConfig& generator, const models::PatchGanConfig& discriminator,
          const nn::AdamOptions& adam, std::uint64_t seed);

  /// Both networks are updated from one shared forward pass of the discriminator on the fake.
  /// `shared`: null, or the batch over several ranks of which `batch` has the images of this one.
  /// Then all ranks take the step, and end with the same networks and losses.
  StepLosses step(const Batch& batch, const StepSettings& settings,
                  nn::SharedBatch* shared = nullptr);

  models::UNet& generator() { return generator_; }
  models::PatchGan& discriminator() { return discriminator_; }
  nn::Adam& generator_adam() { return generator_adam_; }
  nn::Adam& discriminator_adam() { return discriminator_adam_; }

 private:
  models::UNet generator_;
  models::PatchGan discriminator_;
  nn::Adam generator_adam_;
  nn::Adam discriminator_adam_;
};

}  // namespace train
