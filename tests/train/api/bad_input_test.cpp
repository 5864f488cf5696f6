// The library (train/api/ct2ct.h) refuses what is wrong with one line, throws nothing, and leaves
// its caller's thread as it was.
#include <cfenv>
#include <clocale>
#include <fstream>
#include <new>
#include <set>
#include <stdexcept>
#include <vector>

#include "nn/core/error.h"
#include "tests/data/test_files.h"
#include "tests/train/api/handles.h"
#include "train/api/boundary.h"
#include "train/api/options.h"
#include "train/predict/default_model.h"

using namespace api_test;

namespace {

const char* const kPhantom = "phantom:7:6:48";

/// 2 x 3 x 4 voxels of the caller, one of whose members a test spoils.
struct Given {
  std::vector<std::int16_t> values = std::vector<std::int16_t>(24, 40);
  ct2ct_volume v = CT2CT_VOLUME_INIT;

  Given() {
    v.voxels = values.data();
    const double mm[3] = {0.5, 0.5, 3};
    for (int a = 0; a < 3; ++a) {
      v.size[a] = 2 + a;
      v.spacing[a] = mm[a];
    }
  }
  void orient() {
    v.oriented = 1;
    for (int a = 0; a < 3; ++a) v.affine[5 * a] = v.spacing[a];
    v.affine[15] = 1;
  }
  ct2ct_status wrap() const {
    ct2ct_scan* scan = nullptr;
    const ct2ct_status status = ct2ct_wrap(&v, nullptr, &scan);
    CHECK((scan != nullptr) == (status == CT2CT_OK));
    ct2ct_scan_free(scan);
    return status;
  }
};

}  // namespace

TEST_CASE("null pointers are refused, and freeing none is fine") {
  const Scan scan = read(kPhantom);
  const Options o = options({});
  auto* wrong = reinterpret_cast<ct2ct_scan*>(0x1);
  ct2ct_scan* made = wrong;
  refused(ct2ct_options_new(nullptr), "ct2ct_options_new");
  refused(ct2ct_set(nullptr, "factor", "2"), "options is NULL");
  refused(ct2ct_set(o.get(), nullptr, "2"), "the name is NULL");
  refused(ct2ct_set(o.get(), "factor", nullptr), "the value is NULL");
  refused(ct2ct_model_load("x", nullptr, nullptr), "ct2ct_model_load");
  ct2ct_model* model = nullptr;
  refused(ct2ct_model_from_memory(nullptr, 8, nullptr, &model), "bytes is NULL");
  refused(ct2ct_read(nullptr, nullptr, &made), "the path is NULL");
  CHECK(made == nullptr);
  refused(ct2ct_read(kPhantom, nullptr, nullptr), "the place of the result");
  refused(ct2ct_wrap(nullptr, nullptr, &made), "the volume is NULL");
  ct2ct_volume v = CT2CT_VOLUME_INIT;
  refused(ct2ct_scan_volume(nullptr, &v), "the scan is NULL");
  refused(ct2ct_scan_volume(scan.get(), nullptr), "the volume is NULL");
  made = wrong;
  refused(ct2ct_fill(nullptr, nullptr, nullptr, nullptr, nullptr, &made), "the scan is NULL");
  CHECK(made == nullptr);
  refused(ct2ct_fill(scan.get(), nullptr, nullptr, nullptr, nullptr, nullptr), "ct2ct_fill");
  refused(ct2ct_write(nullptr, "x.nii", nullptr), "the scan is NULL");
  refused(ct2ct_write(scan.get(), "x.nii", nullptr), "a scan that was not filled");
  refused(ct2ct_uncertainty(scan.get(), &v), "a scan that was not filled");
  CHECK(ct2ct_record(scan.get()) == nullptr);
  CHECK(ct2ct_record(nullptr) == nullptr);
  CHECK(ct2ct_model_sha256(nullptr) == nullptr);
  ct2ct_scan_free(nullptr);
  ct2ct_model_free(nullptr);
  ct2ct_options_free(nullptr);
}

