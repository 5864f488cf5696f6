// What evaluate writes, as a user gets it: forms that agree, no trace of the machine, the same bits
// with any number of threads.
#include <cmath>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/catch.h"
#include "tests/tools/terminal.h"

using tools_test::Desk;
using tools_test::Result;
using tools_test::text_of;

namespace fs = std::filesystem;

namespace {

using Line = std::map<std::string, std::string>;

/// Without quoted fields.
std::vector<Line> csv_lines(const std::string& text) {
  std::istringstream in(text);
  std::string line;
  std::vector<std::string> names;
  std::vector<Line> lines;
  while (std::getline(in, line)) {
    REQUIRE(line.back() == '\r');
    line.pop_back();
    std::vector<std::string> fields;
    std::istringstream row(line + ",");
    for (std::string f; std::getline(row, f, ',');) fields.push_back(f);
    if (names.empty()) {
      names = fields;
      continue;
    }
    REQUIRE(fields.size() == names.size());
    lines.emplace_back();
    for (std::size_t i = 0; i < names.size(); ++i) lines.back()[names[i]] = fields[i];
  }
  return lines;
}

double number(const Line& line, const std::string& name) {
  const std::string& text = line.at(name);
  return text.empty() ? 0 : std::stod(text);
}

/// Mean of a column over the lines of one method.
double mean_of(const std::vector<Line>& lines, const std::string& method,
               const std::string& column) {
  double sum = 0;
  double count = 0;
  for (const Line& l : lines) {
    if (l.at("method") != method || l.at(column).empty()) continue;
    sum += number(l, column);
    ++count;
  }
  return sum / count;
}

/// Of a column, weighted by another.
double weighted(const std::vector<Line>& lines, const std::string& method,
                const std::string& column, const std::string& weight) {
  double sum = 0;
  double all = 0;
  for (const Line& l : lines) {
    if (l.at("method") != method) continue;
    sum += number(l, column) * number(l, weight);
    all += number(l, weight);
  }
  return sum / all;
}

}  // namespace

TEST_CASE("evaluate writes one page, JSON, CSV, Markdown and montages, and they agree") {
  const Desk desk;
  const std::string model = desk.model();
  const Result r = desk.run("evaluate phantom:9:17:48 phantom:4:24:48 --model " + model +
                            " --out report --json --quiet");
  INFO(r.err);
  REQUIRE(r.code == 0);
  for (const char* name : {"report.html", "report.md", "metrics.json", "slices.csv",
                           "montage_1.png", "montage_2.png"}) {
    CHECK(fs::file_size(desk / ("report/" + std::string(name))) > 1000);
  }
  CHECK(text_of(desk / "report/metrics.json") == r.out);
  const auto j = nlohmann::json::parse(r.out);
  const auto lines = csv_lines(text_of(desk / "report/slices.csv"));
  CHECK(lines.size() == (8 + 11) * 7);
  for (const auto& scan : j.at("scans")) {
    std::vector<Line> own;
    std::map<std::string, int> regions;
    for (const Line& l : lines) {
      if (l.at("scan") != scan.at("scan").get<std::string>()) continue;
      own.push_back(l);
      if (l.at("method") == "model") ++regions[l.at("region")];
      const double mm = scan.at("slice_spacing_mm").get<double>() * number(l, "slice");
      CHECK(number(l, "position_mm") == Approx(mm));
      CHECK(l.at("t") == "0.5");
    }
    for (const auto& region : scan.at("regions")) {
      CHECK(regions.at(region.at("name")) == region.at("slices"));
    }
    for (const auto& item : scan.at("methods").items()) {
      const std::string method = item.key();
      const auto& m = item.value();
      INFO(method);
      const auto mean = [&](const char* key) {
        return m.at(key).at("mean").template get<double>();
      };
      CHECK(mean_of(own, method, "psnr_full_db") == Approx(mean("psnr_full")));
      CHECK(mean_of(own, method, "psnr_soft_db") == Approx(mean("psnr_soft")));
      CHECK(mean_of(own, method, "ssim_bone") == Approx(mean("ssim_bone")));
      CHECK(mean_of(own, method, "mae_body") == Approx(mean("mae_hu_body")));
      for (const std::string tissue : {"air", "soft", "bone"}) {
        CHECK(weighted(own, method, "signed_error_" + tissue, "pixels_" + tissue) ==
              Approx(m.at("signed_error_hu").at(tissue).template get<double>()).margin(1e-9));
        const auto& pure = m.at("signed_error_hu_pure");
        if (!pure.contains(tissue)) continue;
        CHECK(weighted(own, method, "signed_error_pure_" + tissue, "pixels_pure_" + tissue) ==
              Approx(pure.at(tissue).at("mean").template get<double>()).margin(1e-9));
      }
    }
  }
  CHECK(j.at("model").at("training").at("sources").at(0).at("name") == "scan.nii.gz");
  const std::string page = text_of(desk / "report/report.html");
  const std::string headline = j.at("scans").at(0).at("headline");
  CHECK(page.find(headline) != std::string::npos);
  CHECK(text_of(desk / "report/report.md").find(headline) != std::string::npos);
  CHECK(page.find("{\"name\":\"generator L1\"") !=
        std::string::npos);  // the run is beside the model

  // Fewer scans over more: only files of ours go.
  desk.refused("evaluate phantom:9:17:48 --model " + model + " --out report", "exists");
  REQUIRE(desk.run("evaluate phantom:9:17:48 --force --quiet --model " + model + " --out report")
              .code == 0);
  CHECK(fs::exists(desk / "report/montage.png"));
  CHECK_FALSE(fs::exists(desk / "report/montage_2.png"));
}

