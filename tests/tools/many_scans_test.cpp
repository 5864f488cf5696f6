// Many scans as a user makes them: one that fails stops no other, what is there is not made again,
// and neither parts, nor --jobs, nor a kill in the middle changes a byte.
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "data/files/sha256.h"
#include "tests/tools/desk.h"

using nlohmann::json;
using tools_test::Desk;
using tools_test::Result;
using tools_test::says;
using tools_test::text_of;

namespace {

namespace fs = std::filesystem;

/// a.nii to e.nii, and broken.nii among them.
void put_scans(const Desk& desk) {
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    const std::string seed = std::to_string(name[0]);
    REQUIRE(desk.run("phantom " + std::string(name) + ".nii --slices 6 --size 32 --seed " + seed)
                .code == 0);
  }
  std::ofstream(desk / "broken.nii") << text_of(desk / "c.nii").substr(0, 1000);
}

constexpr char kAll[] = "interpolate a.nii b.nii broken.nii c.nii d.nii e.nii --method cubic ";

/// Hashes of all scans in a folder; records and tables name paths.
std::map<std::string, std::string> scans_in(const Desk& desk, const std::string& folder) {
  std::map<std::string, std::string> hashes;
  for (const auto& entry : fs::directory_iterator(desk / folder)) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with(".nii.gz")) hashes[name] = data::sha256_of_file(entry.path().string());
  }
  return hashes;
}

