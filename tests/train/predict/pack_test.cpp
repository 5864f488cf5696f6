// A packed model: every weight is the nearest of 16 bits, nothing else changes, and what cannot be
// packed is refused.
#include "train/predict/pack.h"

#include <algorithm>
#include <filesystem>

#include "nn/core/error.h"
#include "tests/catch.h"
#include "tests/train/runs.h"
#include "train/predict/default_model.h"
#include "train/predict/model_file.h"
#include "train/predict/seal.h"

namespace {

using train_test::Folder;

/// A small model file with random weights; one of them is `odd`.
std::string write_model(const Folder& folder, const std::string& recipe_name, float odd = 0.1F) {
  train::Recipe recipe = train::recipe_named(recipe_name);
  recipe.generator.levels = 3;
  recipe.generator.width = 5;
  models::UNet network(recipe.generator_config());
  nn::Rng rng(5, nn::Purpose::test);
  nn::ParameterList list = network.parameters();
  for (nn::Parameter& p : list.parameters) {
    for (nn::real& v : p.var.mutable_value().values())
      v = static_cast<nn::real>(0.3 * rng.normal());
  }
  for (nn::Buffer& b : list.buffers) {
    for (nn::real& v : b.tensor.values()) v = static_cast<nn::real>(0.1 + rng.uniform());
  }
  list.parameters.front().var.mutable_value().data()[0] = odd;
  train::TrainingRecord record;
  record.sources.push_back({"head.nii", std::string(64, 'a'), 9, 8, 8, 5, "HU"});
  record.steps = 12;
  const train::ModelContents contents = train::model_contents(recipe, record, network);
  train::write_tensor_file(folder / "model.safetensors", contents.metadata, contents.arrays, true);
  return folder / "model.safetensors";
}

}  // namespace

TEST_CASE("a packed model has the nearest weights of 16 bits, and all else as it was") {
  for (const char* recipe : {"residual", "ct2ct"}) {
    INFO(recipe);
    const Folder folder;
    const std::string whole = write_model(folder, recipe);
    const std::string small = folder / "small.safetensors";
    const train::Packed packed = train::pack_model(whole, small, false);
    CHECK(packed.bytes_before == std::filesystem::file_size(whole));
    CHECK(packed.bytes == std::filesystem::file_size(small));
    CHECK(packed.bytes < packed.bytes_before * 3 / 4);
    CHECK(packed.largest_change > 0);

    const train::Model model = train::Model::load(small);
    CHECK(model.training().steps == 12);
    CHECK(model.training().sources.front().sha256 == std::string(64, 'a'));
    const nn::SafetensorsReader before(whole);
    const nn::SafetensorsReader after(small);
    CHECK(after.metadata().at("recipe") == before.metadata().at("recipe"));
    REQUIRE(after.entries().size() == before.entries().size());
    for (const auto& [name, entry] : before.entries()) {
      INFO(name);
      const std::vector<float> was = before.read<float>(name);
      const std::vector<float> is = after.read<float>(name);
      REQUIRE(is.size() == was.size());
      CHECK(after.entry(name).shape == entry.shape);
      const bool kept = name.find("running_") != std::string::npos || name.starts_with("selftest");
      CHECK(after.entry(name).stored == (kept ? nn::Stored::f32 : nn::Stored::f16));
      for (std::size_t i = 0; i < was.size() && name != "selftest.output"; ++i) {
        if (is[i] != (kept ? was[i] : nn::from_half(nn::to_half(was[i])))) {
          FAIL_CHECK(i << ": " << was[i] << " became " << is[i]);
        }
      }
    }

    // Packed again nothing is lost.
    const std::string again = folder / "again.safetensors";
    CHECK(train::pack_model(small, again, false).largest_change == 0);
    CHECK(train::sha256_of_model(again) == train::sha256_of_model(small));
  }
}

TEST_CASE("a weight that 16 bits cannot hold is refused, and leaves no file") {
  const Folder folder;
  const std::string whole = write_model(folder, "residual", 70000);
  try {
    train::pack_model(whole, folder / "small.safetensors", false);
    FAIL("not refused");
  } catch (const nn::Error& e) {
    CHECK(e.fault() == nn::Fault::input);
    const std::string text = e.what();
    CHECK(text.find("a value of 70000.0") != std::string::npos);
    CHECK(text.find("at most 65504") != std::string::npos);
  }
  CHECK_FALSE(std::filesystem::exists(folder / "small.safetensors"));
}
