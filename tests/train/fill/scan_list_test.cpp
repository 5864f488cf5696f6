// Which scans a run of many makes: each once, in one order, with a name of its own, in parts that
// are the whole together.
#include "train/fill/scan_list.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "data/dicom/dicom.h"
#include "data/phantom/phantom.h"
#include "tests/data/test_files.h"

using data_test::check_input_error;
using data_test::put;
using data_test::TempDir;
using Texts = std::vector<std::string>;

namespace {

namespace fs = std::filesystem;

Texts names_of(const std::vector<train::ScanTask>& tasks) {
  Texts names;
  for (const train::ScanTask& t : tasks) names.push_back(t.name);
  return names;
}

/// Names by path; of paths that need not exist.
std::map<std::string, std::string> named(const Texts& scans) {
  std::map<std::string, std::string> names;
  for (const train::ScanTask& t : train::scan_list({scans, "", false, false, {}}).tasks) {
    names[t.scan] = t.name;
  }
  return names;
}

}  // namespace

TEST_CASE("a list of scans: blank lines, comments and blanks around a path are left out") {
  std::istringstream in("a.nii\n\n  # not this\n\t b c.nii \r\n#nor this\nd#e.nii");
  CHECK(train::lines_of_list(in) == Texts{"a.nii", "b c.nii", "d#e.nii"});
  std::istringstream none("\n# nothing\n");
  CHECK(train::lines_of_list(none).empty());
}

TEST_CASE("each scan is in the list once, and their order is not that of the command line") {
  const TempDir dir;
  put(dir / "list", "b/x.nii\n./a.nii\n");
  const train::ScanSources sources{{"c.nii", "b//x.nii", "a.nii", "c.nii/"}, dir / "list"};
  const auto tasks = train::scan_list(sources).tasks;
  REQUIRE(tasks.size() == 3);
  CHECK(tasks[0].scan == "a.nii");
  CHECK(tasks[1].scan == "b/x.nii");
  CHECK(tasks[2].scan == "c.nii");
  CHECK(names_of(tasks) == Texts{"a", "x", "c"});
  CHECK(tasks[0].series.empty());
}

TEST_CASE("nothing to do, and lists that cannot be read, are input errors") {
  const TempDir dir;
  check_input_error([] { train::scan_list({}); }, {"no scan", "--list FILE"});
  put(dir / "empty", "# none yet\n");
  check_input_error([&] { train::scan_list({{}, dir / "empty"}); }, {"no scan"});
  check_input_error(
      [&] {
        train::scan_list({{}, dir / "none"});
      },
      {dir / "none", "cannot be read"});
  check_input_error([&] { train::scan_list({{}, dir.str()}); }, {"cannot be read"});
  train::ScanSources both{{"a"}, "", true, false, {}};
  both.read.series = "2";
  check_input_error([&] { train::scan_list(both); }, {"--all-series", "--series"});
}

TEST_CASE("outputs are named after their scans, and equal names by the folders above") {
  CHECK(named({"x/head.nii.gz", "y/neck.zip", "phantom:7:12"}) ==
        std::map<std::string, std::string>{
            {"x/head.nii.gz", "head"}, {"y/neck.zip", "neck"}, {"phantom:7:12", "phantom_7_12"}});
  CHECK(named({"/s/p1/ct.nii", "/s/p2/ct.nii", "/s/p2/mr.nii"}) ==
        std::map<std::string, std::string>{
            {"/s/p1/ct.nii", "p1_ct"}, {"/s/p2/ct.nii", "p2_ct"}, {"/s/p2/mr.nii", "mr"}});
  // As many folders as it takes, for those that need them.
  CHECK(named({"/s/a/1/ct", "/s/b/1/ct", "/s/b/2/ct"}) ==
        std::map<std::string, std::string>{
            {"/s/a/1/ct", "a_1_ct"}, {"/s/b/1/ct", "b_1_ct"}, {"/s/b/2/ct", "2_ct"}});
  // Folders that tell nothing apart are not named.
  CHECK(named({"/s/ct.nii", "/s/ct.nii.gz", "/s/ct"}) ==
        std::map<std::string, std::string>{
            {"/s/ct", "ct"}, {"/s/ct.nii", "ct_2"}, {"/s/ct.nii.gz", "ct_3"}});
  CHECK(named({"/s/ct.nii", "/s/ct.nii.gz", "/s/ct_2.nii"}) ==
        std::map<std::string, std::string>{
            {"/s/ct.nii", "ct"}, {"/s/ct.nii.gz", "ct_3"}, {"/s/ct_2.nii", "ct_2"}});
  // A folder's name and a scan's can make the same text.
  CHECK(named({"/s/a/b_c", "/s/a_b/c", "/t/c"}).size() == 3);
}

