// What the library makes is what `ct2ct interpolate` makes: the same files, from paths and from
// memory, on one thread and on several.
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>
#include <vector>

#include "data/files/files.h"
#include "tests/data/test_files.h"
#include "tests/skip.h"
#include "tests/tools/desk.h"
#include "tests/train/api/handles.h"
#include "train/api/options.h"
#include "train/predict/default_model.h"

using namespace api_test;
using data_test::TempDir;
using tools_test::Desk;
using tools_test::Result;
using tools_test::Variable;
namespace fs = std::filesystem;

namespace {

/// A record without what tells the library from the program.
nlohmann::json comparable(const std::string& text) {
  nlohmann::json j = nlohmann::json::parse(text);
  j.erase("command_line");
  j.at("program").erase("loaded");
  return j;
}

/// The bytes of a file, or of all files of a folder with their names.
std::string bytes_of(const fs::path& path) {
  if (!fs::is_directory(path)) return tools_test::text_of(path);
  std::vector<fs::path> files;
  for (const auto& e : fs::directory_iterator(path)) files.push_back(e.path());
  std::sort(files.begin(), files.end());
  std::string all;
  for (const fs::path& f : files) all += f.filename().string() + tools_test::text_of(f);
  return all;
}

/// Works in the desk's folder as the program does, so that paths are the same words.
class At {
 public:
  explicit At(const fs::path& folder) : before_(fs::current_path()) { fs::current_path(folder); }
  ~At() { fs::current_path(before_); }
  At(const At&) = delete;
  At& operator=(const At&) = delete;

 private:
  fs::path before_;
};

int count_to(void* user, const char*, std::uint64_t, std::uint64_t) {
  return --*static_cast<int*>(user) < 0 ? 1 : 0;
}

}  // namespace

TEST_CASE("the library writes the files of the command line, byte by byte") {
  const Variable date("SOURCE_DATE_EPOCH", "1700000000");
  const Desk desk;
  desk.phantom("scan.nii.gz", 14);
  struct Case {
    std::string arguments, out;
    std::vector<std::pair<const char*, const char*>> options;
    std::vector<std::string> files;
  };
  const std::vector<Case> cases{
      {"--factor 3 --any-scan --uncertainty map.nii.gz --gif a.gif",
       "x3.nii.gz",
       {{"factor", "3"}, {"any-scan", "true"}, {"uncertainty", "map.nii.gz"}, {"gif", "a.gif"}},
       {"x3.nii.gz", "x3.slices.csv", "map.nii.gz", "map.svg", "a.gif"}},
      {"--any-scan --no-self-check --factor 2",
       "x2.nii",
       {{"any-scan", "true"}, {"no-self-check", "true"}, {"factor", "2"}},
       {"x2.nii", "x2.slices.csv"}},
#ifdef CT2CT_HAS_DICOM
      {"--method registered", "x2/", {{"method", "registered"}}, {"x2", "x2_dicom.slices.csv"}},
#endif
      {"--method cubic --only-new --window bone --format png",
       "new",
       {{"method", "cubic"}, {"only-new", "true"}, {"window", "bone"}, {"format", "png"}},
       {"new", "new_png.slices.csv"}}};
  for (const Case& c : cases) {
    INFO(c.arguments);
    const Result r = desk.run("interpolate scan.nii.gz --json --out " + c.out + " " + c.arguments);
    INFO(r.err);
    REQUIRE(r.code == 0);
    std::vector<std::string> expected;
    for (const std::string& f : c.files) expected.push_back(bytes_of(desk / f));
    for (const std::string& f : c.files) fs::remove_all(desk / f);
    for (const auto& e : fs::directory_iterator(desk / ".")) {
      if (e.path().string().ends_with(".record.json")) fs::remove(e.path());
    }
    const At at(desk / ".");
    const Options o = options({});
    for (const auto& [name, value] : c.options) fine(ct2ct_set(o.get(), name, value));
    const Scan filled = fill(read("scan.nii.gz"), o);
    fine(ct2ct_write(filled.get(), c.out.c_str(), nullptr));
    for (std::size_t i = 0; i < c.files.size(); ++i) {
      INFO(c.files[i]);
      CHECK(!expected[i].empty());
      CHECK((bytes_of(c.files[i]) == expected[i]));
    }
    CHECK(comparable(ct2ct_record(filled.get())) == comparable(r.out));
  }
}

