// Runs that go on from something: from their own checkpoint, or from another run's model.
#include <nlohmann/json.hpp>

#include "data/files/sha256.h"
#include "nn/backend/backend.h"
#include "nn/backend/winograd.h"
#include "nn/core/error.h"
#include "nn/io/safetensors.h"
#include "tests/catch.h"
#include "tests/data/test_files.h"
#include "tests/train/runs.h"
#include "train/fill/build_info.h"
#include "train/fit/run_folder.h"
#include "train/predict/model_file.h"
#include "train/self_check/self_check.h"

using train_test::Folder;
using train_test::options_for;
using train_test::text_of;
namespace fs = std::filesystem;

TEST_CASE("stopping at a step and going on gives the same files as never stopping", "[optimised]") {
  const Folder dir;
  for (const std::string recipe : {"residual", "ct2ct"}) {
    auto whole = options_for(recipe, dir / (recipe + "_whole"));
    train::run_training(whole);
    auto parts = options_for(recipe, dir / (recipe + "_parts"));
    parts.stop_at = 10;
    CHECK_FALSE(train::run_training(parts).complete);
    parts.stop_at.reset();
    parts.resume = true;
    CHECK(train::run_training(parts).complete);
    for (const char* name : {"/model.safetensors", "/checkpoint.safetensors", "/losses.csv"}) {
      INFO(recipe << name);
      CHECK(text_of(whole.out + name) == text_of(parts.out + name));
    }
  }
}

TEST_CASE("a run goes on with the arithmetic it began with, and with no other", "[optimised]") {
  const Folder dir;
  auto o = options_for("ct2ct", dir / "run");
  o.recipe.generator.width = 24;
  o.recipe.size = 128;
  o.steps = 4;
  std::string whole;
  {
    const nn::WinogradScope winograd(nn::WinogradUse::never);
    train::run_training(o);
    whole = data::sha256_of_file(o.out + "/model.safetensors");
    o.force = true;
    o.stop_at = 2;
    train::run_training(o);
  }
  o.resume = true;
  o.stop_at.reset();
  const auto go_on = [&] { train::run_training(o); };
  data_test::check_input_error(go_on, {o.out, "Winograd off, now on", "--no-winograd"});
  {
    const nn::WinogradScope winograd(nn::WinogradUse::never);
    go_on();
    CHECK(data::sha256_of_file(o.out + "/model.safetensors") == whole);
    nn::set_backend(nn::make_backend("ref"));
    data_test::check_input_error(go_on, {o.out, "--device cpu, now ref", "--device cpu"});
    nn::set_backend(nn::make_backend("check:cpu,ref"));  // computes with cpu
    CHECK_NOTHROW(go_on());
    nn::set_backend(nn::make_backend("cpu"));
  }

  o.resume = false;
  train::run_training(o);  // with Winograd: other bits, or this test would say nothing
  CHECK(data::sha256_of_file(o.out + "/model.safetensors") != whole);
}

TEST_CASE("a run that was stopped before its first checkpoint starts again") {
  const Folder dir;
  auto whole = options_for("residual", dir / "whole");
  whole.steps = 3;
  train::run_training(whole);
  auto again = options_for("residual", dir / "again");
  again.steps = 3;
  fs::create_directories(again.out);
  fs::copy_file(whole.out + "/config.json", again.out + "/config.json");
  again.resume = true;
  CHECK(train::run_training(again).complete);
  CHECK(text_of(whole.out + "/model.safetensors") == text_of(again.out + "/model.safetensors"));
}

TEST_CASE("a run whose config.json was edited is not gone on with, one of an older version is") {
  const Folder dir;
  auto o = options_for("residual", dir / "run");
  o.steps = 3;
  o.stop_at = 1;
  o.command = {"ct2ct", "train"};
  train::run_training(o);
  o.resume = true;
  const auto go_on = [&] { train::run_training(o); };
  const std::string path = o.out + "/config.json";
  const auto config = nlohmann::json::parse(text_of(path));
  CHECK(config.at("device") == "cpu");
  CHECK(config.at("gemm") == "chain");
  CHECK(config.at("winograd") == true);
  CHECK(config.at("command") == nlohmann::json({"ct2ct", "train"}));
  CHECK(config.at("build").get<train::BuildInfo>().compiler == train::build_info().compiler);
  for (const char* name : {"ct2ct_version", "data_sha256"}) {
    auto edited = config;
    edited[name] = "9.9.9";
    data_test::put(path, edited.dump());
    INFO(name);
    CHECK_THROWS_AS(go_on(), nn::Error);
  }
  auto rate = config;
  rate["recipe"]["learning_rate"] = 0.5;
  data_test::put(path, rate.dump());
  data_test::check_input_error(go_on, {"config.json", "put it back"});

  const train::RunFolder folder(o.out);
  CHECK(folder.check_going_on(folder.load_config()).empty());
  auto other = config;
  other["build"]["compiler"] = "GNU 1.0";
  data_test::put(path, other.dump());
  const auto built = folder.check_going_on(folder.load_config());
  REQUIRE(built.size() == 1);
  CHECK(built.front().find("compiler GNU 1.0 and") != std::string::npos);
  CHECK_NOTHROW(go_on());  // only warned of
  auto older = config;
  for (const char* name : {"device", "gemm", "build", "command"}) older.erase(name);
  data_test::put(path, older.dump());
  const auto unknown = folder.check_going_on(folder.load_config());
  REQUIRE(unknown.size() == 1);
  CHECK(unknown.front().find("older version") != std::string::npos);
}

