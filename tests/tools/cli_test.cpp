// The program as a user meets it: every mistake ends in one line, exit code 2, nothing
// half-written.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "data/nifti/nifti.h"
#include "data/phantom/phantom.h"
#include "data/pictures/picture.h"
#include "tests/catch.h"
#include "tests/tools/desk.h"

namespace fs = std::filesystem;
using tools_test::Desk;
using tools_test::Result;
using tools_test::text_of;
using tools_test::Variable;

TEST_CASE("usage errors", "[optimised]") {
  const Desk desk;
  desk.phantom();
  desk.refused("--threads 2", "subcommand");
  desk.refused("enhance scan.nii.gz", "enhance");
  desk.refused("train scan.nii.gz", "--out");
  desk.refused("train scan.nii.gz --out run --steps 0");
  desk.refused("train scan.nii.gz --out run --steps -5");
  desk.refused("train scan.nii.gz --out run --steps many");
  desk.refused("train scan.nii.gz --out run --epochs 0");
  desk.refused("train scan.nii.gz --out run --minutes -1");
  desk.refused("train scan.nii.gz --out run --steps 5 --minutes 1");
  desk.refused("train scan.nii.gz --out run --width 0");
  desk.refused("train scan.nii.gz --out run --recipe gan");
  desk.refused("train scan.nii.gz --out run --protocol easy");
  desk.refused("train scan.nii.gz --out run --checkpoint-every 0");
  desk.refused("train scan.nii.gz --out run --size 8");
  desk.refused("train scan.nii.gz --out run --size 100", "multiple of 32");
  desk.refused("train scan.nii.gz --out run --levels 6", "levels");
  desk.refused("train scan.nii.gz --out run --resume", "config.json");
  desk.refused("train scan.nii.gz --out run --from scan.nii.gz", "safetensors");
  desk.refused("train scan.nii.gz --out run --from m.safetensors --width 8", "excludes");
  desk.refused("train scan.nii.gz --out run --perception --adversarial 1", "excludes");
  desk.refused("train scan.nii.gz --out run --perception --recipe ct2ct", "recipe residual");
  desk.refused("phantom x.nii.gz --slices 0");
  desk.refused("phantom scan.nii.gz", "exists");
  desk.refused("phantom nowhere/x.nii.gz");
  const std::string cubic = "interpolate scan.nii.gz --method cubic ";
  desk.refused(cubic + "--factor 11 --out y.nii.gz", "from 2 to 10");
  desk.refused(cubic + "--factor 1 --out y.nii.gz", "from 2 to 10");
  desk.refused(cubic + "--spacing 0 --out y.nii.gz", "above 0");
  desk.refused(cubic + "--spacing 100 --out y.nii.gz", "no gap to cut");
  desk.refused(cubic + "--spacing 1e-9 --out y.nii.gz", "8192");
  desk.refused(cubic + "--spacing 1 --factor 2 --out y.nii.gz", "one of them");
  desk.refused(cubic + "--format nifti --out y", ".nii");
  desk.refused(cubic + "--format tiff --out y", "png");
  desk.refused(cubic + "--only-new --factor 3 --out y.nii.gz", "not evenly spaced");
  desk.refused(cubic + "--window brain --out y.nii.gz", "no picture");
  desk.refused("reformat scan.nii.gz --window liver --out y.png", "brain, bone, lung, soft");
  desk.refused("interpolate scan.nii.gz --method best --out y.nii.gz", "cubic");
  desk.refused("bench --size 100");
  desk.refused("--device cuda gradcheck", "cuda");
  desk.refused("--device gpu gradcheck");
  desk.refused("--threads 0 gradcheck", "--threads");
  desk.refused("--threads 2", "subcommand");
  const Variable isa("CT2CT_ISA", "neon");
  desk.refused("gradcheck", "CT2CT_ISA");
}

TEST_CASE("scans that cannot be used") {
  const Desk desk;
  desk.phantom();
  const std::string train = " --out run --steps 2 --width 4 --levels 2";
  fs::create_directories(desk / "empty");
  desk.refused("train empty" + train);
  desk.refused("train missing.nii.gz" + train, "missing.nii.gz");

  data::Volume one = data::make_phantom({2, 32, 1, 0});
  one.dims[2] = 1;
  one.stored.resize(32 * 32 * 2);
  data::write_nifti((desk / "one.nii").string(), one, false);
  desk.refused("train one.nii --axis 2" + train, "1 slice");
  desk.refused("interpolate one.nii --axis 2 --method cubic --out y.nii");

  fs::create_directories(desk / "mixed");
  const std::vector<std::uint8_t> grey(64 * 64, 100);
  data::write_png((desk / "mixed/1.png").string(), 64, 64, 1, grey, false);
  data::write_png((desk / "mixed/2.png").string(), 32, 64, 1, std::vector<std::uint8_t>(32 * 64, 1),
                  false);
  desk.refused("train mixed" + train, "2.png");

  fs::create_directories(desk / "text");
  std::ofstream(desk / "text/1.png") << "this is no picture";
  desk.refused("train text" + train, "1.png");

  fs::create_directories(desk / "cut");
  const std::string png = text_of(desk / "mixed/1.png");
  std::ofstream(desk / "cut/1.png", std::ios::binary) << png.substr(0, png.size() * 2 / 3);
  desk.refused("train cut" + train, "1.png");

  const std::string nii = text_of(desk / "scan.nii.gz");
  std::ofstream(desk / "cut.nii.gz", std::ios::binary) << nii.substr(0, nii.size() / 2);
  desk.refused("train cut.nii.gz" + train, "cut.nii.gz");
  desk.refused("info cut.nii.gz", "cut.nii.gz");
}

