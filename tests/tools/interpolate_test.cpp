// `ct2ct interpolate` as a user meets it: factors, passes, pictures, the model in the box.

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "data/io/read.h"
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
    return tools_test::says(text_of(desk / "report/report.html"), "\"name\":\"generator L1\"");
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

TEST_CASE("one fill writes several outputs with the bytes of single runs, each with its record") {
  const Desk desk;
  desk.phantom();
  const std::string fill = "interpolate scan.nii.gz --method registered --quiet";
  const std::string all =
      " --out a.nii.gz --format nifti --out b.nrrd --format nrrd --out c --format png --gif a.gif";
  const Result made = desk.run(fill + all + " --json");
  INFO(made.err);
  REQUIRE(made.code == 0);
  fs::create_directory(desk / "alone");
  REQUIRE(desk.run(fill + " --out alone/a.nii.gz --gif alone/a.gif --fps 6").code == 0);
  REQUIRE(desk.run(fill + " --out fast.nii.gz --gif fast.gif --fps 50").code == 0);
  const auto options = [&](const char* record) {
    return nlohmann::json::parse(text_of(desk / record)).at("options");
  };
  CHECK(options("fast.record.json").at("fps") == 50);
  CHECK(options("a.record.json").at("fps") == 6);
  CHECK_FALSE(options("b.record.json").contains("fps"));
  // The time of each frame, in hundredths of a second, stands in its Graphic Control Extension.
  const auto first_delay = [&](const char* gif) {
    const std::string bytes = text_of(desk / gif);
    const std::size_t at = bytes.find("\x21\xF9\x04");
    REQUIRE(at != std::string::npos);
    return static_cast<unsigned char>(bytes.at(at + 4));
  };
  CHECK(first_delay("fast.gif") == 2);
  CHECK(first_delay("a.gif") == 17);
  desk.refused(fill + " --out c.nii.gz --fps 5", "--gif");
  REQUIRE(desk.run(fill + " --out alone/b.nrrd").code == 0);
  REQUIRE(desk.run(fill + " --out alone/c --format png").code == 0);
  int compared = 0;
  for (const auto& entry : fs::recursive_directory_iterator(desk / "alone")) {
    const std::string name = fs::relative(entry.path(), desk / "alone").string();
    if (entry.is_directory() || name.ends_with(".record.json")) continue;
    INFO(name);
    CHECK(text_of(entry.path()) == text_of(desk / name));
    ++compared;
  }
  CHECK(compared == 3 + 3 + 23);  // scan, scan and animation; three tables; pictures
  const auto records = nlohmann::json::parse(made.out);
  REQUIRE(records.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const std::string name = i == 0 ? "a" : i == 1 ? "b" : "c_png";
    CHECK(records[i] == nlohmann::json::parse(text_of(desk / (name + ".record.json"))));
  }
  CHECK(records[0].at("outputs").size() == 3);  // scan, table, animation
  CHECK(records[1].at("outputs").size() == 2);
  CHECK(records[1].at("window").is_null());
  CHECK_FALSE(records[2].at("window").is_null());

  desk.refused(fill + " --out x.nii --out x.nrrd", "twice");
  desk.refused(fill + " --out x.nii --out y.nrrd --format nifti", "one for each --out");
  desk.refused(fill + " --out x.nii --out c --format nifti --format png", "exists");
  desk.refused(fill + " --out x.nii --out y.nii --out-dir z", "--out-dir");
}
