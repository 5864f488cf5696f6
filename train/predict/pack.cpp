#include "train/predict/pack.h"

#include <algorithm>
#include <cmath>

#include "data/files/atomic_file.h"
#include "train/predict/default_model.h"
#include "train/predict/model_file.h"
#include "train/predict/seal.h"

namespace train {
namespace {

/// A model's contents, for another file.
struct Copy {
  explicit Copy(const nn::SafetensorsReader& file)
      : model(Model::load(file)), generator(model.recipe().generator_config()) {
    load_generator(file, generator);
  }
  ModelContents contents() { return model_contents(model.recipe(), model.training(), generator); }

  Model model;  // finds what is wrong with it
  models::UNet generator;
};

/// The self-test's output comes last.
std::vector<float> self_test_output(const ModelContents& contents) {
  const nn::ArrayToWrite& output = contents.arrays.back();
  nn::index count = 1;
  for (const nn::index size : output.shape) count *= size;
  std::vector<float> values(static_cast<std::size_t>(count));
  output.fill(values.data());
  return values;
}

std::size_t bytes_in(const std::string& path) {
  return path == kDefaultModel ? default_model().size() : nn::MappedFile(path).size();
}

}  // namespace

Packed pack_model(const std::string& path, const std::string& out, bool force, const Warn& warn) {
  data::require_ending(out, {".safetensors"});
  Packed packed;
  packed.bytes_before = bytes_in(path);
  Copy copy(open_model(path));
  if (warn) warn(copy.model.warnings());
  const std::vector<float> before = self_test_output(copy.contents());
  nn::ParameterList list = copy.generator.parameters();
  for (nn::Parameter& p : list.parameters) {
    for (nn::real& v : p.var.mutable_value().values()) {
      const float rounded = nn::from_half(nn::to_half(static_cast<float>(v)));
      // What is too large stays as it is: the writer refuses it, by its value.
      if (std::isfinite(rounded)) v = static_cast<nn::real>(rounded);
    }
  }
  ModelContents contents = copy.contents();
  for (std::size_t i = 0; i < list.parameters.size(); ++i) {  // they come first, in this order
    contents.arrays[i].stored = nn::Stored::f16;
  }
  write_tensor_file(out, contents.metadata, contents.arrays, force);
  packed.bytes = bytes_in(out);
  const std::vector<float> after = self_test_output(contents);
  for (std::size_t i = 0; i < before.size(); ++i) {
    packed.largest_change =
        std::max(packed.largest_change,
                 std::fabs(static_cast<double>(after[i]) - static_cast<double>(before[i])));
  }
  return packed;
}

std::string seal_model(const std::string& path, const std::string& out, bool force,
                       const Warn& warn) {
  data::require_ending(out, {".safetensors"});
  const nn::SafetensorsReader file = open_model(path);
  Copy copy(file);
  if (warn) warn(copy.model.warnings());
  ModelContents contents = copy.contents();
  for (nn::ArrayToWrite& a : contents.arrays) {
    // 64 bits, which our writer never wrote, are read as 32.
    if (a.name.starts_with("g.") && file.entry(a.name).stored == nn::Stored::f16) {
      a.stored = nn::Stored::f16;
    }
  }
  write_tensor_file(out, contents.metadata, contents.arrays, force);
  return sha256_of_model(out);
}

}  // namespace train
