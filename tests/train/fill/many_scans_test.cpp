// What stands where an output would be: only a record that is true of the output and of the work
// counts. And processes of one task each: what a child says, and how it ends, is known.
#include "train/fill/many_scans.h"

#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "data/files/sha256.h"
#include "tests/data/test_files.h"
#include "train/fill/child_processes.h"

using data_test::get;
using data_test::put;
using data_test::TempDir;
using Json = nlohmann::ordered_json;
using train::Standing;

namespace {

namespace fs = std::filesystem;

/// A scan "x_x2.nii.gz" that was made, with its table and its record, and what a run would make.
class Made {
 public:
  Made() {
    decided_ = {{"inputs", {{{"path", "here/x.nii"}, {"sha256", "aa"}, {"scan_sha256", "bb"}}}},
                {"model", {{"path", "default"}, {"sha256", "cc"}}},
                {"options", {{"factor", 2}, {"force", false}, {"strict", false}}}};
    put(path("x_x2.nii.gz"), "slices");
    put(path("x_x2.slices.csv"), "table");
    record_ = {{"record", 1}, {"command", "interpolate"}};
    record_.update(decided_);
    record_["outputs"] = Json::array();
    for (const char* name : {"x_x2.nii.gz", "x_x2.slices.csv"}) {
      record_["outputs"].push_back({{"path", std::string("elsewhere/") + name},
                                    {"sha256", data::sha256_of_file(path(name))},
                                    {"files", Json::array()}});
    }
    write();
  }

  std::string path(const std::string& name) const { return dir_ / name; }
  Json& record() { return record_; }
  Json& decided() { return decided_; }
  void write() const { put(path("x_x2.record.json"), record_.dump()); }
  train::Found found() const {
    return train::what_stands(
        {path("x_x2.nii.gz"), path("x_x2.slices.csv"), path("x_x2.record.json")}, decided_);
  }
  void check_different(const std::string& why) const {
    const train::Found f = found();
    INFO(f.why);
    CHECK(f.standing == Standing::different);
    CHECK(f.why.find(why) != std::string::npos);
  }

 private:
  TempDir dir_;
  Json record_, decided_;
};

}  // namespace

TEST_CASE("an output with a record that is true of it is there already") {
  Made made;
  CHECK(made.found().standing == Standing::valid);
  CHECK(made.found().record.at("record") == 1);
  // Neither where files lie nor what does not change the output matters.
  made.record()["inputs"][0]["path"] = "/somewhere/else.nii";
  made.record()["model"]["path"] = "copy.safetensors";
  made.record()["options"]["force"] = true;
  made.record()["options"]["strict"] = true;
  made.record()["date"] = "another";
  made.write();
  CHECK(made.found().standing == Standing::valid);
}

TEST_CASE("a record of other work is not true of this") {
  Made made;
  const Json before = made.record();
  const auto check = [&](const char* what, const std::string& why) {
    INFO(what);
    made.write();
    made.check_different(why);
    made.record() = before;
  };
  made.record()["inputs"][0]["sha256"] = "ab";
  check("input", "another input");
  made.record()["inputs"][0]["scan_sha256"] = "ab";
  check("scan", "another input");
  made.record()["inputs"].push_back(before.at("inputs").at(0));
  check("two inputs", "another input");
  made.record()["model"]["sha256"] = "ab";
  check("model", "another model");
  made.record()["model"] = nullptr;
  check("no model", "another model");
  made.record()["options"]["factor"] = 3;
  check("option", "option 'factor'");
  made.record()["options"]["more"] = 3;
  check("another option", "other options");
  made.record()["options"] = 7;
  check("no options", "option");
  made.record()["command"] = "mesh";
  check("command", "no record");
  made.record()["record"] = 2;
  check("version", "no record");
  made.record()["outputs"] = Json::array();
  check("no outputs", "names no output");
  made.record()["outputs"][0].erase("sha256");
  check("no hash", "fields");
  std::swap(made.record()["outputs"][0], made.record()["outputs"][1]);
  check("another output", "another file");
  put(made.path("x_x2.record.json"), before.dump().substr(0, 100));
  made.check_different("no record");
  fs::remove(made.path("x_x2.record.json"));
  made.check_different("no record");
}

TEST_CASE("an output that has changed since is not the record's") {
  Made made;
  put(made.path("x_x2.nii.gz"), "slicet");
  made.check_different("x_x2.nii.gz has another hash");
  put(made.path("x_x2.nii.gz"), "slices");
  CHECK(made.found().standing == Standing::valid);
  fs::remove(made.path("x_x2.slices.csv"));
  made.check_different("x_x2.slices.csv is missing");
}

TEST_CASE("a run that was killed while it named its outputs left no output") {
  Made made;
  fs::remove(made.path("x_x2.nii.gz"));
  CHECK(made.found().standing == Standing::leftover);
  fs::remove(made.path("x_x2.slices.csv"));
  CHECK(made.found().standing == Standing::leftover);
  made.record()["model"]["sha256"] = "ab";  // what is replaced must have been this work's
  made.write();
  made.check_different("another model");
  fs::remove(made.path("x_x2.record.json"));
  CHECK(made.found().standing == Standing::nothing);
  put(made.path("x_x2.slices.csv"), "somebody's");
  made.check_different("no record");
}