TEST_CASE("an unknown option names the nearest, and a wrong value says what is right") {
  const Options o = options({{"factor", "3"}});
  refused(ct2ct_set(o.get(), "facto", "2"), "the nearest is 'factor'");
  refused(ct2ct_set(o.get(), "fillgaps", "true"), "the nearest is 'fill-gaps'");
  refused(ct2ct_set(o.get(), "factor", "11"),
          "--factor: '11', expected a whole number from 2 to 10");
  refused(ct2ct_set(o.get(), "factor", "2.5"), "--factor");
  refused(ct2ct_set(o.get(), "force", "yes"), "--force: 'yes', expected true or false");
  refused(ct2ct_set(o.get(), "spacing", "-1"), "--spacing");
  refused(ct2ct_set(o.get(), "spacing", "nan"), "--spacing");
  refused(ct2ct_set(o.get(), "spacing-xyz", "1,2"), "three numbers");
  refused(ct2ct_set(o.get(), "spacing-xyz", "1,2,3,4"), "three numbers");
  refused(ct2ct_set(o.get(), "window", "liver"), "--window");
  refused(ct2ct_set(o.get(), "threads", "0"), "--threads");
  fine(ct2ct_set(o.get(), "spacing-xyz", "0.5,0.5,1.25"));
  // A refused value leaves the option as it was.
  const Scan filled = fill(read(kPhantom), options({{"method", "cubic"}, {"factor", "3"}}));
  CHECK(volume(filled).size[2] == 16);
}

TEST_CASE("the table of options on the page is the library's, in both languages") {
  for (const char* page : {"/docs/use/library.md", "/docs/es/uso/biblioteca.md"}) {
    INFO(page);
    std::ifstream in(std::string(CT2CT_SOURCE_DIR) + page);
    std::vector<std::string> named;
    bool table = false;
    for (std::string line; std::getline(in, line);) {
      if (line.rfind("| option |", 0) == 0 || line.rfind("| opción |", 0) == 0) table = true;
      if (line.empty()) table = false;
      if (table && line.rfind("| `", 0) == 0)
        named.push_back(line.substr(3, line.find('`', 3) - 3));
    }
    std::vector<std::string> rows;
    for (const api::OptionRow& row : api::option_rows()) rows.emplace_back(row.name);
    CHECK(named == rows);
  }
}

TEST_CASE("voxels of the caller are refused where they do not fit together") {
  CHECK(Given().wrap() == CT2CT_OK);
  const auto spoiled = [](auto spoil, const char* says) {
    Given g;
    spoil(g);
    INFO(says);
    refused(g.wrap(), says);
  };
  spoiled([](Given& g) { g.v.struct_size = 8; }, "CT2CT_VOLUME_INIT");
  spoiled([](Given& g) { g.v.voxels = nullptr; }, "voxels is NULL");
  spoiled([](Given& g) { g.v.datatype = 8; }, "datatype 8");
  spoiled([](Given& g) { g.v.datatype = -1; }, "datatype -1");
  spoiled([](Given& g) { g.v.unit = 3; }, "unit 3");
  spoiled([](Given& g) { g.v.slope = 0; }, "slope");
  spoiled([](Given& g) { g.v.size[1] = 0; }, "ct2ct_wrap");
  spoiled([](Given& g) { g.v.size[0] = -2; }, "ct2ct_wrap");
  spoiled([](Given& g) { g.v.size[2] = INT64_MAX; }, "ct2ct_wrap");
  spoiled([](Given& g) { g.v.spacing[2] = 0; }, "a spacing of 0");
  spoiled([](Given& g) { g.v.spacing[0] = g.v.spacing[1] = g.v.spacing[2] = 0; }, "set spacing");
  spoiled([](Given& g) { g.v.slice_axis = 3; }, "--axis");
  spoiled([](Given& g) { g.v.affine[3] = 7; }, "oriented = 0");
  spoiled([](Given& g) { g.orient(), g.v.affine[15] = 0; }, "last row");
  spoiled([](Given& g) { g.orient(), g.v.affine[0] = 2; }, "2.000000 mm");
  spoiled([](Given& g) { g.orient(), g.v.affine[0] = NAN; }, "finite");
  const std::uint8_t made[4] = {0, 1, 0, 0};
  spoiled([&](Given& g) { g.v.synthetic = made; }, "synthetic");
  const double places[12] = {};
  spoiled([&](Given& g) { g.v.positions = places; }, "positions");
  Given alone;  // the affine gives the spacing
  alone.orient();
  for (double& mm : alone.v.spacing) mm = 0;
  CHECK(alone.wrap() == CT2CT_OK);
}

