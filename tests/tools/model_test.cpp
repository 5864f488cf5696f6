// Model files as a user meets them: refused, expected, packed, gone on with.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "data/phantom/phantom.h"
#include "tests/catch.h"
#include "tests/tools/desk.h"

namespace fs = std::filesystem;
using tools_test::Desk;
using tools_test::Result;
using tools_test::text_of;
using tools_test::Variable;

TEST_CASE("model files that cannot be used, and outputs that exist") {
  const Desk desk;
  const std::string model = desk.model();
  const std::string use = " --out y.nii.gz --model ";
  const std::string bytes = text_of(desk / model);
  std::ofstream(desk / "cut.safetensors", std::ios::binary) << bytes.substr(0, bytes.size() - 10);
  desk.refused("interpolate scan.nii.gz" + use + "cut.safetensors", "cut.safetensors");
  desk.refused("interpolate scan.nii.gz" + use + "missing.safetensors");
  std::string other = bytes;  // the recipe says another width: the seal is broken
  const auto at = other.find("\\\"width\\\":4");
  REQUIRE(at != std::string::npos);
  other.replace(at, 11, "\\\"width\\\":8");
  std::ofstream(desk / "other.safetensors", std::ios::binary) << other;
  desk.refused("interpolate scan.nii.gz" + use + "other.safetensors", "as its metadata say");
  desk.refused("train scan.nii.gz --out run --steps 2", "exists");
  std::ofstream(desk / "y.nii.gz") << "mine";
  desk.refused("interpolate scan.nii.gz" + use + model, "exists");
  CHECK(text_of(desk / "y.nii.gz") == "mine");
  if (::geteuid() != 0) {  // root may write anywhere
    fs::create_directories(desk / "locked");
    fs::permissions(desk / "locked", fs::perms::owner_read | fs::perms::owner_exec);
    desk.refused("phantom locked/x.nii.gz");
    desk.refused("train scan.nii.gz --steps 1 --out locked/run");
  }
  desk.refused("phantom /proc/x.nii.gz");
}

TEST_CASE("a network that does not register is trained with a channel less") {
  const Desk desk;
  REQUIRE(desk.run("train phantom:1:12:32 --out run --steps 1 --width 4 --levels 2 --quiet "
                   "--set generator.head=residual --set registration=false")
              .code == 0);
  const auto recipe = nlohmann::json::parse(text_of(desk / "run/config.json")).at("recipe");
  CHECK(recipe.at("registration") == false);
  CHECK(recipe.at("generator").at("in_channels") == 6);
  CHECK(recipe.at("discriminator").at("in_channels") == 7);
}

TEST_CASE("the expected model is used, and every other refused, by every command with a model") {
  const Desk desk;
  desk.model();
  const std::string sha256 =
      nlohmann::json::parse(desk.run("info run/model.safetensors --json").out).at("sha256");
  const std::string other(64, '0');
  const std::string model = " --model run/model.safetensors --expect-model ";
  CHECK(desk.run("interpolate scan.nii.gz --quiet" + model + sha256).code == 0);
  for (const std::string& command :
       {"interpolate scan.nii.gz --force" + model, "evaluate scan.nii.gz --out report" + model,
        "translate scan.nii.gz --out made" + model,
        std::string("train scan.nii.gz --out more --steps 1 --from "
                    "run/model.safetensors --expect-model ")}) {
    desk.refused(command + other, sha256);
    desk.refused(command + "abc", "64 hexadecimal digits");
  }
  desk.refused("interpolate scan.nii.gz --method cubic --expect-model " + sha256, "--method cubic");
  desk.refused("train scan.nii.gz --out more --expect-model " + sha256, "--from");

  const Result sealed = desk.run("seal run/model.safetensors --out again.safetensors");
  REQUIRE(sealed.code == 0);
  CHECK(sealed.out == sha256 + "  again.safetensors\n");  // it had a seal: the same file
  desk.refused("seal run/model.safetensors --out again.safetensors", "exists");
  desk.refused("seal scan.nii.gz --out new.safetensors", "scan.nii.gz");
  desk.refused("seal run/checkpoint.safetensors --out new.safetensors", "ct2ct model 2");
}

TEST_CASE("the option --resume says which option makes the arithmetic that of the run") {
  const Desk desk;
  desk.phantom();
  const std::string train = "train scan.nii.gz --out run --width 4 --levels 3 --steps 4 --quiet";
  REQUIRE(desk.run("--no-winograd " + train + " --stop-at 2").code == 0);
  desk.refused(train + " --resume", "give --no-winograd");
  {
    const Variable gemm("CT2CT_GEMM", "eigen");
    desk.refused("--no-winograd " + train + " --resume", "CT2CT_GEMM=chain");
  }
  desk.refused("--device ref --no-winograd " + train + " --resume", "give --device cpu");
  const Result r = desk.run("--no-winograd " + train + " --resume");
  INFO(r.err);
  CHECK(r.code == 0);
  const auto config = nlohmann::json::parse(text_of(desk / "run/config.json"));
  CHECK(config.at("command").at(1) == "--no-winograd");
  CHECK(config.at("build").at("version") ==
        nlohmann::json::parse(desk.run("--version --json").out).at("version"));
}

TEST_CASE("a model that learned to copy is refused for what it is") {
  const Desk desk;
  desk.phantom();
  const std::string model = desk.trained(
      "scan.nii.gz --recipe ct2ct --identity --size 32 --width 4 --levels 3 --steps 1");
  for (const char* use : {"interpolate scan.nii.gz --out a.nii", "evaluate scan.nii.gz --out b"}) {
    desk.refused(use + model, "a model trained with --identity, which copies");
    desk.refused(use + model, "train one without --identity");
  }
}

TEST_CASE("a packed model is half as large, and predicts") {
  const Desk desk;
  const std::string model = desk.model();
  const Result packed = desk.run("pack " + model + " --out small.safetensors");
  INFO(packed.err);
  REQUIRE(packed.code == 0);
  CHECK(tools_test::says(packed.out, "bytes became"));
  CHECK(desk.run("interpolate scan.nii.gz --model small.safetensors --quiet").code == 0);
  desk.refused("pack " + model + " --out small.safetensors", "exists");
  desk.refused("pack scan.nii.gz --out other.safetensors", "scan.nii.gz");
  desk.refused("pack missing.safetensors --out other.safetensors", "missing.safetensors");
  desk.refused("pack " + model, "--out");
}
