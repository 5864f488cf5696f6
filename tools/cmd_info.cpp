#include <filesystem>
#include <nlohmann/json.hpp>

#include "data/read.h"
#include "data/sha256.h"
#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/predict/model_file.h"

namespace tools {
namespace {

using Json = nlohmann::ordered_json;

Json describe_model(const std::string& path) {
  const train::Model model = train::Model::load(path);
  Json j;
  j["kind"] = "model";
  j["sha256"] = data::sha256_of_file(path);
  j["generator_params"] = model.parameter_count();
  j["self_test"] = "passed";
  j["recipe"] = nlohmann::json(model.recipe());
  j["training"] = nlohmann::json(model.training());
  return j;
}

Json describe_scan(const std::string& path, const data::ReadOptions& read) {
  const data::Volume v = data::read_volume(path, read);
  Json j;
  j["kind"] = "scan";
  j["format"] = v.format;
  j["dims"] = v.dims;
  j["spacing_mm"] = v.spacing;
  j["stored_as"] = data::to_string(v.type);
  j["unit"] = data::to_string(v.unit);
  j["slope"] = v.slope;
  j["intercept"] = v.intercept;
  j["slice_axis"] = v.slice_axis;
  j["slices"] = v.slices();
  j["slice_size"] = {v.height(), v.width()};
  j["slice_spacing_mm"] = v.slice_spacing();
  double low = 0;
  double high = 0;
  for (nn::index k = 0; k < v.slices(); ++k) {
    const nn::Tensor s = v.slice(k);
    const auto [lo, hi] = std::minmax_element(s.data(), s.data() + s.numel());
    low = k == 0 ? static_cast<double>(*lo) : std::min(low, static_cast<double>(*lo));
    high = k == 0 ? static_cast<double>(*hi) : std::max(high, static_cast<double>(*hi));
  }
  j["range"] = {low, high};
  j["sha256"] = v.sha256();
  j["warnings"] = v.warnings;
  return j;
}

/// "key: value" lines; nested objects are indented.
std::string as_text(const Json& j, const std::string& indent = "") {
  std::string text;
  for (const auto& [key, value] : j.items()) {
    if (value.is_object()) {
      text += indent + key + ":\n" + as_text(value, indent + "  ");
    } else {
      text += indent + key + ": " + (value.is_string() ? value.get<std::string>() : value.dump()) +
              "\n";
    }
  }
  return text;
}

}  // namespace

void add_info(CLI::App& app, const Common&) {
  struct Options {
    std::string path;
    data::ReadOptions read;
    bool json = false;
  };
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("info", "Say what a scan or a model file is");
  cmd->add_option("path", o->path, "Scan or model")->required();
  add_reading(*cmd, o->read);
  cmd->add_flag("--json", o->json, "Print JSON");
  cmd->final_callback([o] {
    const bool model = o->path.ends_with(".safetensors");
    const Json j = model ? describe_model(o->path) : describe_scan(o->path, o->read);
    print(o->json ? j.dump(2) + "\n" : as_text(j));
  });
}

}  // namespace tools
