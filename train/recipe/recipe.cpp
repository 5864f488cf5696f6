#include "train/recipe/recipe.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "nn/core/error.h"
#include "train/recipe/sources.h"

namespace train {

NLOHMANN_JSON_SERIALIZE_ENUM(InputKind, {{InputKind::four_slices, "four_slices"},
                                         {InputKind::average, "average"},
                                         {InputKind::identity, "identity"},
                                         {InputKind::picture, "picture"}})
NLOHMANN_JSON_SERIALIZE_ENUM(AdversarialLoss, {{AdversarialLoss::vanilla, "vanilla"},
                                               {AdversarialLoss::least_squares, "least_squares"}})
NLOHMANN_JSON_SERIALIZE_ENUM(PixelLoss, {{PixelLoss::l1, "l1"}, {PixelLoss::l2, "l2"}})

}  // namespace train

namespace nn {

NLOHMANN_JSON_SERIALIZE_ENUM(NormMode, {{NormMode::train, "train"},
                                        {NormMode::batch, "batch"},
                                        {NormMode::running, "running"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Schedule, {{Schedule::constant, "constant"},
                                        {Schedule::linear_decay, "linear_decay"},
                                        {Schedule::cosine, "cosine"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Padding, top, bottom, left, right)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(AdamOptions, beta1, beta2, epsilon)

}  // namespace nn

namespace models {

NLOHMANN_JSON_SERIALIZE_ENUM(Norm, {{Norm::none, "none"},
                                    {Norm::batch, "batch"},
                                    {Norm::instance, "instance"}})
NLOHMANN_JSON_SERIALIZE_ENUM(Head, {{Head::tanh, "tanh"}, {Head::residual, "residual"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(NormConfig, kind, eps, momentum)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(UNetConfig, levels, width, in_channels, planes, out_channels,
                                   norm, norm_innermost, leaky_slope, dropout, dropout_levels, head,
                                   head_channels)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(PatchGanConfig, in_channels, width, stride2_levels,
                                   stride1_levels, last_padding, norm, leaky_slope, last_stddev)

}  // namespace models

namespace train {
namespace {

/// What the networks check for themselves is left to them.
void require_sane(const Recipe& r) {
  const auto within = [](const char* entry, double value, double least, double most) {
    const auto text = [](double v) { return (std::ostringstream() << v).str(); };
    nn::require(value >= least && value <= most, std::string("recipe, entry '") + entry + "'",
                text(value), text(least) + " to " + text(most));
  };
  constexpr double kSide = 8192;  // of an image
  const auto whole = [&](const char* entry, nn::index value, double least, double most) {
    within(entry, static_cast<double>(value), least, most);
  };
  whole("generator.levels", r.generator.levels, 2, 12);
  within("adam.beta1", r.adam.beta1, 0, 0.999999);
  within("adam.beta2", r.adam.beta2, 0, 0.999999);
  within("adam.epsilon", r.adam.epsilon, 1e-30, 1);
  within("learning_rate", r.learning_rate, 1e-12, 1e3);
  within("l1_weight", r.l1_weight, 0, 1e6);
  const bool corrects = r.generator.head == models::Head::residual;
  within("bone_shift_weight", r.bone_shift_weight, 0, corrects ? 1e6 : 0);
  within("adversarial_weight", r.adversarial_weight, 0, 1e6);
  within("adversarial_start", r.adversarial_start, 0, 1);
  within("discriminator_weight", r.discriminator_weight, 0, 1e6);
  within("judged_gain", r.judged_gain, 0, corrects ? 1e4 : 0);
  within("difference_gain", r.difference_gain, 0, r.input == InputKind::four_slices ? 1e3 : 0);
  nn::require(!r.registration || r.difference_gain > 0, "recipe, entry 'registration'",
              "true with slices as they are", "true with a difference_gain above 0, or false");
  whole("batch", r.batch, 1, 256);
  whole("crop", r.crop, 0, kSide);
  whole("size", r.size, 0, kSide);
  whole("enlarge", r.enlarge, 0, kSide);
  within("anywhere", r.anywhere, 0, 1);
  within("shrink", r.shrink, 1, 4);
  within("window_low", r.window_low, -1e5, 1e5);
  within("window_high", r.window_high, r.window_low + 1, 2e5);
  within("epochs", r.epochs, 1e-9, 1e9);
  const auto planes = static_cast<double>(r.planes());
  whole("generator.planes", r.generator.planes, planes, planes);
}

/// A newer program may have written an entry that changes what a network is given. Whoever passes
/// over it predicts nonsense, and the self-test of the network does not notice.
void require_known_entries(const nlohmann::json& like, const nlohmann::json& given) {
  const auto text_of = [](const std::string& key) {  // whatever it holds, in printable characters
    return nlohmann::json(key).dump(-1, ' ', /*ensure_ascii=*/true).substr(0, 40);
  };
  if (!like.is_object() || !given.is_object()) return;
  for (const auto& [key, value] : given.items()) {
    const auto known = like.find(key);
    nn::require(known != like.end(), "recipe", "an entry " + text_of(key),
                "those that this version knows", "use the version that wrote it, or a newer one");
    require_known_entries(*known, value);
  }
}

/// The original notebook, CT2CT, to the letter (Keras defaults where it sets nothing).
Recipe original() {
  Recipe r;
  r.name = "ct2ct";
  r.input = InputKind::average;
  r.discriminator = models::PatchGanConfig::original();
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
  r.input = InputKind::picture;
  r.generator.norm = {models::Norm::batch, 1e-5, 0.9};
  r.generator.norm_innermost = false;
  r.generator.leaky_slope = 0.2;
  r.discriminator = models::PatchGanConfig::isola70();
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
  r.input = InputKind::four_slices;
  r.generator.levels = 5;
  r.generator.width = 32;
  r.generator.norm = {models::Norm::batch, 1e-5, 0.99};
  r.generator.norm_innermost = false;
  r.generator.leaky_slope = 0.2;
  r.generator.dropout = 0;
  r.generator.head = models::Head::residual;
  r.discriminator = models::PatchGanConfig::isola70();
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
  r.difference_gain = 8;
  r.registration = true;
  r.batch = 4;
  r.crop = 128;
  r.mirror = true;
  r.swap = true;
  r.anywhere = 0.5;
  r.shrink = 1.6;
  r.epochs = 20;
  r.fit_networks();
  return r;
}

}  // namespace

data::Normalisation Recipe::normalisation() const {
  return grey128 ? data::Normalisation::grey128(window_low, window_high)
                 : data::Normalisation::symmetric(window_low, window_high);
}

nn::index Recipe::input_channels() const {
  if (input == InputKind::picture) return generator.in_channels;
  const nn::index slices = input == InputKind::four_slices ? 4 : 1;
  return slices + (registration ? 1 : 0) + planes();
}

void Recipe::fit_networks() {
  if (input != InputKind::four_slices) return;
  generator.planes = planes();
  generator.in_channels = input_channels();
  discriminator.in_channels = generator.in_channels + generator.out_channels;
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

void set_entry(Recipe& r, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  const std::string name = assignment.substr(0, equals);
  const std::string text = equals == std::string::npos ? "" : assignment.substr(equals + 1);
  nlohmann::json all = r;
  nlohmann::json* entry = &all;
  std::stringstream keys(name);
  for (std::string key; std::getline(keys, key, '.');) {
    const bool known = entry->is_object() && entry->contains(key);
    nn::require(known, "--set", "no entry '" + name + "'", "an entry of 'recipe' in config.json",
                "for instance --set generator.norm.kind=none");
    entry = &(*entry)[key];
  }

  nlohmann::json value = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (entry->is_string()) value = text;
  const bool same_kind = entry->is_number_integer() ? value.is_number_integer()
                         : entry->is_number()       ? value.is_number()
                         : entry->is_boolean()      ? value.is_boolean()
                                                    : entry->is_string();
  const std::string was = entry->dump();
  *entry = value;
  // What was read must be what was set: a name that an enumeration does not have becomes its first
  // one.
  const bool kept = same_kind && nlohmann::json(all.get<Recipe>()) == all;
  nn::require(kept, "--set " + name, "'" + text + "'", "a value like " + was);
  r = all.get<Recipe>();
}

void to_json(nlohmann::json& j, const Recipe& r) {
  j = {{"name", r.name},
       {"input", r.input},
       {"generator", r.generator},
       {"discriminator", r.discriminator},
       {"adam", r.adam},
       {"schedule", r.schedule},
       {"learning_rate", r.learning_rate},
       {"pixel_loss", r.pixel_loss},
       {"l1_weight", r.l1_weight},
       {"bone_shift_weight", r.bone_shift_weight},
       {"adversarial_weight", r.adversarial_weight},
       {"adversarial_start", r.adversarial_start},
       {"discriminator_weight", r.discriminator_weight},
       {"judged_gain", r.judged_gain},
       {"loss", r.loss},
       {"difference_gain", r.difference_gain},
       {"registration", r.registration},
       {"batch", r.batch},
       {"crop", r.crop},
       {"size", r.size},
       {"enlarge", r.enlarge},
       {"mirror", r.mirror},
       {"swap", r.swap},
       {"anywhere", r.anywhere},
       {"shrink", r.shrink},
       {"window_low", r.window_low},
       {"window_high", r.window_high},
       {"grey128", r.grey128},
       {"predict_mode", r.predict_mode},
       {"epochs", r.epochs},
       {"protocol", data::to_string(r.protocol)}};
}

void from_json(const nlohmann::json& j, Recipe& r) {
  require_known_entries(Recipe(), j);
  require_whole_numbers(Recipe(), j);
  j.at("name").get_to(r.name);
  j.at("input").get_to(r.input);
  j.at("generator").get_to(r.generator);
  j.at("discriminator").get_to(r.discriminator);
  j.at("adam").get_to(r.adam);
  j.at("schedule").get_to(r.schedule);
  j.at("learning_rate").get_to(r.learning_rate);
  r.pixel_loss = j.value("pixel_loss", PixelLoss::l1);  // older files have no such entry
  j.at("l1_weight").get_to(r.l1_weight);
  r.bone_shift_weight = j.value("bone_shift_weight", 0.0);  // older files have no such entry
  j.at("adversarial_weight").get_to(r.adversarial_weight);
  j.at("adversarial_start").get_to(r.adversarial_start);
  j.at("discriminator_weight").get_to(r.discriminator_weight);
  r.judged_gain = j.value("judged_gain", 0.0);  // older files have no such entry
  j.at("loss").get_to(r.loss);
  r.difference_gain = j.value("difference_gain", 0.0);  // older files have no such entry
  r.registration = j.value("registration", false);      // older files have no such entry
  j.at("batch").get_to(r.batch);
  j.at("crop").get_to(r.crop);
  j.at("size").get_to(r.size);
  j.at("enlarge").get_to(r.enlarge);
  j.at("mirror").get_to(r.mirror);
  j.at("swap").get_to(r.swap);
  j.at("anywhere").get_to(r.anywhere);
  j.at("shrink").get_to(r.shrink);
  j.at("window_low").get_to(r.window_low);
  j.at("window_high").get_to(r.window_high);
  j.at("grey128").get_to(r.grey128);
  j.at("predict_mode").get_to(r.predict_mode);
  j.at("epochs").get_to(r.epochs);
  r.protocol = data::protocol_from(j.at("protocol").get<std::string>());
  require_sane(r);
}

}  // namespace train
