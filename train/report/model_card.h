// What a report says of the model that it is about.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "train/predict/model_file.h"

namespace train {

struct ModelCard {
  std::string file;     ///< its name without the path: paths say too much about a user
  std::string sha256;   ///< of the file
  std::string version;  ///< of the ct2ct that wrote it
  nn::index parameters = 0;
  Recipe recipe;
  TrainingRecord training;
};

/// `path`: the file that `model` was loaded from.
ModelCard model_card(const std::string& path, const Model& model);

nlohmann::ordered_json to_card_json(const ModelCard& card);

}  // namespace train
