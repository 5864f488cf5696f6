#include "train/predict/model_file.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "nn/core/error.h"
#include "train/predict/default_model.h"
#include "train/predict/predict.h"
#include "train/predict/seal.h"
#include "train/predict/self_test.h"
#include "train/program/version.h"
#include "train/recipe/sources.h"

namespace train {

void to_json(nlohmann::json& j, const TrainingRecord& r) {
  j = {{"sources", r.sources},         {"seed", r.seed},
       {"split_seed", r.split_seed},   {"steps", r.steps},
       {"total_steps", r.total_steps}, {"least_squares", r.least_squares}};
  if (r.from.empty()) return;
  j["from"] = r.from;
  j["before"] = r.before;
}

void from_json(const nlohmann::json& j, TrainingRecord& r) {
  require_whole_numbers(TrainingRecord(), j);
  j.at("sources").get_to(r.sources);
  j.at("seed").get_to(r.seed);
  j.at("split_seed").get_to(r.split_seed);
  j.at("steps").get_to(r.steps);
  j.at("total_steps").get_to(r.total_steps);
  j.at("least_squares").get_to(r.least_squares);
  r.from = j.value("from", std::string());
  r.before = j.value("before", std::vector<SourceInfo>());
}

std::vector<SourceInfo> TrainingRecord::all_scans() const {
  std::vector<SourceInfo> all = before;
  all.insert(all.end(), sources.begin(), sources.end());
  return all;
}

bool TrainingRecord::knows(const std::string& sha256) const {
  const std::vector<SourceInfo> all = all_scans();
  return std::any_of(all.begin(), all.end(),
                     [&](const SourceInfo& s) { return s.sha256 == sha256; });
}

namespace {

constexpr const char* kKind = "ct2ct model";

/// The recipe may claim any network: the file must hold one as large before memory is asked for.
void require_size(const Recipe& recipe, const nn::SafetensorsReader& file,
                  const std::string& path) {
  nn::index values = 0;
  for (const auto& [name, entry] : file.entries()) values += entry.count;
  const nn::index expected = models::UNet::at_least_parameters(recipe.generator_config());
  nn::require(values >= expected, path, std::to_string(values) + " weights",
              "at least " + std::to_string(expected) + ", as its recipe says");
}

}  // namespace

Model::Model(Recipe recipe, TrainingRecord training, std::unique_ptr<models::UNet> generator)
    : recipe_(std::move(recipe)),
      training_(std::move(training)),
      generator_(std::move(generator)),
      parameter_count_(generator_->parameters().count()) {
  prepare(recipe_, *generator_);
}

void require_model(const Seal& seal, const std::string& path, const std::string& expected) {
  if (expected.empty()) return;
  std::string digits = expected;
  for (char& c : digits) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  nn::require(
      digits.size() == 64 && digits.find_first_not_of("0123456789abcdef") == std::string::npos,
      "--expect-model", "'" + expected + "'", "a SHA-256: 64 hexadecimal digits",
      "sha256sum prints it for a file, ct2ct info for a model");
  nn::require(seal.sha256 == digits, path, "a model of SHA-256 " + seal.sha256,
              digits + ", as --expect-model says", "give the model that was meant");
}

Model Model::load(const std::string& path, const std::string& expected) {
  return load(open_model(path), expected);
}

Model Model::load(const nn::SafetensorsReader& file, const std::string& expected) {
  const std::string& path = file.path();
  const Seal seal = checked_seal(file, kKind, "give the model.safetensors of a training run");
  require_model(seal, path, expected);
  const auto& metadata = file.metadata();
  Recipe recipe;
  TrainingRecord training;
  try {
    nlohmann::json::parse(metadata.at("recipe")).get_to(recipe);
    nlohmann::json::parse(metadata.at("training")).get_to(training);
  } catch (const std::exception& error) {
    throw nn::Error(nn::Fault::input, path,
                    std::string("metadata that cannot be read (") + error.what() + ")",
                    "the recipe and training record of a ct2ct model");
  }
  require_size(recipe, file, path);
  std::size_t known = self_test_tensors(file, recipe, seal.sealed);
  auto generator = std::make_unique<models::UNet>(recipe.generator_config());
  {
    nn::ParameterList list = generator->parameters();
    nn::load(list, file, "g.");
    known += list.parameters.size() + list.buffers.size();
  }  // nothing holds the weights but the network, which gives them to the backend layer by layer
  nn::require(file.entries().size() == known, path,
              std::to_string(file.entries().size()) + " tensors", std::to_string(known),
              "the file is of another architecture");
  if (seal.sealed) check_weight_sums(file, *generator);
  // The network as it will predict, prepared: a kernel that computes wrong is found here.
  Model model(std::move(recipe), std::move(training), std::move(generator));
  check_self_test(file, model.recipe_, *model.generator_, seal.sealed);
  model.sha256_ = seal.sha256;
  model.sealed_ = seal.sealed;
  if (!seal.sealed) {
    model.warnings_.push_back(
        unsealed_warning(file, "; ct2ct seal writes one that can be checked from now on"));
  }
  return model;
}

void load_generator(const nn::SafetensorsReader& file, models::UNet& generator) {
  nn::ParameterList list = generator.parameters();
  nn::load(list, file, "g.");
}

std::vector<nn::Tensor> Model::predict(std::span<const MissingSlice> missing) const {
  return predict_slices(recipe_, *generator_, with_known_gaps(missing));
}

std::vector<BothOrders> Model::predict_both(std::span<const MissingSlice> missing) const {
  return train::predict_both(recipe_, *generator_, with_known_gaps(missing));
}

std::vector<MissingSlice> Model::with_known_gaps(std::span<const MissingSlice> missing) const {
  std::vector<MissingSlice> told(missing.begin(), missing.end());
  const auto narrowest = narrowest_gap();
  const auto widest = widest_gap();
  for (MissingSlice& m : told) {
    if (narrowest && widest) m.gap = std::clamp(m.gap, *narrowest, *widest);
  }
  return told;
}

std::optional<double> Model::widest_gap() const {
  // Of the triplets trained on (data/slices/triplets.h) the widest.
  double widest = 0;
  for (const SourceInfo& s : training_.all_scans()) {
    if (s.unit != data::to_string(data::Unit::hu)) continue;
    const nn::index slices = anywhere() ? data::widest_gap_slices(s.slice_spacing)
                             : recipe_.protocol == data::Protocol::seed ? 2
                                                                        : 4;
    widest = std::max(widest, static_cast<double>(slices) * s.slice_spacing);
  }
  if (widest <= 0) return std::nullopt;
  return widest;
}

std::optional<double> Model::narrowest_gap() const {
  // Under protocol self only every second slice is used.
  const double slices = recipe_.protocol == data::Protocol::self ? 4 : 2;
  std::optional<double> narrowest;
  for (const SourceInfo& s : training_.all_scans()) {
    if (s.unit != data::to_string(data::Unit::hu) || s.slice_spacing <= 0) continue;
    const double gap = slices * s.slice_spacing;
    narrowest = std::min(narrowest.value_or(gap), gap);
  }
  return narrowest;
}

void Model::require_unit(const data::Volume& volume) const {
  const std::string unit = data::to_string(volume.unit);
  const std::string trained = training_.sources.empty() ? unit : training_.sources.front().unit;
  nn::require(unit == trained, volume.source, "a scan in unit " + unit,
              trained + ", which the model was trained on", "use another model");
}

void Model::require_slices() const {
  nn::require(!std::holds_alternative<Identity>(recipe_.input), "--model",
              "a model trained with --identity, which copies the slice that it is given",
              "one that predicts slices from their neighbours",
              "train one without --identity, or leave --model out");
  nn::require(!std::holds_alternative<Picture>(recipe_.input), "--model",
              "a model of recipe pix2pix", "one that predicts slices from their neighbours",
              "use ct2ct translate, or a model of recipe residual or ct2ct");
}

void Model::require_pictures() const {
  nn::require(std::holds_alternative<Picture>(recipe_.input), "--model",
              "a model of recipe " + recipe_.name, "one of recipe pix2pix",
              "for scans use ct2ct interpolate");
}

nn::Tensor Model::translate(const nn::Tensor& picture) const {
  require_pictures();
  const data::Normalisation norm = recipe_.normalisation();
  return norm.restore(run_all(recipe_, *generator_, {{norm.apply(picture, true), {}}}).front());
}

ModelContents model_contents(const Recipe& recipe, const TrainingRecord& training,
                             models::UNet& generator) {
  ModelContents contents;
  contents.metadata = {
      {"format", std::string(kKind) + " 2"},
      {"ct2ct_version", kVersion},
      {"recipe", nlohmann::json(recipe).dump()},
      {"training", nlohmann::json(training).dump()},
      {kSelfTestArithmetic, arithmetic_text()},
      {kWeightSums, weight_sums(generator)},
      {"intended_use", "research; predicts CT slices between scanned ones; not for diagnosis"}};
  contents.arrays = nn::arrays_of(generator.parameters(), "g.");
  for (nn::ArrayToWrite& a : self_test_arrays(recipe, generator)) {
    contents.arrays.push_back(std::move(a));
  }
  return contents;
}

}  // namespace train
