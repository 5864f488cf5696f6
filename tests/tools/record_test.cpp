// The record beside every output: it says what is so, its hashes are those of other programs, and
// the page docs/audit/record.md names its fields, each of them and no other.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "data/pictures/picture.h"
#include "tests/tools/desk.h"

using nlohmann::json;
using tools_test::Desk;
using tools_test::Result;
using tools_test::says;
using tools_test::text_of;

namespace {

namespace fs = std::filesystem;

class FixedTime {
 public:
  FixedTime() { ::setenv("SOURCE_DATE_EPOCH", "1700000000", 1); }
  ~FixedTime() { ::unsetenv("SOURCE_DATE_EPOCH"); }
  FixedTime(const FixedTime&) = delete;
  FixedTime& operator=(const FixedTime&) = delete;
};

json record_of(const Desk& desk, const std::string& name) {
  INFO(name);
  REQUIRE(fs::exists(desk / name));
  return json::parse(text_of(desk / name));
}

/// What the shell's own program says.
std::string sha256sum(const Desk& desk, const std::string& command) {
  const std::string line =
      "cd '" + (desk / ".").string() + "' && " + command + " >'" + (desk / ".sum").string() + "'";
  REQUIRE(std::system(line.c_str()) == 0);
  const std::string text = text_of(desk / ".sum");
  fs::remove(desk / ".sum");
  return text.substr(0, 64);
}

std::string of_file(const Desk& desk, const std::string& name) {
  return sha256sum(desk, "sha256sum '" + name + "'");
}

std::string of_folder(const Desk& desk, const std::string& name, const std::string& which = "*") {
  return sha256sum(desk,
                   "(cd '" + name + "' && LC_ALL=C sh -c 'sha256sum " + which + " | sha256sum')");
}

/// Each output of a record is there and has the hash that it says.
void check_outputs(const Desk& desk, const json& record) {
  REQUIRE_FALSE(record.at("outputs").empty());
  for (const json& o : record.at("outputs")) {
    const std::string path = o.at("path");
    INFO(path);
    CHECK(o.at("sha256") ==
          (fs::is_directory(desk / path) ? of_folder(desk, path) : of_file(desk, path)));
    for (const json& f : o.at("files")) {
      CHECK(f.at("sha256") == of_file(desk, path + "/" + f.at("name").get<std::string>()));
    }
  }
}

/// Fields in the tables below a heading of the page: names in backticks in the first cell.
std::set<std::string> fields_on_page(const std::string& heading) {
  std::ifstream page(CT2CT_SOURCE_DIR "/docs/audit/record.md");
  std::set<std::string> fields;
  bool below = false;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("## ")) below = line == "## " + heading;
    if (!below || !line.starts_with("| `")) continue;
    const std::string cell = line.substr(2, line.find('|', 1) - 2);
    for (std::size_t i = cell.find('`'); i != std::string::npos; i = cell.find('`', i)) {
      const std::size_t end = cell.find('`', i + 1);
      fields.insert(cell.substr(i + 1, end - i - 1));
      i = end + 1;
    }
  }
  return fields;
}

std::set<std::string> keys_of(const json& object) {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.insert(key);
  return keys;
}

void check_fields(const json& record, const std::string& command) {
  std::set<std::string> expected = fields_on_page("Fields of every record");
  REQUIRE(expected.size() >= 10);
  const auto own = fields_on_page(command);
  expected.insert(own.begin(), own.end());
  INFO(command);
  CHECK(keys_of(record) == expected);
  CHECK(record.at("record") == 1);
  CHECK(record.at("command") == command);
  for (const json& i : record.at("inputs")) {
    CHECK(keys_of(i) == std::set<std::string>{"path", "format", "sha256", "files", "scan_sha256"});
  }
  for (const json& o : record.at("outputs")) {
    CHECK(keys_of(o) == std::set<std::string>{"path", "sha256", "files"});
  }
}

}  // namespace