TEST_CASE("every option of the library but one is an option of the command line") {
  const Desk desk;
  std::string help = desk.run("--help").out + desk.run("interpolate --help").out;
  help += desk.run("interpolate --help-all").out;  // where rare options are shown apart
  for (const api::OptionRow& row : api::option_rows()) {
    INFO(row.name);
    const bool shown = help.find(std::string("--") + row.name + " ") != std::string::npos ||
                       help.find(std::string("--") + row.name + "\n") != std::string::npos;
    CHECK(shown == (std::string(row.name) != "error-map"));
  }
}

TEST_CASE("voxels from memory are filled as those of the file") {
  const Desk desk;
  const Scan file = read((desk / desk.phantom("scan.nii.gz", 14)).string());
  const ct2ct_volume v = volume(file);
  ct2ct_scan* wrapped = nullptr;
  fine(ct2ct_wrap(&v, "mine", &wrapped));
  const Scan memory(wrapped);
  CHECK(volume(memory).slice_axis == v.slice_axis);
  const Options o = options({{"any-scan", "true"}, {"error-map", "true"}});
  const Scan one = fill(file, o);
  const Scan other = fill(memory, o);
  CHECK((voxels(one) == voxels(other)));
  const ct2ct_volume a = volume(one);
  const ct2ct_volume b = volume(other);
  for (int i = 0; i < 16; ++i) CHECK(a.affine[i] == b.affine[i]);
  CHECK(a.slope == b.slope);
  CHECK(a.intercept == b.intercept);
  CHECK(a.size[2] == 27);
  CHECK(a.spacing[2] == v.spacing[2] / 2);
  REQUIRE(b.synthetic != nullptr);
  CHECK(v.synthetic == nullptr);
  for (int k = 0; k < 27; ++k) CHECK(b.synthetic[k] == k % 2);
  const auto record = nlohmann::json::parse(ct2ct_record(other.get()));
  CHECK(record.at("inputs").at(0).at("path") == "mine");
  CHECK(record.at("inputs").at(0).at("format") == "memory");
  CHECK(record.at("out").is_null());
  ct2ct_volume errors = CT2CT_VOLUME_INIT;
  fine(ct2ct_uncertainty(other.get(), &errors));
  CHECK(errors.slope == 0.125);
  CHECK(errors.size[2] == 27);
  refused(ct2ct_uncertainty(fill(memory, options({{"method", "cubic"}})).get(), &errors),
          "error-map");
  // What is filled is not filled again.
  ct2ct_scan* again = nullptr;
  refused(ct2ct_fill(one.get(), nullptr, nullptr, nullptr, nullptr, &again), "was filled");
}

TEST_CASE("threads fill two scans at once to the same bits") {
  const Model model = box();
  const std::vector<std::string> paths{"phantom:7:14:64", "phantom:8:13:48"};
  const Options o = options({{"any-scan", "true"}, {"no-self-check", "true"}, {"threads", "2"}});
  std::vector<std::string> expected;
  for (const std::string& path : paths)
    expected.push_back(voxels(fill(read(path), o, model.get())));
  std::vector<std::string> got(4);
  std::vector<ct2ct_status> status(4, CT2CT_JOB_FAILED);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {  // Catch2's checks belong to the main thread
      ct2ct_scan* scan = nullptr;
      ct2ct_scan* filled = nullptr;
      ct2ct_volume v = CT2CT_VOLUME_INIT;
      const bool good =
          ct2ct_read(paths[t % 2].c_str(), nullptr, &scan) == CT2CT_OK &&
          ct2ct_fill(scan, model.get(), o.get(), nullptr, nullptr, &filled) == CT2CT_OK &&
          ct2ct_scan_volume(filled, &v) == CT2CT_OK;
      if (good) {
        const auto count = static_cast<std::size_t>(v.size[0] * v.size[1] * v.size[2]) * 2;
        got[t].assign(static_cast<const char*>(v.voxels), count);
        status[t] = CT2CT_OK;
      }
      ct2ct_scan_free(filled);
      ct2ct_scan_free(scan);
    });
  }
  for (std::thread& t : threads) t.join();
  for (std::size_t t = 0; t < 4; ++t) {
    CHECK(status[t] == CT2CT_OK);
    CHECK((got[t] == expected[t % 2]));
  }
}

