#include "train/predict/self_test.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "nn/backend/arithmetic.h"
#include "nn/core/buffer_pool.h"
#include "nn/core/error.h"
#include "nn/core/rng.h"
#include "nn/modules/parameters.h"

namespace train {
namespace {

/// How far another arithmetic may be from the record, in the largest value of the output: it rounds
/// differently by far less, a wrong weight or kernel does far worse.
constexpr double kTolerance = 1e-4;

nn::ArrayToWrite array_of(const std::string& name, const nn::Tensor& t) {
  const nn::Shape& s = t.shape();
  return {name, {s.n, s.h, s.w, s.c}, [t](float* out) {
            std::transform(t.data(), t.data() + t.numel(), out,
                           [](nn::real v) { return static_cast<float>(v); });
          }};
}

/// Noise on top of patches of four sizes: each level of a network meets something of its own size.
nn::Tensor patches(nn::Rng& rng, nn::index side, nn::index channels) {
  const auto next = [&] { return 2 * rng.uniform() - 1; };
  nn::Tensor t({1, side, side, channels});
  for (nn::real& v : t.values()) v = static_cast<nn::real>(0.5 * next());
  for (const nn::index parts : {2, 3, 6, 12}) {
    for (nn::index c = 0; c < channels; ++c) {
      std::vector<nn::real> values(static_cast<std::size_t>(parts * parts));
      for (nn::real& v : values) v = static_cast<nn::real>(next());
      for (nn::index p = 0; p < side * side; ++p) {
        const nn::index patch = p / side * parts / side * parts + p % side * parts / side;
        t.data()[p * channels + c] += values[static_cast<std::size_t>(patch)];
      }
    }
  }
  return t;
}

nn::index side_in(const Recipe& recipe, bool sealed) {
  return sealed ? self_test_side(recipe.generator) : nn::index{1} << recipe.generator.levels;
}

/// A network of the same weights.
models::UNet copy_of(const Recipe& recipe, const models::UNet& generator) {
  models::UNet copy(recipe.generator_config());
  const nn::ParameterList from = generator.parameters();
  nn::ParameterList to = copy.parameters();
  for (std::size_t i = 0; i < from.parameters.size(); ++i) {
    const nn::Tensor& values = from.parameters[i].var.value();
    std::copy_n(values.data(), values.numel(), to.parameters[i].var.mutable_value().data());
  }
  for (std::size_t i = 0; i < from.buffers.size(); ++i) {
    const nn::Tensor& values = from.buffers[i].tensor;
    std::copy_n(values.data(), values.numel(), to.buffers[i].tensor.data());
  }
  return copy;
}

nn::Tensor tensor_in(const nn::SafetensorsReader& file, const std::string& name, nn::index side,
                     nn::index channels) {
  return nn::Tensor::from({1, side, side, channels}, file.read<nn::real>(name));
}

}  // namespace

void prepare(const Recipe& recipe, models::UNet& generator) {
  if (recipe.predict_mode == nn::NormMode::running) generator.fold_batch_norms();
  generator.fix_weights();
  nn::BufferPool::trim();  // the weights as they were
}

nn::index self_test_side(const models::UNetSettings& settings) {
  // From twice on, the innermost maps have 2 x 2 pixels: the 16 taps between them all meet data.
  const nn::index times = settings.levels <= 6 ? 3 : 2;
  return times << settings.levels;
}

std::string weight_sums(const models::UNet& generator) {
  std::vector<float> values;
  nlohmann::json sums;
  for (const nn::ArrayToWrite& a : nn::arrays_of(generator.parameters(), "")) {
    nn::index count = 1;
    for (const nn::index size : a.shape) count *= size;
    values.resize(static_cast<std::size_t>(count));
    a.fill(values.data());
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto step = static_cast<std::uint16_t>(i * 40503);
      sum += static_cast<double>(values[i]) * (1 + static_cast<double>(step) / 65536);
    }
    sums[a.name] = sum;
  }
  return sums.dump();
}