TEST_CASE("interpolate's record says what was done") {
  const Desk desk;
  const std::string model = desk.model();
  const Result r = desk.run("interpolate scan.nii.gz --model " + model +
                            " --out x2.nii.gz --gif x.gif --json --quiet");
  INFO(r.err);
  REQUIRE(r.code == 0);
  CHECK(r.out == text_of(desk / "x2.record.json"));
  const json j = json::parse(r.out);
  check_fields(j, "interpolate");
  check_outputs(desk, j);
  CHECK(j.at("outputs").size() == 3);
  const json& in = j.at("inputs").at(0);
  CHECK(in.at("path") == "scan.nii.gz");
  CHECK(in.at("sha256") == of_file(desk, "scan.nii.gz"));
  CHECK(in.at("scan_sha256") == json::parse(desk.run("info scan.nii.gz --json").out).at("sha256"));
  CHECK(j.at("model").at("path") == model);
  CHECK(j.at("model").at("sha256") ==
        json::parse(desk.run("info " + model + " --json").out).at("sha256"));
  // Asked for: the network. Done: the fallback, since the network was trained on this scan.
  CHECK(j.at("options").at("method") == "model");
  CHECK(says(j.at("method"), "(self-check)"));
  CHECK(j.at("made_by").at(j.at("method").get<std::string>()) == 11);
  CHECK(j.at("synthetic") == 11);
  REQUIRE(j.at("warnings").size() == 1);
  CHECK(says(j.at("warnings").at(0), "not all slices are the network's"));
  CHECK(j.at("command_line").size() == 11);
  CHECK(j.at("command_line").at(1) == "interpolate");
  CHECK(j.at("window").at("low") == -160);
  CHECK(j.at("window").at("why") == "the default");

  // Over all methods the counts are those of the table.
  const Result by = desk.run("interpolate scan.nii.gz --no-self-check --model " + model +
                             " --out y.nii.gz --json --quiet");
  const json made = json::parse(by.out);
  CHECK(made.at("method") == "model");
  CHECK(made.at("made_by") == json{{"model", 11}});
  CHECK(made.at("window").is_null());
  CHECK(made.at("self_check").is_null());

  // The header and the table name program and model as well.
  const std::string sha = made.at("model").at("sha256");
  const std::string version = made.at("program").at("version");
  const std::string unpacked = sha256sum(
      desk, "{ gzip -dc y.nii.gz | dd bs=1 skip=148 count=80 2>/dev/null | tr '\\0' ' '; }");
  const std::string table = text_of(desk / "y.slices.csv");
  CHECK(
      says(unpacked, "x2 interpolated RESEARCH; ct2ct " + version + "; model " + sha.substr(0, 8)));
  CHECK(says(table, ",model,,ct2ct " + version + "," + sha + "\r\n"));
  CHECK(says(table, ",real,0,,,,,,,,,,\r\n"));
}

TEST_CASE("a folder's record stands beside it, and lists what was read and written") {
  const Desk desk;
  desk.phantom();
  REQUIRE(desk.run("interpolate scan.nii.gz --method cubic --out pngs --format png").code == 0);
  const json first = record_of(desk, "pngs_png.record.json");
  check_fields(first, "interpolate");
  check_outputs(desk, first);
  CHECK(first.at("model").is_null());
  CHECK(first.at("outputs").at(0).at("files").size() == 23);

  std::ofstream(desk / "pngs/notes.txt") << "no picture";
  const Result more =
      desk.run("interpolate pngs --method linear --out more --only-new --json --quiet");
  INFO(more.err);
  REQUIRE(more.code == 0);
  const json j = json::parse(more.out);
  check_outputs(desk, j);
  CHECK(j.at("inputs").at(0).at("sha256") == of_folder(desk, "pngs", "*.png"));
  CHECK(j.at("inputs").at(0).at("files").size() == 23);
  CHECK(j.at("made_by") == json{{"linear", 22}});
  CHECK(j.at("slices") == 45);
  CHECK(j.at("outputs").at(0).at("files").size() == 22);

  REQUIRE(desk.run("interpolate phantom:7:5:32 --method cubic --out p.nii").code == 0);
  CHECK(record_of(desk, "p.record.json").at("inputs").at(0).at("sha256").is_null());
}

#ifdef CT2CT_HAS_DICOM
TEST_CASE("the record of a DICOM series") {
  const Desk desk;
  const FixedTime time;
  desk.phantom("scan.nii", 5);
  REQUIRE(desk.run("interpolate scan.nii --method cubic --out a/").code == 0);
  REQUIRE(desk.run("interpolate a --any-scan --method cubic --quiet --out b/").code == 0);
  const json j = record_of(desk, "b_dicom.record.json");
  check_outputs(desk, j);
  CHECK(j.at("date") == "2023-11-14T22:13:20Z");
  CHECK(j.at("inputs").at(0).at("sha256") == of_folder(desk, "a"));
  CHECK(j.at("inputs").at(0).at("files").size() == 9);
  CHECK(j.at("inputs").at(0).at("scan_sha256").is_string());
}
#endif