TEST_CASE("a folder is there when all its files are, and no other") {
  const TempDir dir;
  fs::create_directories(dir / "x_x2");
  put(dir / "x_x2/slice_0000.dcm", "a");
  put(dir / "x_x2/slice_0001.dcm", "b");
  auto files = data::hashed_files(dir / "x_x2", {"slice_0000.dcm", "slice_0001.dcm"});
  Json listed = Json::array();
  for (const auto& f : files) listed.push_back({{"name", f.name}, {"sha256", f.sha256}});
  const Json decided{{"inputs", Json::array()}, {"model", nullptr}, {"options", Json::object()}};
  Json record{{"record", 1}, {"command", "interpolate"}};
  record.update(decided);
  record["outputs"] = {
      {{"path", "x_x2/"}, {"sha256", data::sha256_of_list(files)}, {"files", listed}}};
  record["outputs"][0]["path"] = "x_x2";
  put(dir / "x_x2_dicom.record.json", record.dump());
  const auto standing = [&] {
    return train::what_stands(
               {dir / "x_x2", dir / "x_x2_dicom.slices.csv", dir / "x_x2_dicom.record.json"},
               decided)
        .standing;
  };
  CHECK(standing() == Standing::valid);
  put(dir / "x_x2/notes.txt", "mine");
  CHECK(standing() == Standing::different);
  fs::remove(dir / "x_x2/notes.txt");
  put(dir / "x_x2/slice_0001.dcm", "c");
  CHECK(standing() == Standing::different);
  put(dir / "x_x2/slice_0001.dcm", "b");
  fs::remove(dir / "x_x2/slice_0000.dcm");
  CHECK(standing() == Standing::different);
}

TEST_CASE("children say what they have to say, in order, and their ends are known") {
  constexpr std::size_t kTasks = 7;
  for (const std::size_t at_once : {1U, 3U, 20U}) {
    std::vector<std::vector<std::string>> lines(kTasks);
    std::vector<std::string> ends(kTasks, "never ended");
    std::vector<int> signals(kTasks, -1);
    std::size_t running = 0;
    std::size_t most = 0;
    const std::string is_long(100'000, 'x');  // more than a pipe holds
    train::ChildWork work;
    work.run = [&](std::size_t i, std::size_t slot, const train::SendLine& send) {
      send(std::to_string(slot));
      if (i == 1) ::raise(SIGKILL);
      if (i == 2) throw std::runtime_error("on purpose");
      if (i == 3) ::_exit(3);
      if (i == 4) send(is_long);
      send("task " + std::to_string(i));
    };
    work.heard = [&](std::size_t i, const std::string& line) {
      if (lines[i].empty()) most = std::max(most, ++running);
      lines[i].push_back(line);
    };
    work.ended = [&](std::size_t i, const std::string& how, int signal) {
      --running;
      ends[i] = how;
      signals[i] = signal;
    };
    train::run_in_children(kTasks, at_once, work);
    CHECK(most <= at_once);
    for (std::size_t i = 0; i < kTasks; ++i) {
      INFO(i);
      REQUIRE_FALSE(lines[i].empty());
      CHECK(std::stoul(lines[i].front()) < at_once);
      const bool whole = i == 0 || i > 3;
      CHECK(ends[i].empty() == whole);
      CHECK(signals[i] == (i == 1 ? SIGKILL : 0));
      if (whole) CHECK(lines[i].back() == "task " + std::to_string(i));
    }
    CHECK(lines[4].at(1) == is_long);
    CHECK(ends[1].find("signal 9") != std::string::npos);
  }
}

TEST_CASE("the table of many scans has a line for each, and says what failed") {
  train::ManyResult result;
  result.options.out_dir = "out";
  result.options.part = {2, 3};
  result.of_all = 8;
  const auto add = [&](const char* name, train::ScanState state) -> train::ScanResult& {
    train::ScanResult& r = result.scans.emplace_back();
    r.task = {std::string(name) + ".nii", "", name};
    r.state = state;
    r.out = std::string("out/") + name + "_x2.nii.gz";
    r.seconds = 12.34;
    if (state != train::ScanState::failed) {
      r.slices_before = 12;
      r.slices = 23;
      r.made_by = {{"cubic (self-check)", 11}};
    }
    return r;
  };
  add("cabeza_ó", train::ScanState::made).made_by = {{"cubic", 2}, {"model", 9}};
  add("b", train::ScanState::already_there);
  add("c", train::ScanState::failed)
      .error.emplace(nn::Fault::input, "c.nii", "an empty file", "a scan");
  CHECK(train::to_text(result) ==
        "scan      slices    made by             seconds  output\n"
        "cabeza_ó  12 -> 23  cubic 2, model 9       12.3  out/cabeza_ó_x2.nii.gz\n"
        "b         12 -> 23  cubic (self-check)     12.3  out/b_x2.nii.gz, already there\n"
        "c         -         -                      12.3  failed: c.nii: an empty file, expected a "
        "scan\n"
        "1 made, 1 already there, 1 failed: 3 scans, part 2/3 of 8, in out (synthetic slices are "
        "for research)\n");
  const Json j = train::to_json(result);
  CHECK(j.at("made") == 1);
  CHECK(j.at("already_there") == 1);
  CHECK(j.at("failed") == 1);
  CHECK(j.at("exit_code") == 1);
  CHECK(j.at("scans").at(0).at("made_by").at("model") == 9);
  CHECK(j.at("scans").at(1).at("state") == "already there");
  CHECK(j.at("scans").at(2).at("slices").is_null());
  CHECK(j.at("scans").at(2).at("error").at("got") == "an empty file");
}
