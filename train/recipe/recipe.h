// A recipe: everything that decides what is trained and how, apart from the scans. It is written
// into RUN/config.json and into the model file, so that a model says how it came to be.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "data/slices/triplets.h"
#include "data/volume/normalise.h"
#include "models/patchgan.h"
#include "models/unet.h"
#include "nn/optim/schedule.h"
#include "train/recipe/step_settings.h"

namespace train {

/// What the generator is given.
enum class InputKind {
  four_slices,  ///< outer0, A, C, outer1; corrects an interpolation of them
  average,      ///< 0.5 A + 0.5 C, the original's
  identity,     ///< B itself: the notebook's sanity check, a network must learn to copy
  picture,      ///< the left half of a picture A|B; the right half is the target
};

struct Recipe {
  std::string name;
  InputKind input = InputKind::four_slices;
  models::UNetConfig generator;
  models::PatchGanConfig discriminator;
  nn::AdamOptions adam;
  nn::Schedule schedule = nn::Schedule::constant;
  double learning_rate = 2e-4;
  PixelLoss pixel_loss = PixelLoss::l1;
  double l1_weight = 50;  ///< of the pixel loss
  /// Of a shift in bone, where L1 alone is too dark: |sum of the errors there| / all pixels, of
  /// scans in HU (docs/learn/ops/weighted_mean.md). Below l1_weight no pixel is pulled beyond L1's
  /// hold.
  double bone_shift_weight = 0;
  double adversarial_weight = 1;
  double adversarial_start = 0;  ///< fraction of the schedule before which the discriminator rests
  double judged_gain = 0;        ///< StepSettings::judged_gain
  double discriminator_weight = 1;
  AdversarialLoss loss = AdversarialLoss::vanilla;
  /// Above 0, input four_slices is the base and the differences of neighbours, so many times
  /// enlarged, instead of the slices themselves: network_input() in train/predict/example.h.
  double difference_gain = 0;
  /// Slices are moved along what is seen in them before all else, and the base is
  /// models::Registered::slice. Asks for a difference_gain.
  bool registration = false;
  nn::index batch = 1;
  nn::index crop = 0;     ///< side of the training crops; 0: whole images
  nn::index size = 0;     ///< in-plane size that slices are resampled to; 0: the scan's own
  nn::index enlarge = 0;  ///< jitter: images are enlarged by this before the crop of their old size
  bool mirror = false;    ///< left-right, half of the time
  bool swap = false;      ///< slices in reverse order, half of the time
  /// Share of the examples whose B lies anywhere between A and C, in gaps of 2 to 10 slices; the
  /// others are middles. Above 0, the network is given the position and the gap as two planes.
  double anywhere = 0;
  double shrink = 1;  ///< crops cover up to so many times their side and are averaged down to it
  double window_low = -1024;  ///< HU; grey pictures use 0..255
  double window_high = 2048;
  bool grey128 = false;  ///< the original's v / 128 - 1
  nn::NormMode predict_mode = nn::NormMode::running;
  double epochs = 50;
  data::Protocol protocol = data::Protocol::unseen;

  data::Normalisation normalisation() const;
  /// Gives both networks the channels that slices make: NetworkInput in train/predict/example.h.
  void fit_networks();
  /// Those of the generator, planes included; of pictures what the generator has.
  nn::index input_channels() const;
  /// Of them those that hold one value: position and gap.
  nn::index planes() const { return anywhere > 0 ? 2 : 0; }
  /// Settings of step `step` of a schedule of `total`.
  StepSettings settings(std::uint64_t seed, std::uint64_t step, std::uint64_t total) const;
  /// First step with the discriminator.
  std::uint64_t adversarial_from(std::uint64_t total) const;
};

/// "residual", "ct2ct" or "pix2pix"; anything else is an input error.
Recipe recipe_named(const std::string& name);

/// The other operating point, texture before truth: the adversarial term with pix2pix's weight for
/// the second half of the schedule.
void set_perception(Recipe& r);

/// Changes one entry of the recipe as it stands in config.json: "generator.norm.kind=none". An
/// entry that there is not, and a value that is not of its kind, are input errors.
void set_entry(Recipe& r, const std::string& assignment);

void to_json(nlohmann::json& j, const Recipe& r);
/// An input error for a value that no training could use.
void from_json(const nlohmann::json& j, Recipe& r);

}  // namespace train