TEST_CASE("the same command line gives the same record but for the date") {
  const Desk desk;
  desk.phantom();
  const std::string use = "interpolate scan.nii.gz --method cubic --force --out x.nii.gz";
  REQUIRE(desk.run(use).code == 0);
  json a = record_of(desk, "x.record.json");
  REQUIRE(desk.run(use).code == 0);
  json b = record_of(desk, "x.record.json");
  for (json* j : {&a, &b}) {
    CHECK(j->at("date").get<std::string>().size() == 20);
    j->erase("date");
  }
  CHECK(a == b);
  const FixedTime time;
  REQUIRE(desk.run(use).code == 0);
  const std::string fixed = text_of(desk / "x.record.json");
  CHECK(says(fixed, "2023-11-14T22:13:20Z"));
  REQUIRE(desk.run(use).code == 0);
  CHECK(text_of(desk / "x.record.json") == fixed);
}

TEST_CASE("mesh, reformat, translate and evaluate have records too") {
  const Desk desk;
  const std::string model = desk.model();
  const Result mesh = desk.run("mesh scan.nii.gz --out bone.stl --json --quiet");
  REQUIRE(mesh.code == 0);
  CHECK(mesh.out == text_of(desk / "bone.stl.record.json"));
  check_fields(json::parse(mesh.out), "mesh");
  check_outputs(desk, json::parse(mesh.out));

  REQUIRE(desk.run("reformat scan.nii.gz --out a.png --gif b.gif --window bone").code == 0);
  const json drawn = record_of(desk, "a.png.record.json");
  check_fields(drawn, "reformat");
  check_outputs(desk, drawn);
  CHECK(drawn.at("outputs").size() == 2);
  CHECK(drawn.at("window") ==
        json{{"low", -770}, {"high", 1729}, {"why", "--window bone, centre 480, width 2500"}});
  REQUIRE(desk.run("reformat scan.nii.gz --gif c.gif").code == 0);
  CHECK(fs::exists(desk / "c.gif.record.json"));

  REQUIRE(desk.run("evaluate scan.nii.gz --model " + model + " --out report").code == 0);
  const json report = record_of(desk, "report.record.json");
  check_fields(report, "evaluate");
  check_outputs(desk, report);
  CHECK(report.at("inputs").at(0).at("sha256") == of_file(desk, "scan.nii.gz"));

  fs::create_directories(desk / "pairs");
  for (int k = 0; k < 3; ++k) {
    const std::vector<std::uint8_t> bytes(64 * 32, static_cast<std::uint8_t>(60 * k));
    data::write_png((desk / ("pairs/" + std::to_string(k) + ".png")).string(), 64, 32, 1, bytes,
                    false);
  }
  REQUIRE(desk.run("train pairs --recipe pix2pix --out gan --steps 1 --width 4 --levels 2 --size "
                   "32 --quiet")
              .code == 0);
  const Result t =
      desk.run("translate pairs --paired --model gan/model.safetensors --out made/ --json --quiet");
  INFO(t.err);
  REQUIRE(t.code == 0);
  CHECK(t.out == text_of(desk / "made.record.json"));
  check_fields(json::parse(t.out), "translate");
  check_outputs(desk, json::parse(t.out));
}

TEST_CASE("the table of many scans has the fields of its page") {
  const Desk desk;
  desk.phantom();
  std::ofstream(desk / "broken.nii") << "no scan";
  const Result r =
      desk.run("interpolate scan.nii.gz broken.nii --method cubic --out-dir out --json --quiet");
  CHECK(r.code == 1);
  const json j = json::parse(r.out);
  const json scans = j.at("scans");
  REQUIRE(scans.size() == 2);
  std::set<std::string> keys = keys_of(j);
  for (const json& scan : scans) keys.merge(keys_of(scan));
  CHECK(keys == fields_on_page("Many scans"));
  CHECK(keys_of(scans.at(0)) == keys_of(scans.at(1)));
  CHECK(scans.at(0).at("error").at("exit_code") == 2);
  const json record = record_of(desk, scans.at(1).at("record"));
  check_fields(record, "interpolate");
  CHECK(record.at("made_by") == scans.at(1).at("made_by"));
  CHECK(record.at("slices") == scans.at(1).at("slices"));
  CHECK(j.at("exit_code") == 1);
}

TEST_CASE("an existing record is an output that exists") {
  const Desk desk;
  desk.phantom();
  std::ofstream(desk / "x.record.json") << "mine";
  desk.refused("interpolate scan.nii.gz --method cubic --out x.nii.gz", "x.record.json");
  std::ofstream(desk / "b.stl.record.json") << "mine";
  desk.refused("mesh scan.nii.gz --out b.stl", "b.stl.record.json");
  std::ofstream(desk / "a.png.record.json") << "mine";
  desk.refused("reformat scan.nii.gz --out a.png", "a.png.record.json");
  CHECK(text_of(desk / "x.record.json") == "mine");
}