TEST_CASE("a cancelled fill leaves nothing, and the next one works") {
  const TempDir dir;
  const Scan scan = read("phantom:7:14:48");
  const Options o = options({{"any-scan", "true"}});
  fine(ct2ct_set(o.get(), "out", (dir / "x2.nii.gz").c_str()));
  for (int calls : {0, 2, 4}) {
    auto* filled = reinterpret_cast<ct2ct_scan*>(0x1);
    CHECK(ct2ct_fill(scan.get(), nullptr, o.get(), count_to, &calls, &filled) == CT2CT_CANCELLED);
    CHECK(filled == nullptr);
    CHECK(std::string(ct2ct_last_error()).find("cancelled") != std::string::npos);
    CHECK(dir.entries() == 0);
  }
  const Scan filled = fill(scan, o);
  CHECK(dir.entries() == 0);
  fine(ct2ct_write(filled.get(), nullptr, nullptr));
  CHECK(dir.entries() == 3);
  refused(ct2ct_write(filled.get(), nullptr, nullptr), "exists");
  fine(ct2ct_write(filled.get(), nullptr,
                   options({{"force", "true"}, {"out", (dir / "x2.nii.gz").c_str()}}).get()));
  ct2ct_scan* none = nullptr;  // the output is there: refused before the long work
  int calls = 0;
  refused(ct2ct_fill(scan.get(), nullptr, o.get(), count_to, &calls, &none), "exists");
}

TEST_CASE("a model from memory is the model of the file, and warnings can be errors") {
  const auto bytes = train::default_model();
  const Model box_model = box();
  ct2ct_model* m = nullptr;
  fine(
      ct2ct_model_from_memory(bytes.data(), bytes.size(), ct2ct_model_sha256(box_model.get()), &m));
  const Model memory(m);
  CHECK(std::string(ct2ct_model_sha256(m)) == ct2ct_model_sha256(box_model.get()));
  const Scan scan = read("phantom:7:14:48");
  const Options o = options({{"any-scan", "true"}});
  CHECK((voxels(fill(scan, o, m)) == voxels(fill(scan, o, box_model.get()))));
  ct2ct_scan* filled = nullptr;  // 48 pixels are larger than those of the training
  const Options strict = options({{"strict", "true"}});
  CHECK(ct2ct_fill(scan.get(), m, strict.get(), nullptr, nullptr, &filled) == CT2CT_WARNED);
  CHECK(nlohmann::json::parse(ct2ct_build()).at("version") == ct2ct_version());
}

TEST_CASE("a model that translates pictures fills no scan") {
  const Desk desk;
  desk.phantom();
  REQUIRE(desk.run("pairs scan.nii.gz --out pairs").code == 0);
  desk.trained("pairs --recipe pix2pix --steps 1 --width 4 --levels 3 --size 32");
  ct2ct_model* m = nullptr;
  fine(ct2ct_model_load((desk / "run/model.safetensors").c_str(), nullptr, &m));
  const Model model(m);
  ct2ct_scan* filled = nullptr;
  refused(ct2ct_fill(read("phantom:7:14:48").get(), m, nullptr, nullptr, nullptr, &filled),
          "recipe pix2pix");
}

#ifdef CT2CT_HAS_DICOM
TEST_CASE("the library fills a real series as the command line does", "[real][optimised]") {
  const char* folder = std::getenv("CT2CT_REAL_DATA");
  if (folder == nullptr) return ct2ct_test::skip("CT2CT_REAL_DATA is not set");
  const Variable date("SOURCE_DATE_EPOCH", "1700000000");
  const Desk desk;
  fs::create_directory(desk / "scan");
  const data::FileList files =
      data::list_files(std::string(folder) + "/dicom/head_cq500_5_tilt7.zip");
  for (std::size_t i = 20; i < 24; ++i) {
    const std::vector<std::byte> bytes = files.load(files.names.at(i));
    data_test::put(desk / ("scan/" + std::to_string(i)),
                   {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  const Result r = desk.run("interpolate scan --json --no-self-check --out x2/");
  INFO(r.err);
  REQUIRE(r.code == 0);
  fs::rename(desk / "x2", desk / "expected");
  fs::remove(desk / "x2_dicom.record.json");
  fs::remove(desk / "x2_dicom.slices.csv");
  const At at(desk / ".");
  const Scan filled = fill(read("scan"), options({{"no-self-check", "true"}}));
  fine(ct2ct_write(filled.get(), "x2/", nullptr));
  CHECK((bytes_of("x2") == bytes_of("expected")));
  CHECK(comparable(ct2ct_record(filled.get())) == comparable(r.out));
}
#endif