TEST_CASE("models of the wrong kind are refused") {
  const data_test::TempDir dir;
  ct2ct_model* m = nullptr;
  refused(ct2ct_model_load((dir / "none").c_str(), nullptr, &m), "none");
  CHECK(m == nullptr);
  data_test::put(dir / "text", "not a model at all");
  refused(ct2ct_model_load((dir / "text").c_str(), nullptr, &m), "text");
  const auto bytes = train::default_model();
  refused(ct2ct_model_from_memory(bytes.data(), bytes.size() - 1, nullptr, &m), "memory");
  refused(ct2ct_model_load(nullptr, "1234", &m), "64 hexadecimal digits");
  refused(ct2ct_model_load(nullptr, std::string(64, 'a').c_str(), &m), "a model of SHA-256");
  CHECK(m == nullptr);
}

TEST_CASE("whatever is thrown inside becomes a status and a line") {
  CHECK(api::guarded(0, [] { throw std::bad_alloc(); }) == CT2CT_JOB_FAILED);
  CHECK(std::string(ct2ct_last_error()).find("memory") != std::string::npos);
  CHECK(api::guarded(0, [] { throw std::runtime_error("lost"); }) == CT2CT_JOB_FAILED);
  CHECK(std::string(ct2ct_last_error()) == "lost");
  CHECK(api::guarded(0, [] { throw 7; }) == CT2CT_JOB_FAILED);
  CHECK(std::string(ct2ct_last_error()).find("unknown type") != std::string::npos);
  const auto fault = [](nn::Fault f) {
    return api::guarded(0, [f] { throw nn::Error(f, "where", "got", "expected"); });
  };
  CHECK(fault(nn::Fault::input) == CT2CT_WRONG_INPUT);
  CHECK(fault(nn::Fault::warned) == CT2CT_WARNED);
  CHECK(fault(nn::Fault::job) == CT2CT_JOB_FAILED);
  std::set<std::string> texts;
  for (int s = CT2CT_OK; s <= CT2CT_CANCELLED; ++s) {
    texts.insert(ct2ct_status_text(static_cast<ct2ct_status>(s)));
  }
  CHECK(texts.size() == 5);
  CHECK(std::string(ct2ct_status_text(static_cast<ct2ct_status>(7))) != "");
}

TEST_CASE("the caller's rounding and locale stay, and change no value") {
  const Options o = options({{"method", "cubic"}, {"factor", "3"}});
  const Scan scan = read(kPhantom);
  const std::string expected = voxels(fill(scan, o));
  const std::string plain = ct2ct_record(fill(scan, o).get());
  const std::string before = std::setlocale(LC_ALL, nullptr);
  const bool comma = std::setlocale(LC_ALL, "de_DE.UTF-8") != nullptr;  // where it is installed
  REQUIRE(std::fesetround(FE_UPWARD) == 0);
  const Scan filled = fill(scan, o);
  const bool kept = std::fegetround() == FE_UPWARD;
  volatile double tiny = 1e-310;  // a denormal: 0 to a thread that flushes them
  const bool denormals = tiny * 0.5 > 0;
  std::fesetround(FE_TONEAREST);
  const std::string locale = std::setlocale(LC_ALL, nullptr);
  std::setlocale(LC_ALL, before.c_str());
  CHECK(kept);
  CHECK(denormals);
  if (comma) CHECK(locale.find("de_DE") != std::string::npos);
  CHECK(voxels(filled) == expected);
  // Only the date may differ.
  CHECK(std::string(ct2ct_record(filled.get())).size() == plain.size());
}
