// What a model file and a checkpoint promise: the bytes are those that were written, every weight
// is where it belongs, and a program that computes otherwise is noticed.
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <span>

#include "data/files/sha256.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "tests/catch.h"
#include "tests/data/test_files.h"
#include "tests/train/runs.h"
#include "train/fit/run_folder.h"
#include "train/predict/default_model.h"
#include "train/predict/model_file.h"
#include "train/predict/pack.h"
#include "train/predict/seal.h"
#include "train/predict/self_test.h"

namespace {

using data_test::check_input_error;
using train_test::Folder;

struct Small {
  explicit Small(const std::string& name = "residual", nn::index width = 1)
      : recipe(recipe_of(name, width)), network(recipe.generator_config()) {
    nn::Rng rng(7, nn::Purpose::test);
    nn::ParameterList list = network.parameters();
    for (nn::Parameter& p : list.parameters) {
      for (nn::real& v : p.var.mutable_value().values()) v = static_cast<nn::real>(rng.normal());
    }
    for (nn::Buffer& b : list.buffers) {
      for (nn::real& v : b.tensor.values()) v = static_cast<nn::real>(0.1 + rng.uniform());
    }
    record.sources.push_back({"scan.nii", std::string(64, '0'), 9, 8, 8, 5, "HU"});
    contents = train::model_contents(recipe, record, network);
  }

  static train::Recipe recipe_of(const std::string& name, nn::index width) {
    train::Recipe r = train::recipe_named(name);
    r.generator.levels = 2;
    r.generator.width = width;
    r.generator.head_channels = 1;
    return r;
  }

  train::Recipe recipe;
  models::UNet network;
  train::TrainingRecord record;
  train::ModelContents contents;
};

nn::SafetensorsReader reader_of(const std::string& bytes) {
  return {"it.safetensors", std::as_bytes(std::span(bytes))};
}

/// Bits of the file that can be flipped without a refusal by `load`.
template <class Load>
std::vector<std::size_t> accepted_flips(const std::string& bytes, const Load& load) {
  std::vector<char> accepted(bytes.size() * 8, 0);
  nn::parallel_chunks(
      static_cast<nn::index>(bytes.size()), 64, [&](nn::index begin, nn::index end) {
        std::string changed = bytes;
        for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
          for (unsigned bit = 0; bit < 8; ++bit) {
            changed[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ (1U << bit));
            try {
              load(changed);
              accepted[8 * i + bit] = 1;
            } catch (const nn::Error& e) {
              if (e.fault() != nn::Fault::input) accepted[8 * i + bit] = 1;
            }
          }
          changed[i] = bytes[i];
        }
      });
  std::vector<std::size_t> list;
  for (std::size_t i = 0; i < accepted.size(); ++i) {
    if (accepted[i] != 0) list.push_back(i);
  }
  return list;
}

std::string unsealed_bytes(const nn::Metadata& metadata,
                           const std::vector<nn::ArrayToWrite>& arrays) {
  std::string bytes;
  nn::write_safetensors(
      [&](const void* part, std::size_t n) { bytes.append(static_cast<const char*>(part), n); },
      metadata, arrays);
  return bytes;
}

/// As programs before seals wrote it: format 1, and a self-test of 2^levels pixels a side.
std::string older_file(Small& small) {
  nn::Metadata metadata = small.contents.metadata;
  metadata["format"] = "ct2ct model 1";
  metadata.erase(train::kWeightSums);
  metadata.erase(train::kSelfTestArithmetic);
  std::vector<nn::ArrayToWrite> arrays = nn::arrays_of(small.network.parameters(), "g.");
  const nn::index side = nn::index{1} << small.recipe.generator.levels;
  nn::Rng rng(3, nn::Purpose::test);
  const auto add = [&](const std::string& name, const nn::Tensor& t) {
    arrays.push_back({"selftest." + name, {1, side, side, t.shape().c}, [t](float* out) {
                        std::copy_n(t.data(), t.numel(), out);
                      }});
  };
  nn::Tensor input({1, side, side, small.recipe.generator_config().in_channels});
  nn::Tensor base({1, side, side, small.recipe.generator_config().base_channels()});
  for (nn::real& v : input.values()) v = static_cast<nn::real>(rng.normal());
  for (nn::real& v : base.values()) v = static_cast<nn::real>(rng.normal());
  add("input", input);
  add("base", base);
  add("output", train::run(small.recipe, small.network, input, base));
  return unsealed_bytes(metadata, arrays);
}

}  // namespace

