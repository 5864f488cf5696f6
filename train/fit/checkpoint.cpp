#include "train/fit/run_folder.h"

#include <algorithm>

#include "nn/core/error.h"
#include "train/predict/seal.h"
#include "train/program/version.h"

namespace train {
namespace {

constexpr const char* kKind = "ct2ct checkpoint";

nn::ArrayToWrite flat(const std::string& name, const nn::Tensor& t) {
  return {name, {t.numel()}, [t](float* out) {
            std::transform(t.data(), t.data() + t.numel(), out,
                           [](nn::real v) { return static_cast<float>(v); });
          }};
}

std::uint64_t number(const nn::Metadata& m, const char* key, const std::string& path) {
  const auto found = m.find(key);
  const bool digits = found != m.end() && !found->second.empty() && found->second.size() < 20 &&
                      std::all_of(found->second.begin(), found->second.end(),
                                  [](char c) { return c >= '0' && c <= '9'; });
  nn::require(digits, path, std::string("no number '") + key + "' in its metadata", "a checkpoint");
  return std::stoull(found->second);
}

void restore_adam(nn::Adam& adam, const nn::SafetensorsReader& file, const std::string& name,
                  std::uint64_t steps) {
  adam.restore(file.read<nn::real>(name + ".m"), file.read<nn::real>(name + ".v"), steps);
}

}  // namespace

void save_checkpoint(const std::string& path, const CheckpointInfo& info, Pix2Pix& networks) {
  std::vector<nn::ArrayToWrite> arrays = nn::arrays_of(networks.generator().parameters(), "g.");
  for (auto& a : nn::arrays_of(networks.discriminator().parameters(), "d.")) {
    arrays.push_back(std::move(a));
  }
  const nn::Adam& g = networks.generator_adam();
  const nn::Adam& d = networks.discriminator_adam();
  arrays.push_back(flat("adam.g.m", g.first_moment()));
  arrays.push_back(flat("adam.g.v", g.second_moment()));
  arrays.push_back(flat("adam.d.m", d.first_moment()));
  arrays.push_back(flat("adam.d.v", d.second_moment()));
  const nn::Metadata metadata{{"format", std::string(kKind) + " 2"},
                              {"ct2ct_version", kVersion},
                              {"step", std::to_string(info.step)},
                              {"total", std::to_string(info.total)},
                              {"seed", std::to_string(info.seed)},
                              {"random_state", "Philox4x32-10, a function of seed and step"},
                              {"data_cursor", std::to_string(info.data_cursor)},
                              {"data_sha256", info.data_sha256},
                              {"config_sha256", info.config_sha256},
                              {"adam_steps_g", std::to_string(g.steps_done())},
                              {"adam_steps_d", std::to_string(d.steps_done())}};
  write_tensor_file(path, metadata, arrays, /*force=*/true);
}

CheckpointInfo load_checkpoint(const std::string& path, const std::string& data_sha256,
                               Pix2Pix& networks, std::vector<std::string>& warnings) {
  const nn::SafetensorsReader file(path);
  const Seal seal = checked_seal(file, kKind, "give the folder of a run");
  if (!seal.sealed) warnings.push_back(unsealed_warning(file, ""));
  const nn::Metadata& m = file.metadata();
  const auto hash = m.find("data_sha256");
  nn::require(hash != m.end() && hash->second == data_sha256, path,
              "a checkpoint of training on other scans", "the scans of this run",
              "give the same scans in the same order");
  nn::ParameterList g = networks.generator().parameters();
  nn::ParameterList d = networks.discriminator().parameters();
  nn::load(g, file, "g.");
  nn::load(d, file, "d.");
  restore_adam(networks.generator_adam(), file, "adam.g", number(m, "adam_steps_g", path));
  restore_adam(networks.discriminator_adam(), file, "adam.d", number(m, "adam_steps_d", path));
  return {number(m, "step", path),
          number(m, "total", path),
          number(m, "seed", path),
          number(m, "data_cursor", path),
          data_sha256,
          m.contains("config_sha256") ? m.at("config_sha256") : ""};
}

}  // namespace train