void check_weight_sums(const nn::SafetensorsReader& file, const models::UNet& generator) {
  const auto entry = file.metadata().find(kWeightSums);
  nn::require(entry != file.metadata().end() && entry->second == weight_sums(generator),
              file.path(), "weights with other sums than its metadata say", "the sums of the file",
              "file and program do not fit each other; give a whole copy of the file");
}

std::string arithmetic_text() {
  const nn::Arithmetic a = nn::arithmetic();
  return a.device + " " + a.gemm + " winograd-" + nn::to_string(a.winograd);
}

std::vector<nn::ArrayToWrite> self_test_arrays(const Recipe& recipe,
                                               const models::UNet& generator) {
  const models::UNetConfig config = recipe.generator_config();
  const nn::index side = self_test_side(config);
  nn::Rng rng(1, nn::Purpose::test, 2);
  const auto noise = [&](nn::index channels) { return patches(rng, side, channels); };
  const nn::Tensor input = noise(config.in_channels);
  nn::Tensor base;
  if (config.base_channels() > 0) base = noise(config.base_channels());
  models::UNet network = copy_of(recipe, generator);
  prepare(recipe, network);
  const nn::Tensor output = run(recipe, network, input, base);
  std::vector<nn::ArrayToWrite> arrays{array_of("selftest.input", input)};
  if (!base.empty()) arrays.push_back(array_of("selftest.base", base));
  arrays.push_back(array_of("selftest.output", output));
  return arrays;
}

std::size_t self_test_tensors(const nn::SafetensorsReader& file, const Recipe& recipe,
                              bool sealed) {
  const models::UNetConfig config = recipe.generator_config();
  const nn::index side = side_in(recipe, sealed);
  std::size_t count = 0;
  const auto require_channels = [&](const char* name, nn::index channels) {
    const nn::index expected = side * side * channels;
    nn::require(file.entry(name).count == expected, file.path(), "a self-test of another size",
                std::to_string(expected) + " values in " + name);
    ++count;
  };
  require_channels("selftest.input", config.in_channels);
  if (config.base_channels() > 0) require_channels("selftest.base", config.base_channels());
  require_channels("selftest.output", config.out_channels);
  return count;
}

void check_self_test(const nn::SafetensorsReader& file, const Recipe& recipe,
                     models::UNet& generator, bool sealed) {
  const models::UNetConfig config = recipe.generator_config();
  const nn::index side = side_in(recipe, sealed);
  nn::Tensor base;
  if (config.base_channels() > 0) {
    base = tensor_in(file, "selftest.base", side, config.base_channels());
  }
  const nn::Tensor output =
      run(recipe, generator, tensor_in(file, "selftest.input", side, config.in_channels), base);
  const std::vector<nn::real> expected = file.read<nn::real>("selftest.output");
  nn::BufferPool::trim();  // images have other sizes
  const auto bits = [](nn::real v) { return std::bit_cast<std::uint32_t>(v); };
  double largest = 0;
  double worst = 0;
  std::size_t others = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto e = static_cast<double>(expected[i]);
    const double difference = std::fabs(static_cast<double>(output.data()[i]) - e);
    largest = std::max(largest, std::fabs(e));
    worst = difference > worst || difference != difference ? difference : worst;
    others += bits(output.data()[i]) == bits(expected[i]) ? 0 : 1;
  }
  const auto by = file.metadata().find(kSelfTestArithmetic);
  const bool same = by != file.metadata().end() && by->second == arithmetic_text();
  const std::string hint =
      "file and program do not fit each other; run ct2ct gradcheck, which tells whether this "
      "program computes right";
  nn::require(!same || others == 0, file.path(),
              "a self-test with another answer in " + std::to_string(others) + " of " +
                  std::to_string(expected.size()) + " values",
              "the same bits", hint);
  nn::require(
      worst <= kTolerance * largest, file.path(),
      "a self-test that is off by " + std::to_string(worst / largest) + " of the largest value",
      "at most " + std::to_string(kTolerance), hint);
}

}  // namespace train