TEST_CASE("a model file of which any one bit is flipped is refused", "[optimised]") {
  const Small small;
  const std::string bytes = train::sealed_bytes(small.contents.metadata, small.contents.arrays);
  CHECK(train::Model::load(reader_of(bytes)).sha256() ==
        data::sha256_of(bytes.data(), bytes.size()));
  CHECK(bytes.size() > 5000);
  const auto accepted = accepted_flips(
      bytes, [](const std::string& changed) { train::Model::load(reader_of(changed)); });
  CHECK(accepted == std::vector<std::size_t>());
}

TEST_CASE("a model file with any entry of its metadata changed is refused") {
  const Small small;
  const std::string bytes = train::sealed_bytes(small.contents.metadata, small.contents.arrays);
  const nn::Metadata metadata = reader_of(bytes).metadata();
  REQUIRE(metadata.size() == 8);
  const auto refused = [&](const nn::Metadata& changed) {
    const std::string file = unsealed_bytes(changed, small.contents.arrays);
    CHECK_THROWS_AS(train::Model::load(reader_of(file)), nn::Error);
  };
  for (const auto& [name, value] : metadata) {
    INFO(name);
    nn::Metadata changed = metadata;
    changed.erase(name);
    refused(changed);
    for (const std::string& other : {value + " ", std::string(), "x" + value.substr(1)}) {
      changed[name] = other;
      refused(changed);
    }
  }
  nn::Metadata more = metadata;
  more["approved"] = "yes";
  refused(more);
  // Inside of the texts: what a file may not say unnoticed.
  for (const char* entry : {"recipe", "training"}) {
    const auto fields = nlohmann::json::parse(metadata.at(entry)).flatten();
    for (const auto& [pointer, value] : fields.items()) {
      INFO(entry << pointer);
      nlohmann::json changed = fields;
      changed[pointer] = value.is_number()    ? nlohmann::json(value.get<double>() + 1)
                         : value.is_boolean() ? nlohmann::json(!value.get<bool>())
                                              : nlohmann::json("other");
      nn::Metadata m = metadata;
      m[entry] = changed.unflatten().dump();
      refused(m);
    }
  }
  check_input_error(
      [&] {
        nn::Metadata changed = metadata;
        changed["intended_use"] = "diagnosis";
        train::Model::load(reader_of(unsealed_bytes(changed, small.contents.arrays)));
      },
      {"it.safetensors", "bytes with the SHA-256", "damaged or changed"});
}

TEST_CASE("any weight set to zero or doubled is refused, also by whoever writes a new seal",
          "[optimised]") {
  for (const char* name : {"residual", "ct2ct"}) {
    Small small(name, 2);
    nn::ParameterList list = small.network.parameters();
    // The answer alone: nearly all weights; the weighted sums: all.
    int weights = 0;
    int passed = 0;
    int same_answer = 0;
    const auto output_of = [&] {
      const auto arrays = train::self_test_arrays(small.recipe, small.network);
      std::vector<float> values(static_cast<std::size_t>(
          arrays.back().shape[1] * arrays.back().shape[2] * arrays.back().shape[3]));
      arrays.back().fill(values.data());
      return values;
    };
    const std::vector<float> right = output_of();
    for (nn::Parameter& p : list.parameters) {
      for (nn::real& v : p.var.mutable_value().values()) {
        const nn::real was = v;
        REQUIRE(was != 0);
        for (const nn::real wrong : {nn::real{0}, 2 * was}) {
          v = wrong;
          ++weights;
          same_answer += output_of() == right ? 1 : 0;
          // Metadata and self-test of before, weights of now, sealed anew.
          const std::string bytes =
              train::sealed_bytes(small.contents.metadata, small.contents.arrays);
          try {
            train::Model::load(reader_of(bytes));
            ++passed;
          } catch (const nn::Error&) {
          }
        }
        v = was;
      }
    }
    INFO(name << ": " << weights << " changes, the same answer after " << same_answer);
    CHECK(weights > 700);
    CHECK(passed == 0);
    CHECK(same_answer < weights / 4);
    CHECK_NOTHROW(train::Model::load(
        reader_of(train::sealed_bytes(small.contents.metadata, small.contents.arrays))));
  }
}

