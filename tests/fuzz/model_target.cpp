// train/predict/model_file.h. The input is what the metadata say, recipe and training record, one
// line each; the weights are those of a small model, so that mutations reach the architecture and
// do not stop at lengths.
#include "train/predict/model_file.h"

#include <map>
#include <nlohmann/json.hpp>

#include "models/unet.h"
#include "nn/core/rng.h"
#include "tests/fuzz/scratch.h"
#include "tests/fuzz/targets.h"
#include "train/predict/seal.h"
#include "train/recipe/recipe.h"

namespace fuzz {
namespace {

train::Recipe small_recipe(const std::string& name) {
  train::Recipe r = train::recipe_named(name);
  r.generator.levels = 2;
  r.generator.width = 1;
  r.generator.head_channels = 1;
  return r;
}

const train::ModelContents& contents_of(const std::string& name) {
  static std::map<std::string, train::ModelContents> made;
  const auto found = made.find(name);
  if (found != made.end()) return found->second;
  const train::Recipe recipe = small_recipe(name);
  static std::map<std::string, models::UNet> networks;  // the arrays refer to it
  models::UNet& network = networks.emplace(name, recipe.generator_config()).first->second;
  nn::Rng rng(7, nn::Purpose::test);
  nn::ParameterList list = network.parameters();
  for (nn::Parameter& p : list.parameters) {
    for (nn::real& v : p.var.mutable_value().values()) v = static_cast<nn::real>(rng.normal());
  }
  train::TrainingRecord record;
  record.sources.push_back({"scan.nii", std::string(64, '0'), 9, 8, 8, 5, "HU"});
  return made.emplace(name, train::model_contents(recipe, record, network)).first->second;
}

}  // namespace

void read_model(const std::string& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string::npos) return;
  const bool residual = text.find("residual") != std::string::npos;
  train::ModelContents contents = contents_of(residual ? "residual" : "ct2ct");
  contents.metadata["recipe"] = text.substr(0, end);
  contents.metadata["training"] = text.substr(end + 1);
  std::string bytes;
  try {
    // Sealed anew, or the loader would refuse all of them for their seal.
    bytes = train::sealed_bytes(contents.metadata, contents.arrays);
  } catch (const nlohmann::json::exception&) {
    return;  // no UTF-8, which the writer's library refuses
  }
  const train::Model model = train::Model::load(file_of(bytes, "model"));
  model.widest_gap();
  if (std::holds_alternative<train::Picture>(model.recipe().input)) {
    model.translate(nn::Tensor({1, 5, 6, model.recipe().generator_config().in_channels}));
  } else {
    const nn::Tensor slice({1, 5, 6, 1});
    model.predict(std::vector<train::MissingSlice>{{{slice, slice, slice, slice}}});
  }
}

std::vector<std::string> model_seeds() {
  std::vector<std::string> all;
  for (const char* name : {"residual", "ct2ct"}) {
    const nn::Metadata& m = contents_of(name).metadata;
    all.push_back(m.at("recipe") + "\n" + m.at("training"));
  }
  return all;
}

}  // namespace fuzz
