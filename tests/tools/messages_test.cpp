// What the program says while it works: warnings are never lost, --strict makes errors of them, and
// under --json errors are JSON.
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/tools/desk.h"

using nlohmann::json;
using tools_test::Desk;
using tools_test::Result;
using tools_test::says;

namespace {

/// Pictures, which every reader warns about: they hold no HU.
void make_pictures(const Desk& desk) {
  desk.phantom();
  REQUIRE(desk.run("interpolate scan.nii.gz --method cubic --format png --out pictures").code == 0);
  std::ofstream(desk / "pictures/notes.txt") << "no picture";
}

/// The last line, which is the error.
std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  const auto at = text.rfind('\n');
  return at == std::string::npos ? text : text.substr(at + 1);
}

/// Ends with exit code 3, says why, and leaves the folder as it was.
void refused_when_strict(const Desk& desk, const std::string& arguments,
                         const std::string& warning) {
  const auto before = desk.listing();
  const Result r = desk.run(arguments + " --quiet --strict");
  INFO("ct2ct " << arguments << "\n" << r.err);
  CHECK(r.code == 3);
  CHECK(says(r.err, "warning: "));
  CHECK(says(r.err, warning));
  CHECK(says(last_line(r.err), "ct2ct: --strict: "));
  CHECK(says(last_line(r.err), "nothing was written"));
  CHECK(desk.listing() == before);
}

}  // namespace

TEST_CASE("quiet hides progress and sentences, never a warning, which strict refuses") {
  const Desk desk;
  make_pictures(desk);
  const Result loud = desk.run("interpolate pictures --method cubic --out a");
  CHECK(says(loud.err, "warning: pictures hold grey levels"));
  CHECK(says(loud.err, "interpolate "));
  CHECK(says(loud.out, "slices became"));
  const Result quiet = desk.run("interpolate pictures --method cubic --quiet --out b");
  REQUIRE(quiet.code == 0);
  CHECK(says(quiet.err, "warning: pictures hold grey levels"));
  CHECK_FALSE(says(quiet.err, "interpolate "));
  CHECK(quiet.out.empty());

  const std::string grey = "pictures hold grey levels";
  refused_when_strict(desk, "interpolate pictures --method cubic --out c", grey);
  refused_when_strict(desk, "mesh pictures --level 100 --out c.stl", grey);
  refused_when_strict(desk, "reformat pictures --out c.png --gif c.gif", grey);
  refused_when_strict(desk, "train pictures --out c --steps 1 --width 4 --levels 2", grey);
  REQUIRE(desk.run("train pictures --out run --steps 1 --width 4 --levels 2 --quiet").code == 0);
  refused_when_strict(desk, "evaluate pictures --model run/model.safetensors --out c", grey);

  // Nothing to warn of, nothing to refuse.
  CHECK(desk.run("interpolate scan.nii.gz --method cubic --strict --out d.nii.gz").code == 0);
  // info prints warnings as a part of its answer, which it gives all the same.
  const Result info = desk.run("info pictures --strict");
  CHECK(info.code == 3);
  CHECK(says(info.out, grey));
  CHECK(desk.run("info scan.nii.gz --strict").code == 0);
}

TEST_CASE("a fallback is a warning") {
  const Desk desk;
  const std::string model = " --model " + desk.model();
  // Too little to judge by: the network was trained on this very scan.
  const std::string use = "interpolate scan.nii.gz" + model;
  const Result quiet = desk.run(use + " --quiet --out a.nii.gz");
  REQUIRE(quiet.code == 0);
  CHECK(says(quiet.err, "warning: not all slices are the network's; used: "));
  refused_when_strict(desk, use + " --out b.nii.gz", "not all slices are the network's");
  CHECK(desk.run(use + " --no-self-check --strict --out c.nii.gz").code == 0);
}