TEST_CASE("a report says nothing of the machine it was made on, and is the same on any") {
  const Desk desk;
  const std::string model = (desk / desk.model()).string();
  fs::create_directories(desk / "ward 7");
  const std::string name = "ward 7/<b>&.nii";
  REQUIRE(desk.run("phantom '" + name + "' --slices 9 --size 48 --seed 3").code == 0);
  const std::string use =
      "evaluate '" + (desk / name).string() + "' --model '" + model + "' --quiet ";
  const Result r = desk.run(use + "--threads 1 --out one");
  INFO(r.err);
  REQUIRE(r.code == 0);
  REQUIRE(desk.run(use + "--threads 3 --out three").code == 0);
  for (const char* file : {"report.html", "report.md", "metrics.json", "slices.csv"}) {
    INFO(file);
    const std::string text = text_of(desk / ("one/" + std::string(file)));
    CHECK(text == text_of(desk / ("three/" + std::string(file))));
    CHECK(text.find(fs::path(desk / "").parent_path().filename().string()) == std::string::npos);
    CHECK(text.find("ward 7") == std::string::npos);
    CHECK(text.find("&.nii") + text.find("&amp;.nii") != 2 * std::string::npos);
  }
  CHECK(text_of(desk / "one/report.html").find("<b>") == std::string::npos);
  CHECK(text_of(desk / "one/report.html").find("&lt;b&gt;&amp;.nii") != std::string::npos);
}

TEST_CASE("progress counts to what it said and not beyond, also where gaps take passes") {
  const Desk desk;
  const Result r =
      tools_test::on_terminal(desk, "evaluate phantom:9:41:48 --factor 4 --out report", 120);
  INFO(r.err);
  REQUIRE(r.code == 0);
  std::set<std::string> ended;
  std::istringstream lines(r.err);
  for (std::string line; std::getline(lines, line, '\r');) {
    const std::size_t slash = line.find('/');
    if (!line.starts_with("\033[K") || slash == std::string::npos) continue;
    const std::size_t before = line.rfind(' ', slash) + 1;
    const int done = std::stoi(line.substr(before));
    const int total = std::stoi(line.substr(slash + 1));
    CHECK(done <= total);
    const std::size_t label = 3;  // after what clears the line
    if (done == total) ended.insert(line.substr(label, line.find(" [") - label));
  }
  CHECK(ended == std::set<std::string>{"evaluate phantom:9:41:48", "fill phantom:9:41:48",
                                       "self-check phantom:9:41:48"});
}
