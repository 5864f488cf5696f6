// The program as a user meets it: every mistake ends in one line, exit code 2, nothing
// half-written.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "data/io/read.h"
#include "data/nifti/nifti.h"
#include "data/phantom/phantom.h"
#include "data/pictures/picture.h"
#include "tests/catch.h"
#include "tests/tools/desk.h"
#include "train/predict/interpolate.h"
#include "train/predict/plan.h"

namespace fs = std::filesystem;
using tools_test::Desk;
using tools_test::Result;
using tools_test::text_of;

namespace {

/// Sets an environment variable for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

}  // namespace

TEST_CASE("usage errors", "[optimised]") {
  const Desk desk;
  desk.phantom();
  desk.refused("", "subcommand");
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
    CHECK(kernel.find("backward") == std::string::npos);
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
    CHECK(names.contains("DCMTK") == build.at("options").at("CT2CT_DICOM").get<bool>());
  }
  const Result misplaced = desk.run("--json phantom x.nii");
  CHECK(misplaced.code == 2);
  CHECK(tools_test::says(nlohmann::json::parse(misplaced.err).at("error").at("text"), "after it"));
  CHECK_FALSE(fs::exists(desk / "x.nii"));
}

TEST_CASE("in passes, slices beside the middle are others, and a report says so") {
  const Desk desk;
  const std::string model = " --quiet --factor 4 --model " + desk.model();
  std::vector<data::Volume> made;
  data::ReadOptions read;
  read.axis = 2;  // cut in four, pixels are larger than steps
  for (const std::string how : {"", " --in-passes"}) {
    const std::string number = std::to_string(made.size());
    const std::string out = "made" + number + ".nii";
    REQUIRE(desk.run("interpolate scan.nii.gz --no-self-check --out " + out + model + how).code ==
            0);
    made.push_back(data::read_volume((desk / out).string(), read));
    const Result r = desk.run("evaluate scan.nii.gz --json --out report" + number + model + how);
    INFO(r.err);
    REQUIRE(r.code == 0);
    CHECK(nlohmann::json::parse(r.out).at("scans").at(0).at("in_passes") == !how.empty());
  }
  REQUIRE(made[0].slices() == 45);
  for (nn::index k = 0; k < 45; ++k) {
    const nn::Tensor real = made[0].slice(k);
    const nn::Tensor passes = made[1].slice(k);
    CAPTURE(k);
    CHECK(std::equal(real.values().begin(), real.values().end(), passes.values().begin()) ==
          (k % 2 == 0));
  }
}

TEST_CASE("any factor, a spacing, the new slices alone, and the table beside the output") {
  const Desk desk;
  const std::string model = desk.model();  // 12 slices, 168 / 11 mm apart
  const std::string use = "interpolate scan.nii.gz --quiet --model " + model;
  REQUIRE(desk.run("train scan.nii.gz --out middles --anywhere 0 --width 4 --levels 2 --steps 1 "
                   "--quiet")
              .code == 0);
  const std::string middles =
      "interpolate scan.nii.gz --quiet --model middles/model.safetensors --out y.nii.gz";
  desk.refused(middles + " --factor 3", "2, 4 or 8");
  desk.refused(middles + " --spacing 5", "2, 4 or 8");
  desk.refused("train scan.nii.gz --out y --recipe ct2ct --anywhere 0.5", "recipe residual");
  const auto dims = [&](const std::string& name) {
    const Result r = desk.run("info " + name + " --json");
    REQUIRE(r.code == 0);
    return nlohmann::json::parse(r.out).at("dims").at(2).get<int>();
  };
  REQUIRE(desk.run(use + " --factor 3 --out x3m.nii.gz").code == 0);
  CHECK(dims("x3m.nii.gz") == 34);
  REQUIRE(desk.run(use + " --spacing 4 --out x4.nii.gz").code == 0);
  CHECK(dims("x4.nii.gz") == 45);
  const std::string cubic = "interpolate scan.nii.gz --quiet --method cubic";
  REQUIRE(desk.run(cubic + " --factor 3 --out x3.nii").code == 0);
  CHECK(dims("x3.nii") == 34);
  const std::string table = text_of(desk / "x3.slices.csv");
  CHECK(std::count(table.begin(), table.end(), '\n') == 35);
  CHECK(table.find(",synthetic,,,0,,1,,0.3333333333333333,cubic,,ct2ct ") != std::string::npos);
  REQUIRE(desk.run(cubic + " --only-new --out new.nii.gz").code == 0);
  CHECK(dims("new.nii.gz") == 11);
  REQUIRE(desk.run(cubic + " --only-new --factor 3 --out pictures").code == 0);
  CHECK(fs::exists(desk / "pictures/slice_0021.png"));
  CHECK_FALSE(fs::exists(desk / "pictures/slice_0022.png"));
  CHECK(fs::exists(desk / "pictures_png.slices.csv"));
  // A file and a folder of one name have two tables.
  REQUIRE(desk.run(cubic + " --out pictures.nii.gz").code == 0);
  CHECK(fs::exists(desk / "pictures.slices.csv"));
  // The table is an output like any other.
  std::ofstream(desk / "z.slices.csv") << "mine";
  desk.refused(cubic + " --out z.nii.gz", "z.slices.csv");

  // A thick scan, beyond what thin ones taught: 4 times 10.5 mm is less than 56 mm.
  REQUIRE(desk.run("phantom thin.nii.gz --slices 17 --size 32").code == 0);
  REQUIRE(desk.run("phantom thick.nii.gz --slices 4 --size 32").code == 0);
  REQUIRE(desk.run("train thin.nii.gz --out thin --steps 1 --width 4 --levels 2 --quiet").code ==
          0);
  const std::string beyond = "interpolate thick.nii.gz --quiet --model thin/model.safetensors";
  desk.refused(beyond + " --out t.nii.gz", "--fill-gaps");
  CHECK(desk.run(beyond + " --fill-gaps --out t.nii.gz").code == 0);
}