TEST_CASE("by the file's arithmetic the answer must be the same to the bit, by another nearly") {
  Small small;
  nn::ArrayToWrite& output = small.contents.arrays.back();
  REQUIRE(output.name == "selftest.output");
  const auto right = output.fill;
  output.fill = [right](float* values) {
    right(values);
    values[3] = std::nextafter(values[3], 100.F);
  };
  const auto load = [&] {
    train::Model::load(
        reader_of(train::sealed_bytes(small.contents.metadata, small.contents.arrays)));
  };
  check_input_error(load, {"another answer in 1 of 144 values", "gradcheck"});
  small.contents.metadata[train::kSelfTestArithmetic] = "ref chain winograd-never";
  CHECK_NOTHROW(load());
  output.fill = [right](float* values) {
    right(values);
    values[3] += 1;
  };
  check_input_error(load, {"a self-test that is off by"});
}

TEST_CASE("a file of the older format is read, says so, and can be sealed") {
  const Folder dir;
  Small small;
  const std::string bytes = older_file(small);
  const std::string path = dir / "old.safetensors";
  data_test::put(path, bytes);
  const train::Model old = train::Model::load(path);
  CHECK_FALSE(old.sealed());
  REQUIRE(old.warnings().size() == 1);
  CHECK(old.warnings().front().find("ct2ct seal") != std::string::npos);
  const std::string out = dir / "new.safetensors";
  const std::string sealed = train::seal_model(path, out, false);
  CHECK(sealed == data::sha256_of_file(out));
  const train::Model now = train::Model::load(out);
  CHECK(now.sealed());
  CHECK(now.warnings().empty());
  // The file that the same training writes today.
  CHECK(data_test::get(out) == train::sealed_bytes(small.contents.metadata, small.contents.arrays));
  // Packed weights stay packed.
  const std::string packed = dir / "packed.safetensors";
  train::pack_model(path, packed, false);
  const std::string again = train::seal_model(packed, dir / "again.safetensors", false);
  CHECK(again == data::sha256_of_file(packed));
}

TEST_CASE("a model of another SHA-256 than the expected one is refused") {
  const std::string sha256 = train::sha256_of_model(train::kDefaultModel);
  CHECK_NOTHROW(train::Model::load(train::kDefaultModel, sha256));
  std::string upper = sha256;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  CHECK_NOTHROW(train::Model::load(train::kDefaultModel, upper));
  const auto load = [](const std::string& expected) {
    return [expected] { train::Model::load(train::kDefaultModel, expected); };
  };
  check_input_error(load(std::string(64, 'a')), {"default", sha256, "--expect-model"});
  check_input_error(load(sha256.substr(1)), {"--expect-model", "64 hexadecimal digits"});
}

TEST_CASE("a checkpoint of which any one bit is flipped is refused", "[optimised]") {
  const Folder dir;
  train::Recipe recipe = Small::recipe_of("residual", 1);
  recipe.discriminator.width = 1;
  train::Pix2Pix networks(recipe.generator_config(), recipe.discriminator_config(), recipe.adam, 1);
  const std::string path = dir / "checkpoint.safetensors";
  const std::string data(64, 'b');
  train::save_checkpoint(path, {3, 9, 1, 3, data, std::string(64, 'c')}, networks);
  std::vector<std::string> warnings;
  const train::CheckpointInfo info = train::load_checkpoint(path, data, networks, warnings);
  CHECK(info.step == 3);
  CHECK(info.config_sha256 == std::string(64, 'c'));
  CHECK(warnings.empty());
  const std::string bytes = data_test::get(path);
  const auto accepted = accepted_flips(bytes, [](const std::string& changed) {
    train::checked_seal(reader_of(changed), "ct2ct checkpoint", "");
  });
  CHECK(accepted == std::vector<std::size_t>());
  // load_checkpoint() asks for that seal: one bit of a moment, and the version's text.
  std::string changed = bytes;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  data_test::put(path, changed);
  const auto load = [&] { train::load_checkpoint(path, data, networks, warnings); };
  check_input_error(load, {"checkpoint.safetensors", "bytes with the SHA-256"});
  changed = bytes;
  const std::size_t at = changed.find("\"ct2ct_version\":\"0");
  REQUIRE(at != std::string::npos);
  changed[at + 17] = '9';
  data_test::put(path, changed);
  check_input_error(load, {"checkpoint.safetensors", "bytes with the SHA-256"});
}
