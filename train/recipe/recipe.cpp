#include "train/recipe/recipe.h"

#include "nn/core/error.h"

namespace train {
namespace {

/// The original notebook, CT2CT, to the letter (Keras defaults where it sets nothing).
Recipe original() {
  Recipe r;
  r.name = "ct2ct";
  r.input = Average{};
  r.discriminator = models::PatchGanSettings::original();
  r.adam = {0.5, 0.999, 1e-7};
  r.size = 512;
  r.grey128 = true;
  r.protocol = data::Protocol::seed;
  return r;
}

/// Isola et al. 2017, section 6, as their published code has it.
Recipe paired_pictures() {
  Recipe r;
  r.name = "pix2pix";
  r.input = Picture{};
  r.generator.norm = {models::Norm::batch, 1e-5, 0.9};
  r.generator.norm_innermost = false;
  r.generator.leaky_slope = 0.2;
  r.discriminator = models::PatchGanSettings::isola70();
  r.discriminator.norm = r.generator.norm;
  r.adam = {0.5, 0.999, 1e-8};
  r.schedule = nn::Schedule::linear_decay;
  r.l1_weight = 100;
  r.discriminator_weight = 0.5;
  r.size = 256;
  r.enlarge = 30;
  r.mirror = true;
  r.window_low = 0;
  r.window_high = 255;
  r.predict_mode = nn::NormMode::batch;
  r.epochs = 200;
  return r;
}

/// A correction to interpolation along movement (docs/use/recipes.md says why).
Recipe residual() {
  Recipe r;
  r.name = "residual";
  r.input = FourSlices{FourSlices::Differences{8, kRuleOfNewTrainings}, /*anywhere=*/0.5};
  r.generator.levels = 5;
  r.generator.width = 32;
  r.generator.norm = {models::Norm::batch, 1e-5, 0.99};
  r.generator.norm_innermost = false;
  r.generator.leaky_slope = 0.2;
  r.generator.dropout = 0;
  r.generator.head = models::Head::movement;
  r.discriminator = models::PatchGanSettings::isola70();
  r.discriminator.width = 24;
  r.discriminator.norm = {models::Norm::instance, 1e-5, 0};
  r.adam = {0.9, 0.999, 1e-8};
  r.schedule = nn::Schedule::cosine;
  r.learning_rate = 4e-4;
  r.l1_weight = 1;
  r.bone_shift_weight = 0.75;
  r.adversarial_weight = 5e-4;
  r.adversarial_start = 0.8;
  r.loss = AdversarialLoss::least_squares;
  r.batch = 4;
  r.crop = 128;
  r.mirror = true;
  r.swap = true;
  r.shrink = 1.6;
  r.epochs = 20;
  return r;
}

}  // namespace

double Recipe::anywhere() const { return four_slices() != nullptr ? four_slices()->anywhere : 0; }

std::optional<models::RegistrationRule> Recipe::registration() const {
  const FourSlices* four = four_slices();
  if (four == nullptr || !four->differences) return {};
  return four->differences->registration;
}

models::UNetConfig Recipe::generator_config() const {
  if (const auto* picture = std::get_if<Picture>(&input)) {
    return {generator, picture->channels, /*planes=*/0, picture->channels};
  }
  const nn::index slices = four_slices() != nullptr ? 4 : 1;
  const nn::index unmoved =
      registration() ? 1 : 0;                       // how cubic interpolation differs from the base
  const nn::index planes = anywhere() > 0 ? 2 : 0;  // position and gap
  return {generator, slices + unmoved + planes, planes, 1};
}

models::PatchGanConfig Recipe::discriminator_config() const {
  const models::UNetConfig g = generator_config();
  return {discriminator, g.in_channels + g.out_channels};
}

data::Normalisation Recipe::normalisation() const {
  return grey128 ? data::Normalisation::grey128(window_low, window_high)
                 : data::Normalisation::symmetric(window_low, window_high);
}

std::uint64_t Recipe::adversarial_from(std::uint64_t total) const {
  return static_cast<std::uint64_t>(adversarial_start * static_cast<double>(total));
}

StepSettings Recipe::settings(std::uint64_t seed, std::uint64_t step, std::uint64_t total) const {
  StepSettings s;
  s.pixel_loss = pixel_loss;
  s.l1_weight = l1_weight;
  s.bone_shift_weight = bone_shift_weight;
  s.adversarial_weight = step >= adversarial_from(total) ? adversarial_weight : 0;
  s.discriminator_weight = discriminator_weight;
  s.judged_gain = judged_gain;
  s.loss = loss;
  s.generator_rate = nn::learning_rate(schedule, learning_rate, step, total);
  s.discriminator_rate = s.generator_rate;
  s.pass = {nn::NormMode::train, generator.dropout > 0, seed, static_cast<std::uint32_t>(step)};
  return s;
}

Recipe recipe_named(const std::string& name) {
  if (name == "residual") return residual();
  if (name == "ct2ct") return original();
  if (name == "pix2pix") return paired_pictures();
  throw nn::Error(nn::Fault::input, "--recipe", "'" + name + "'", "residual, ct2ct or pix2pix");
}

void set_perception(Recipe& r) {
  r.adversarial_weight = 0.01 * r.l1_weight;
  r.adversarial_start = 0.5;
  r.judged_gain = 48;  // 32 HU become 1
}

}  // namespace train