TEST_CASE("a network that does not register is trained with a channel less") {
  const Desk desk;
  REQUIRE(desk.run("train phantom:1:12:32 --out run --steps 1 --width 4 --levels 2 --quiet "
                   "--set registration=false")
              .code == 0);
  const auto recipe = nlohmann::json::parse(text_of(desk / "run/config.json")).at("recipe");
  CHECK(recipe.at("registration") == false);
  CHECK(recipe.at("generator").at("in_channels") == 6);
  CHECK(recipe.at("discriminator").at("in_channels") == 7);
}

TEST_CASE("pictures are registered by their grey levels") {
  const Desk desk;
  REQUIRE(desk.run("phantom scan.nii.gz --slices 12 --size 64").code == 0);
  REQUIRE(desk.run("interpolate scan.nii.gz --method cubic --format png --out pictures").code == 0);
  REQUIRE(desk.run("interpolate pictures --method registered --out made").code == 0);
  const data::Volume pictures = data::read_volume((desk / "pictures").string(), {});
  REQUIRE(pictures.unit == data::Unit::grey8);
  const data::Volume made = data::read_volume((desk / "made").string(), {});
  REQUIRE(made.slices() == 2 * pictures.slices() - 1);
  const auto off_by = [&](data::Unit unit) {
    train::PlanOptions twice;
    twice.factor = 2;
    const train::Plan plan = train::plan(pictures, twice);
    const data::Volume expected =
        train::interpolate(pictures, plan, train::method_without_network("registered", unit), {});
    double most = 0;
    for (nn::index k = 0; k < made.slices(); ++k) {
      const nn::Tensor a = made.slice(k);
      const nn::Tensor b = expected.slice(k);
      for (nn::index i = 0; i < a.numel(); ++i) {
        most = std::max(most, std::abs(static_cast<double>(a.data()[i] - b.data()[i])));
      }
    }
    return most;
  };
  CHECK(off_by(data::Unit::grey8) <= 0.5);
  CHECK(off_by(data::Unit::hu) > 1);
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

TEST_CASE("the model in the box works without training, and the output is named after the scan",
          "[optimised]") {
  const Desk desk;
  REQUIRE(desk.run("phantom head.nii.gz --slices 24 --size 96 --seed 7").code == 0);
  const Result made = desk.run("interpolate head.nii.gz --factor 3");
  INFO(made.err);
  REQUIRE(made.code == 0);
  CHECK(tools_test::says(made.err, "made-up heads alone"));
  CHECK(tools_test::says(made.out, "24 slices became 70"));
  CHECK(tools_test::says(made.out, "head_x3.nii.gz"));
  CHECK(fs::exists(desk / "head_x3.nii.gz"));
  CHECK(fs::exists(desk / "head_x3.slices.csv"));
  desk.refused("interpolate head.nii.gz --factor 3", "exists");
  CHECK(desk.run("interpolate phantom:7:24:96 --spacing 3.5 --method cubic").code == 0);
  CHECK(fs::exists(desk / "phantom_7_24_96_3.5mm.nii.gz"));
  CHECK(desk.run("interpolate head.nii.gz --format png --method cubic").code == 0);
  CHECK(fs::is_directory(desk / "head_x2"));

  const Result info = desk.run("info default --json");
  REQUIRE(info.code == 0);
  const auto about = nlohmann::json::parse(info.out);
  CHECK(about["kind"] == "model");
  const std::string sha = about["sha256"];

  const Result more = desk.run("train head.nii.gz --from default --steps 1 --out run --quiet");
  INFO(more.err);
  REQUIRE(more.code == 0);
  const auto tuned =
      nlohmann::json::parse(desk.run("info run/model.safetensors --json").out)["training"];
  CHECK(tuned["from"] == sha);
  CHECK(tuned["before"].size() == about["training"]["sources"].size());

  // The box lies in no run's folder: losses beside the user are another's.
  fs::copy_file(desk / "run/losses.csv", desk / "losses.csv");
  const auto shows_losses = [&](const std::string& model) {
    REQUIRE(desk.run("evaluate head.nii.gz --size 32 --force --out report --quiet" + model).code ==
            0);
    return tools_test::says(text_of(desk / "report/report.html"), "From the losses.csv");
  };
  CHECK(shows_losses(" --model run/model.safetensors"));
  CHECK_FALSE(shows_losses(""));

  // Gaps of 7 mm are within its training, those of 1.3 mm narrower than any of it.
  const auto margin = [&](const std::string& scan) {
    const Result r = desk.run("interpolate " + scan + " --json --quiet --force --out x.nii.gz");
    return nlohmann::json::parse(r.out).at("self_check").at("margin_db").get<double>();
  };
  CHECK(margin("head.nii.gz") == Approx(0.1));
  CHECK(margin("phantom:7:128:72 --axis 2") == Approx(0.5));
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