TEST_CASE("hand-made NIfTI files: 4-D, NaN, too large") {
  const Desk desk;
  const Result raw = desk.run("phantom plain.nii --slices 4 --size 16");
  REQUIRE(raw.code == 0);
  const std::string bytes = text_of(desk / "plain.nii");
  const auto put16 = [](std::string& b, std::size_t at, std::int16_t v) {
    std::copy_n(reinterpret_cast<const char*>(&v), 2, b.data() + at);
  };
  std::string four = bytes;  // dim[] starts at byte 40
  put16(four, 40, 4);
  put16(four, 48, 2);
  four += four.substr(352);
  std::ofstream(desk / "four.nii", std::ios::binary) << four;
  desk.refused("train four.nii --out run --steps 1", "four.nii");

  std::string huge = bytes;
  put16(huge, 42, 30000);
  std::ofstream(desk / "huge.nii", std::ios::binary) << huge;
  desk.refused("train huge.nii --out run --steps 1", "huge.nii");

  std::string nan = bytes.substr(0, 352);  // datatype at 70, bitpix at 72: float32
  put16(nan, 70, 16);
  put16(nan, 72, 32);
  const float value = std::numeric_limits<float>::quiet_NaN();
  for (int i = 0; i < 16 * 16 * 4; ++i) {
    nan.append(reinterpret_cast<const char*>(&value), 4);
  }
  std::ofstream(desk / "nan.nii", std::ios::binary) << nan;
  desk.refused("train nan.nii --out run --steps 1", "nan.nii");
}

TEST_CASE("the whole loop, and its JSON") {
  const Desk desk;
  const std::string model = desk.model();
  for (const char* name : {"config.json", "losses.csv", "samples/epoch_0001.png", "losses.svg"}) {
    CHECK(fs::exists(desk / ("run/" + std::string(name))));
  }
  const Result evaluated =
      desk.run("evaluate phantom:9:16:48 --model " + model + " --out report --json --quiet");
  REQUIRE(evaluated.code == 0);
  const auto j = nlohmann::json::parse(evaluated.out);
  const auto& scan = j.at("scans").at(0);
  CHECK(scan.at("slices") == 7);
  for (const char* method :
       {"model", "model_checked", "nearest", "linear", "cubic", "least_squares", "registered"}) {
    const auto& m = scan.at("methods").at(method);
    for (const char* metric : {"psnr_full", "psnr_soft", "ssim_full", "mae_hu_body"}) {
      const auto& s = m.at(metric);
      CHECK(s.at("lo").get<double>() <= s.at("mean").get<double>());
      CHECK(s.at("mean").get<double>() <= s.at("hi").get<double>());
    }
    CHECK(m.at("slices_won").get<int>() <= 7);
  }
  // A method of its own, and better even where A and C are 22 mm apart.
  const auto psnr = [&](const char* method) {
    return scan.at("methods").at(method).at("psnr_full").at("mean").get<double>();
  };
  CHECK(psnr("registered") > psnr("cubic") + 0.2);
  CHECK(fs::exists(desk / "report/montage.png"));

  REQUIRE(
      desk.run("interpolate scan.nii.gz --quiet --factor 4 --out x4.nii.gz --gif x.gif --model " +
               model)
          .code == 0);
  const Result info = desk.run("info x4.nii.gz --json");
  REQUIRE(info.code == 0);
  CHECK(nlohmann::json::parse(info.out).at("dims") == nlohmann::json({48, 48, 45}));
  CHECK(text_of(desk / "x.gif").rfind("GIF89a", 0) == 0);
  REQUIRE(desk.run("interpolate scan.nii.gz --quiet --method cubic --out pictures").code == 0);
  CHECK(fs::exists(desk / "pictures/slice_0022.png"));

  const Result bench = desk.run("bench --recipe residual --size 32 --width 4 --steps 1 --json");
  REQUIRE(bench.code == 0);
  const auto b = nlohmann::json::parse(bench.out);
  for (const char* key :
       {"train_step_ms", "infer_ms", "peak_rss_mb", "generator_params", "discriminator_params"}) {
    CHECK(b.at(key).get<double>() > 0);
  }
  const Result ops = desk.run("bench ops --predict --recipe residual --size 32 --steps 1 --json");
  REQUIRE(ops.code == 0);
  double weights_mb = 0;
  const auto timed = nlohmann::json::parse(ops.out);
  for (const auto& op : timed.at("ops")) {
    const auto kernel = op.at("kernel").get<std::string>();
    // The head that corrects movement cuts channels apart by the kernel that undoes concat.
    CHECK((kernel.find("backward") == std::string::npos || kernel.starts_with("concat_backward")));
    if (kernel.starts_with("fixed")) weights_mb += op.at("mb").get<double>();
  }
  CHECK(weights_mb > 4 * 4.1);  // 4.1 million weights of 4 bytes, and the maps
  CHECK(desk.run("--version").code == 0);
  {
    const Variable isa("CT2CT_ISA", "scalar");
    CHECK(desk.run("--version").out.find("this run uses scalar") != std::string::npos);
  }
  CHECK(desk.run("train --help").code == 0);
}

