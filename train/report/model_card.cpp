#include "train/report/model_card.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "train/predict/default_model.h"

namespace train {

ModelCard model_card(const std::string& path, const Model& model) {
  const nn::SafetensorsReader file = open_model(path);
  const auto version = file.metadata().find("ct2ct_version");
  return {std::filesystem::path(path).filename().string(),
          model.sha256(),
          version == file.metadata().end() ? "unknown" : version->second,
          model.parameter_count(),
          model.recipe(),
          model.training()};
}

nlohmann::ordered_json to_card_json(const ModelCard& card) {
  return {{"file", card.file},
          {"sha256", card.sha256},
          {"ct2ct_version", card.version},
          {"generator_params", card.parameters},
          {"recipe", nlohmann::json(card.recipe)},
          {"training", nlohmann::json(card.training)}};
}

}  // namespace train
