// Small runs for tests: a folder that is gone afterwards, and what to train in it.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "train/fit/trainer.h"

namespace train_test {

namespace fs = std::filesystem;

/// A folder of its own that is gone afterwards.
struct Folder {
  Folder() : path(fs::temp_directory_path() / ("ct2ct_trainer_" + std::to_string(::getpid()))) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  fs::path path;
};

inline train::TrainOptions options_for(const std::string& recipe, const std::string& out) {
  train::TrainOptions o;
  o.recipe = train::recipe_named(recipe);
  o.recipe.generator.levels = 3;
  o.recipe.generator.width = 4;
  o.recipe.discriminator.width = 4;
  o.recipe.crop = recipe == "residual" ? 32 : 0;
  o.recipe.size = recipe == "residual" ? 0 : 64;
  o.recipe.enlarge = 0;
  o.recipe.adversarial_start = recipe == "residual" ? 0.5 : 0;
  o.scans = {"phantom:1:24:64", "phantom:2:24:64"};
  o.out = out;
  o.steps = 20;
  return o;
}

inline std::string text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace train_test