TEST_CASE(
    "the option --version --json names commit, compiler, flags, libraries and the model in the "
    "box") {
  const Desk desk;
  for (const char* order : {"--version --json", "--json --version"}) {
    const Result r = desk.run(order);
    REQUIRE(r.code == 0);
    const auto build = nlohmann::json::parse(r.out);
    const std::string commit = build.at("commit");
    CHECK((commit == "unknown" || commit.size() == 40));
    CHECK(build.at("changed").is_null() == (commit == "unknown"));
    CHECK(tools_test::says(build.at("flags"), "-ffp-contract=off"));
    const auto info = nlohmann::json::parse(desk.run("info default --json").out);
    CHECK(build.at("default_model_sha256") == info.at("sha256"));
    const std::string text = desk.run("--version").out;
    std::set<std::string> names;
    for (const auto& library : build.at("libraries")) {
      const std::string version = library.at("version");
      names.insert(library.at("name"));
      CHECK_FALSE(version.empty());
      CHECK(tools_test::says(text, library.at("name").get<std::string>() + " " + version));
    }
    for (const char* name : {"Eigen", "CLI11", "nlohmann_json", "stb_image", "zlib", "libpng",
                             "libjpeg", "libzip", "giflib", "libmd", "niftiio"}) {
      INFO(name);
      CHECK(names.contains(name));
    }
    CHECK(names.contains("libtiff") == build.at("options").at("CT2CT_TIFF").get<bool>());
    CHECK(names.contains("cpp-httplib") == build.at("options").at("CT2CT_APP").get<bool>());
    CHECK(names.contains("DCMTK") == build.at("options").at("CT2CT_DICOM").get<bool>());
  }
  const Result misplaced = desk.run("--json phantom x.nii");
  CHECK(misplaced.code == 2);
  CHECK(tools_test::says(nlohmann::json::parse(misplaced.err).at("error").at("text"), "after it"));
  CHECK_FALSE(fs::exists(desk / "x.nii"));
}

TEST_CASE("check:cpu,ref goes through a whole training step", "[optimised]") {
  const Desk desk;
  desk.phantom();
  const Result r = desk.run(
      "--device check:cpu,ref train scan.nii.gz --out run --steps 1 --width 2 --levels 2 --quiet");
  INFO(r.err);
  CHECK(r.code == 0);
}

TEST_CASE(
    "protocol seed: each of several training scans has its part of the test, others have none") {
  const Desk desk;
  const std::string scans = "phantom:1:15:48 phantom:2:24:48";
  const Result trained =
      desk.run("train " + scans + " --out run --protocol seed --steps 1 --width 4 --levels 3");
  REQUIRE(trained.code == 0);
  const std::string model = " --model run/model.safetensors --out report";
  const Result r = desk.run("evaluate " + scans + model + " --json --quiet");
  INFO(r.err);
  REQUIRE(r.code == 0);
  const auto reports = nlohmann::json::parse(r.out).at("scans");
  const int first = reports.at(0).at("slices");
  const int second = reports.at(1).at("slices");
  CHECK(first > 0);
  CHECK(second > 0);
  CHECK(first + second == 7);  // 13 + 22 triplets, of which four fifths, 28, were trained on
  CHECK(reports.at(0).at("trained_on") == true);
  desk.refused("evaluate phantom:3:16:48 --force" + model, "--protocol unseen");
  desk.refused("evaluate phantom:1:15:48 --axis 0 --force" + model, "--axis");
  // Trained on all of its gaps but the test's, so what protocol self says would not be true.
  desk.refused("evaluate phantom:1:15:48 --protocol self --force" + model,
               "trained under seed, expected one trained with --protocol self");
}