TEST_CASE("a run keeps its axis: what --resume is given does not matter") {
  const Folder dir;
  auto whole = options_for("residual", dir / "whole");
  whole.read.axis = 0;
  train::run_training(whole);
  auto parts = options_for("residual", dir / "parts");
  parts.read.axis = 0;
  parts.stop_at = 10;
  train::run_training(parts);
  parts.stop_at.reset();
  parts.resume = true;
  parts.read.axis = -1;
  train::run_training(parts);
  CHECK(text_of(whole.out + "/model.safetensors") == text_of(parts.out + "/model.safetensors"));
}

TEST_CASE("a killed run goes on from its last checkpoint, losses.csv cut back to it") {
  const Folder dir;
  auto whole = options_for("residual", dir / "whole");
  train::run_training(whole);
  auto killed = options_for("residual", dir / "killed");
  killed.stop_at = 9;
  train::run_training(killed);
  // What a kill leaves: lines beyond the checkpoint, the last one cut off, and a temporary file.
  std::ofstream(killed.out + "/losses.csv", std::ios::app) << "9,1,1,1,1,1,1,1,x\n10,1,0.5";
  std::ofstream(killed.out + "/.checkpoint.safetensors.1.0.tmp") << "half";
  killed.stop_at.reset();
  killed.resume = true;
  train::run_training(killed);
  CHECK(text_of(whole.out + "/losses.csv") == text_of(killed.out + "/losses.csv"));
  CHECK(text_of(whole.out + "/model.safetensors") == text_of(killed.out + "/model.safetensors"));
  CHECK_FALSE(fs::exists(killed.out + "/.checkpoint.safetensors.1.0.tmp"));
}

TEST_CASE("going on with other scans, or without a run, is an input error") {
  const Folder dir;
  auto o = options_for("residual", dir / "run");
  o.steps = 3;
  train::run_training(o);
  o.resume = true;
  o.scans = {"phantom:1:24:64", "phantom:3:24:64"};
  CHECK_THROWS_AS(train::run_training(o), nn::Error);
  o.out = dir / "nothing";
  CHECK_THROWS_AS(train::run_training(o), nn::Error);
  CHECK_FALSE(fs::exists(o.out));
}

TEST_CASE("training that starts from a model has its weights and knows its scans") {
  const Folder dir;
  auto first = options_for("residual", dir / "first");
  first.steps = 4;
  train::run_training(first);
  const std::string from = first.out + "/model.safetensors";

  auto second = options_for("residual", dir / "second");
  second.scans = {"phantom:3:24:64"};
  second.from = from;
  second.stop_at = 0;
  train::run_training(second);
  const nn::SafetensorsReader before(from), after(second.out + "/model.safetensors");
  for (const auto& [name, entry] : before.entries()) {
    INFO(name);
    CHECK(before.read<float>(name) == after.read<float>(name));
  }
  const train::TrainingRecord record =
      train::Model::load(second.out + "/model.safetensors").training();
  CHECK(record.from == data::sha256_of_file(from));
  const auto scans = train::Model::load(from).training().sources;
  REQUIRE(record.before.size() == 2);
  CHECK(record.before[1].sha256 == scans[1].sha256);
  CHECK(record.knows(scans[0].sha256));
  CHECK(record.knows(record.sources[0].sha256));
  CHECK_FALSE(record.knows("phantom:4:24:64"));
  const auto tuned = train::Model::load(second.out + "/model.safetensors");
  const nn::Shape slice{1, 64, 64, 1};
  CHECK(train::trained_targets(tuned, scans[0].sha256, slice, 24) == std::vector<bool>(24, true));
  CHECK(train::trained_targets(tuned, "another", slice, 24).empty());

  // What --resume goes on from is in the checkpoint; the model that it came from may be gone.
  second.stop_at.reset();
  second.resume = true;
  second.from.clear();
  train::run_training(second);
  auto whole = options_for("residual", dir / "whole");
  whole.scans = second.scans;
  whole.from = from;
  train::run_training(whole);
  CHECK(text_of(whole.out + "/model.safetensors") == text_of(second.out + "/model.safetensors"));

  auto third = options_for("residual", dir / "third");
  third.from = whole.out + "/model.safetensors";
  third.steps = 1;
  train::run_training(third);
  CHECK(train::Model::load(third.out + "/model.safetensors").training().before.size() == 3);
}

TEST_CASE("training does not start from a model of another architecture") {
  const Folder dir;
  auto o = options_for("residual", dir / "run");
  o.steps = 1;
  train::run_training(o);
  auto other = options_for("residual", dir / "other");
  other.recipe.generator.width = 8;
  other.from = o.out + "/model.safetensors";
  CHECK_THROWS_AS(train::run_training(other), nn::Error);
  CHECK_FALSE(fs::exists(other.out));
}