TEST_CASE("names are unique and do not depend on the order of the list") {
  Texts scans;
  for (const char* folder : {"/a/b", "/a_b", "/a/b/a", "/c", "/c/a_b", "/"}) {
    for (const char* name : {"ct.nii", "ct.nii.gz", "ct_2", "b_ct.zip", "a"}) {
      scans.push_back(std::string(folder) + "/" + name);
    }
  }
  const auto names = named(scans);
  std::set<std::string> different;
  for (const auto& [scan, name] : names) different.insert(name);
  CHECK(different.size() == scans.size());
  std::reverse(scans.begin(), scans.end());
  CHECK(named(scans) == names);
  std::rotate(scans.begin(), scans.begin() + 7, scans.end());
  CHECK(named(scans) == names);
}

TEST_CASE("parts are disjoint, of even size, and the whole together") {
  Texts scans;
  for (int i = 0; i < 10; ++i) scans.push_back("scan" + std::to_string(i));
  const auto all = train::scan_list({scans}).tasks;
  for (std::size_t count = 1; count <= 12; ++count) {
    Texts together;
    for (std::size_t index = 1; index <= count; ++index) {
      const Texts part = names_of(train::part_of(all, {index, count}));
      CHECK((part.size() == 10 / count || part.size() == 10 / count + 1));
      together.insert(together.end(), part.begin(), part.end());
    }
    std::sort(together.begin(), together.end());
    CHECK(together == names_of(all));
  }
  CHECK(names_of(train::part_of(all, {2, 4})) == Texts{"scan1", "scan5", "scan9"});
}

TEST_CASE("a part is one number over another") {
  const train::Part part = train::part_of_text("2/8");
  CHECK(part.index == 2);
  CHECK(part.count == 8);
  CHECK(train::part_of_text("8/8").index == 8);
  for (const char* wrong : {"4/3", "0/3", "1/0", "1", "/", "1/", "/2", "a/2", "-1/2", "1/2/3",
                            "1 /2", "", "1/99999999999"}) {
    INFO(wrong);
    check_input_error([&] { train::part_of_text(wrong); }, {"--part", wrong});
  }
}

#ifdef CT2CT_HAS_DICOM
TEST_CASE("every series of a folder, also of those below") {
  const TempDir dir;
  fs::create_directories(dir / "top/p1");
  fs::create_directories(dir / "top/p2");
  const auto write = [&](const std::string& folder, std::uint64_t seed, nn::index slices) {
    data::PhantomOptions o;
    o.seed = seed;
    o.slices = slices;
    o.size = 16;
    data::write_dicom(dir / folder, data::make_phantom(o), {}, false);
  };
  write("top/p1/ct", 1, 3);
  write("top/p2/ct", 2, 4);
  write("top/p2/mixed", 3, 3);
  write("scout", 4, 2);
  // A second series in one folder, and one of a single slice.
  write("second", 5, 5);
  for (int i = 0; i < 5; ++i) {
    const std::string name = "slice_000" + std::to_string(i) + ".dcm";
    fs::rename(dir / ("second/" + name), dir / ("top/p2/mixed/b" + name));
  }
  fs::rename(dir / "scout/slice_0000.dcm", dir / "top/scout.dcm");
  put(dir / "top/notes.txt", "no scan");
  put(dir / "scan.nii", "not looked at");

  const train::ScanSources sources{{dir / "top", dir / "scan.nii"}, "", true, false, {}};
  const train::ScanList list = train::scan_list(sources);
  Texts found;
  for (const train::ScanTask& t : list.tasks) {
    found.push_back(fs::path(t.scan).lexically_relative(dir.str()).string());
    if (t.series.empty()) continue;
    // The task is one series and all of it.
    const data::Volume v = data::read_volume(t.scan, {-1, -1, t.series});
    CHECK(v.dicom->series_instance_uid == t.series);
    found.back() += " " + std::to_string(v.slices());
  }
  std::sort(found.begin(), found.end());
  CHECK(found ==
        Texts{"scan.nii", "top/p1/ct 3", "top/p2/ct 4", "top/p2/mixed 3", "top/p2/mixed 5"});
  REQUIRE(list.left_out.size() == 1);
  CHECK(list.left_out[0].find("one slice") != std::string::npos);
  std::set<std::string> names;
  for (const train::ScanTask& t : list.tasks) names.insert(t.name);
  CHECK(names.size() == 5);
  CHECK(names.contains("scan"));
  CHECK(std::count_if(names.begin(), names.end(), [](const std::string& n) {
          return n.find("ct_series") != std::string::npos;
        }) == 2);
  // A folder with nothing to make is a task, so that its error is said.
  const auto alone = train::scan_list({{dir / "scout"}, "", true, false, {}});
  REQUIRE(alone.tasks.size() == 1);
  CHECK(alone.tasks[0].series.empty());
}
#endif
