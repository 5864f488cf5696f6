#include "train/predict/pack.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "train/predict/default_model.h"
#include "train/predict/model_file.h"

namespace train {
namespace {

std::vector<float> self_test_output(const std::string& path) {
  return open_model(path).read<float>("selftest.output");
}

std::size_t bytes_in(const std::string& path) {
  return path == kDefaultModel ? default_model().size() : nn::MappedFile(path).size();
}

}  // namespace

Packed pack_model(const std::string& path, const std::string& out, bool force) {
  const Model model = Model::load(path);  // finds what is wrong with it
  models::UNet generator(model.recipe().generator);
  load_generator(path, generator);
  nn::ParameterList list = generator.parameters();
  for (nn::Parameter& p : list.parameters) {
    for (nn::real& v : p.var.mutable_value().values()) {
      const float rounded = nn::from_half(nn::to_half(static_cast<float>(v)));
      // What is too large stays as it is: the writer refuses it, by its value.
      if (std::isfinite(rounded)) v = static_cast<nn::real>(rounded);
    }
  }
  ModelContents contents = model_contents(model.recipe(), model.training(), generator);
  for (std::size_t i = 0; i < list.parameters.size(); ++i) {  // they come first, in this order
    contents.arrays[i].stored = nn::Stored::f16;
  }
  contents.metadata["packed_from"] = sha256_of_model(path);
  const std::vector<float> before = self_test_output(path);
  Packed packed;
  packed.bytes_before = bytes_in(path);
  write_tensor_file(out, contents.metadata, contents.arrays, force);
  packed.bytes = bytes_in(out);
  const std::vector<float> after = self_test_output(out);
  for (std::size_t i = 0; i < before.size(); ++i) {
    packed.largest_change =
        std::max(packed.largest_change,
                 std::fabs(static_cast<double>(after[i]) - static_cast<double>(before[i])));
  }
  return packed;
}

}  // namespace train