TEST_CASE("for a program every line is an object: notes, warnings, progress and the error") {
  const Desk desk;
  make_pictures(desk);
  const auto lines = [&](const std::string& arguments, int code) {
    const Result r = desk.run(arguments);
    INFO("ct2ct " << arguments << "\n" << r.err);
    CHECK(r.code == code);
    std::vector<json> all;
    std::istringstream in(r.err);
    for (std::string line; std::getline(in, line);) {
      all.push_back(json::parse(line));
      CHECK(all.back().is_object());
    }
    return all;
  };
  const auto of_kind = [](const std::vector<json>& all, const char* kind) {
    std::vector<json> some;
    for (const json& j : all) {
      if (j.contains(kind)) some.push_back(j.at(kind));
    }
    return some;
  };
  const auto said = lines("interpolate pictures --method cubic --messages json --out a", 0);
  REQUIRE(of_kind(said, "warning").size() >= 1);
  CHECK(says(of_kind(said, "warning").front(), "grey levels"));
  CHECK(of_kind(said, "note").size() == 1);  // the window
  const auto progress = of_kind(said, "progress");
  REQUIRE(progress.size() >= 2);
  for (const json& p : progress) {
    CHECK(p.size() == 6);
    CHECK(p.at("done") <= p.at("total"));
    CHECK(p.at("elapsed").is_number());
  }
  const json& filled = progress[progress.size() - 2];
  CHECK(filled.at("label") == "interpolate");
  CHECK(filled.at("done") == filled.at("total"));
  CHECK(says(progress.back().at("label"), "writing a"));
  CHECK(of_kind(lines("interpolate pictures --method cubic --messages json --quiet --out b", 0),
                "progress")
            .empty());
  const auto failed = lines("interpolate missing.nii --messages json", 2);
  REQUIRE(failed.size() == 1);
  CHECK(failed.front().at("exit_code") == 2);
  CHECK(failed.front().at("error").at("where") == "missing.nii");
  CHECK(lines("interpolate --messages=json --factr 2", 2).size() == 1);
  const auto many =
      lines("interpolate scan.nii.gz missing.nii --method cubic --messages json --out-dir c", 1);
  REQUIRE(of_kind(many, "failed").size() == 1);
  CHECK(of_kind(many, "failed").front().at("scan") == "missing");
  const auto trained =
      lines("train scan.nii.gz --steps 2 --width 4 --levels 3 --out run --messages json", 0);
  CHECK(of_kind(trained, "progress").size() >= 1);
  desk.refused("info scan.nii.gz --messages xml", "text or json");
}

TEST_CASE("under --json an error is one line of JSON on standard error") {
  const Desk desk;
  make_pictures(desk);
  const auto check = [&](const std::string& arguments, int code, const std::string& where) {
    const Result r = desk.run(arguments);
    INFO("ct2ct " << arguments << "\n" << r.err);
    CHECK(r.code == code);
    const json j = json::parse(last_line(r.err));
    CHECK(j.size() == 2);
    CHECK(j.at("exit_code") == code);
    const json& e = j.at("error");
    CHECK(e.size() == 5);
    CHECK(e.at("where") == where);
    for (const char* part : {"got", "expected", "hint"}) {
      INFO(part);
      CHECK(says(e.at("text"), e.at(part)));
    }
    CHECK_FALSE(e.at("got").get<std::string>().empty());
  };
  check("interpolate missing.nii --json", 2, "missing.nii");
  check("evaluate missing.nii --out report --json", 2, "missing.nii");
  check("mesh missing.nii --out a.stl --json", 2, "missing.nii");
  check("info missing.nii --json", 2, "missing.nii");
  check("translate pictures --model missing.safetensors --out t --json", 2, "missing.safetensors");
  check("bench --recipe gan --json", 2, "--recipe");
  check("gradcheck --seed many --json", 2, "command line");
  check("interpolate --json", 2, "interpolate");
  check("interpolate pictures --method cubic --strict --json --out a", 3, "--strict");
}
