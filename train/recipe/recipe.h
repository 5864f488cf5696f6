// A recipe: everything that decides what is trained and how, apart from the scans. It is written
// into RUN/config.json and into the model file, so that a model says how it came to be.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>

#include "data/slices/triplets.h"
#include "data/volume/normalise.h"
#include "models/patchgan.h"
#include "models/registration.h"
#include "models/unet.h"
#include "nn/optim/schedule.h"
#include "train/recipe/step_settings.h"

namespace train {

/// The rule by which a new training of recipe `residual` moves slices. The model in the box and
/// older models have their own, which their files name.
inline constexpr models::RegistrationRule kRuleOfNewTrainings =
    models::RegistrationRule::two_searches;

/// The generator is given outer0, A, C, outer1 (network_input() in train/predict/example.h), and
/// with a residual head corrects an interpolation of them.
struct FourSlices {
  struct Differences {
    double gain = 0;  ///< above 0; differences are multiplied by it
    /// Slices are first moved along what is seen in them, by this rule, and the base is
    /// models::Registered::slice. None: slices as they are.
    std::optional<models::RegistrationRule> registration = {};
  };
  /// The generator is given the base and the differences of neighbours. None: the slices
  /// themselves.
  std::optional<Differences> differences = {};
  /// Share of the examples whose B lies anywhere between A and C, in gaps of 2 to 10 slices; the
  /// others are middles. Above 0, the network is given the position and the gap as two planes.
  double anywhere = 0;
};

/// 0.5 A + 0.5 C, the original's.
struct Average {};

/// B itself: the notebook's sanity check, a network must learn to copy.
struct Identity {};

/// The left half of a picture A|B; the right half is the target.
struct Picture {
  nn::index channels = 1;  ///< of each half; training sets it when it has read the pictures
};

/// What the generator is given.
using Input = std::variant<FourSlices, Average, Identity, Picture>;

struct Recipe {
  std::string name;
  Input input;
  models::UNetSettings generator;
  models::PatchGanSettings discriminator;
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
  nn::index batch = 1;
  nn::index crop = 0;     ///< side of the training crops; 0: whole images
  nn::index size = 0;     ///< in-plane size that slices are resampled to; 0: the scan's own
  nn::index enlarge = 0;  ///< jitter: images are enlarged by this before the crop of their old size
  bool mirror = false;    ///< left-right, half of the time
  bool swap = false;      ///< slices in reverse order, half of the time
  double shrink = 1;      ///< crops cover up to this many times their side, and are averaged down
  double window_low = -1024;  ///< HU; grey pictures use 0..255
  double window_high = 2048;
  bool grey128 = false;  ///< the original's v / 128 - 1
  nn::NormMode predict_mode = nn::NormMode::running;
  double epochs = 50;
  data::Protocol protocol = data::Protocol::unseen;

  /// The input, if it is four slices; else null.
  const FourSlices* four_slices() const { return std::get_if<FourSlices>(&input); }
  FourSlices* four_slices() { return std::get_if<FourSlices>(&input); }
  /// FourSlices::anywhere; 0 for every other input.
  double anywhere() const;
  /// FourSlices::Differences::registration; none for every other input.
  std::optional<models::RegistrationRule> registration() const;

  /// The networks, with the channels that the input makes.
  models::UNetConfig generator_config() const;
  models::PatchGanConfig discriminator_config() const;
  data::Normalisation normalisation() const;
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

/// All settings under the names of train/recipe/fields.h, channels included.
void to_json(nlohmann::json& j, const Recipe& r);
/// Input error, which names the entry, for a value that no training could use, for an entry that is
/// missing or unknown, and for channels that do not follow from the input.
void from_json(const nlohmann::json& j, Recipe& r);

}  // namespace train