std::size_t entries(const Desk& desk, const std::string& folder) {
  const fs::directory_iterator all(desk / folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Every scan in the folder has a record with its hash, and nothing else is there.
void check_whole(const Desk& desk, const std::string& folder, std::size_t scans) {
  const auto hashes = scans_in(desk, folder);
  CHECK(hashes.size() == scans);
  CHECK(entries(desk, folder) == 3 * scans);
  for (const auto& [name, hash] : hashes) {
    INFO(name);
    const std::string stem = name.substr(0, name.find('.'));
    const json record = json::parse(text_of(desk / (folder + "/" + stem + ".record.json")));
    CHECK(record.at("outputs").at(0).at("sha256") == hash);
  }
}

}  // namespace

TEST_CASE("one scan that fails stops no other, and the run says which") {
  const Desk desk;
  put_scans(desk);
  const Result r = desk.run(std::string(kAll) + "no_such.nii --out-dir out/all --threads 1");
  INFO(r.err << r.out);
  CHECK(r.code == 1);
  check_whole(desk, "out/all", 5);
  CHECK(says(r.err, "ct2ct: broken failed: broken.nii: "));
  CHECK(says(r.err, "ct2ct: no_such failed: no_such.nii: no such file or folder"));
  CHECK(says(r.err, "ct2ct: out/all: 2 of 7 scans failed"));
  CHECK(says(r.out, "out/all/a_x2.nii.gz\n"));
  CHECK(says(r.out, "6 -> 11"));
  CHECK(says(r.out, "5 made, 0 already there, 2 failed: 7 scans, in out/all"));
  CHECK(std::count(r.out.begin(), r.out.end(), '\n') == 9);

  // A scan is what it is alone.
  REQUIRE(desk.run("interpolate c.nii --method cubic --out c_x2.nii.gz").code == 0);
  CHECK(text_of(desk / "c_x2.nii.gz") == text_of(desk / "out/all/c_x2.nii.gz"));
  CHECK(text_of(desk / "c_x2.slices.csv") == text_of(desk / "out/all/c_x2.slices.csv"));
}

TEST_CASE("what is there with a valid record is not made again") {
  const Desk desk;
  put_scans(desk);
  const std::string use = "interpolate a.nii b.nii c.nii --method cubic --out-dir out";
  REQUIRE(desk.run(use).code == 0);
  const auto made = fs::last_write_time(desk / "out/b_x2.nii.gz");
  fs::remove(desk / "out/a_x2.nii.gz");  // the record alone: as a kill while outputs are named
  const Result again = desk.run(use + " --json");
  INFO(again.err);
  REQUIRE(again.code == 0);
  const json j = json::parse(again.out);
  CHECK(j.at("made") == 1);
  CHECK(j.at("already_there") == 2);
  CHECK(j.at("scans").at(0).at("state") == "made");
  CHECK(j.at("scans").at(1).at("state") == "already there");
  CHECK(j.at("scans").at(1).at("slices") == 11);
  CHECK(j.at("scans").at(1).at("made_by") == json{{"cubic", 5}});
  CHECK(fs::last_write_time(desk / "out/b_x2.nii.gz") == made);

  // Other options, another input, another byte: an error of that scan, unless --force.
  const Result other = desk.run(use + " --fill-gaps --quiet");
  CHECK(other.code == 1);
  CHECK(says(other.err, "option 'fill_gaps'"));
  CHECK(says(other.err, "3 of 3"));
  fs::copy_file(desk / "d.nii", desk / "c.nii", fs::copy_options::overwrite_existing);
  std::ofstream(desk / "out/b_x2.nii.gz", std::ios::app) << "x";
  const Result changed = desk.run(use);
  CHECK(changed.code == 1);
  CHECK(says(changed.err, "c failed: out/c_x2.nii.gz: exists already"));
  CHECK(says(changed.err, "another input"));
  CHECK(says(changed.err, "b_x2.nii.gz has another hash than its record says"));
  CHECK(says(changed.out, "0 made, 1 already there, 2 failed"));
  const Result forced = desk.run(use + " --force");
  CHECK(forced.code == 0);
  CHECK(says(forced.out, "2 made, 1 already there, 0 failed"));
  check_whole(desk, "out", 3);
}

TEST_CASE("parts that run at once, and jobs side by side, make the same bytes") {
  const Desk desk;
  put_scans(desk);
  CHECK(desk.run(std::string(kAll) + "--out-dir one --threads 1").code == 1);
  const auto expected = scans_in(desk, "one");
  REQUIRE(expected.size() == 5);
  CHECK(desk.run(std::string(kAll) + "--out-dir two --jobs 2 --threads 3").code == 1);
  CHECK(scans_in(desk, "two") == expected);
  // From a list in another order, on standard input.
  const std::string part =
      " ; for p in 3 1 2; do printf 'e.nii\\n# none\\n\\nd.nii\\na.nii\\n' | '" +
      std::string(CT2CT_BINARY) +
      "' interpolate c.nii b.nii --method cubic --list - --part $p/3 --out-dir "
      "three --threads 1 --quiet & done; wait";
  const Result parts = desk.run("--version" + part);
  INFO(parts.err);
  CHECK(parts.err.empty());
  CHECK(scans_in(desk, "three") == expected);
  check_whole(desk, "three", 5);
  // A part without scans is no error: arrays of jobs have fixed sizes.
  const Result empty = desk.run("interpolate a.nii --method cubic --out-dir four --part 2/2");
  CHECK(empty.code == 0);
  CHECK(says(empty.out, "0 scans, part 2/2 of 1"));
}

TEST_CASE("a run that was killed is taken up by the same command line") {
  const Desk desk;
  put_scans(desk);
  const std::string use = std::string(kAll) + "--out-dir out --threads 1 --quiet";
  const std::string killed =
      " >/dev/null; '" CT2CT_BINARY "' " + use +
      " & run=$!; while [ ! -e out/b_x2.nii.gz ]; do sleep 0.005; done; kill -9 $run; wait";
  desk.run("--version" + killed);
  const auto before = scans_in(desk, "out");
  CHECK(before.contains("b_x2.nii.gz"));
  // What such a run may leave: a file and a folder that nobody writes any more.
  std::ofstream(desk / "out/.e_x2.nii.gz.4711.0.tmp") << "half";
  fs::create_directories(desk / "out/.e_x2.record.json.4711.3.tmp");
  fs::remove(desk / "out/e_x2.nii.gz");
  const Result r = desk.run(use);
  INFO(r.err);
  CHECK(r.code == 1);
  CHECK(says(r.err, "1 of 6 scans failed"));
  check_whole(desk, "out", 5);
  for (const auto& [name, hash] : before) CHECK(scans_in(desk, "out").at(name) == hash);
}

TEST_CASE("wrong use of many scans is refused before anything is made") {
  const Desk desk;
  put_scans(desk);
  std::ofstream(desk / "empty.txt") << "# none\n";
  desk.refused("interpolate", "no scan");
  desk.refused("interpolate --out-dir out", "no scan");
  desk.refused("interpolate a.nii b.nii", "--out-dir");
  desk.refused("interpolate a.nii b.nii --out x.nii", "--out-dir");
  desk.refused("interpolate a.nii --out x.nii --out-dir out", "--out");
  desk.refused("interpolate a.nii --gif x.gif --out-dir out", "--gif");
  desk.refused("interpolate a.nii --labels l.nii --out-dir out", "--labels");
  desk.refused("interpolate a.nii --uncertainty x.nii --out-dir out", "--uncertainty");
  desk.refused("interpolate a.nii --jobs 2", "--out-dir");
  desk.refused("interpolate a.nii --part 1/2", "--out-dir");
  desk.refused("interpolate --list empty.txt", "--out-dir");
  desk.refused("interpolate --list empty.txt --out-dir out", "no scan");
  desk.refused("interpolate --list none.txt --out-dir out", "none.txt");
  desk.refused("interpolate a.nii --all-series --out x.nii", "--out-dir");
  desk.refused("interpolate a.nii --all-series --series 2 --out-dir out", "--series");
  for (const char* part : {"4/3", "0/3", "3", "x/y"}) {
    desk.refused("interpolate a.nii --out-dir out --part " + std::string(part), "--part");
  }
  desk.refused("interpolate a.nii --out-dir out --jobs 0", "--jobs");
  desk.refused("interpolate a.nii --out-dir b.nii", "b.nii");
}

TEST_CASE("warnings of many scans have the scan's name, and --strict makes them its errors") {
  const Desk desk;
  put_scans(desk);
  REQUIRE(desk.run("interpolate a.nii --method cubic --out again.nii --quiet").code == 0);
  const std::string use = "interpolate again.nii b.nii --method cubic --any-scan --out-dir out";
  const Result strict = desk.run(use + " --strict --quiet");
  CHECK(strict.code == 1);
  CHECK(says(strict.err, "warning: again: "));
  CHECK(says(strict.err, "again failed: --strict: a warning"));
  CHECK(scans_in(desk, "out").size() == 1);
  const Result lax = desk.run(use + " --json");
  CHECK(lax.code == 0);
  CHECK(json::parse(lax.out).at("scans").at(0).at("warnings").size() == 1);
}
