// Every call that changes the disk and every large allocation fails once, in every kind of output:
// either all of it is there or nothing, what was there before is as it was, and the program says so
// in one line with exit code 1. tests/tools/faults.cpp is what lets them fail.
#include <map>

#include "tests/skip.h"
#include "tests/tools/desk.h"

using tools_test::Desk;
using tools_test::Result;
using tools_test::text_of;

namespace {

namespace fs = std::filesystem;

#if defined(CT2CT_SANITIZED)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

/// Everything below a folder, by name, with its bytes.
using Files = std::map<std::string, std::string>;

Files files_in(const fs::path& folder) {
  Files files;
  for (const auto& e : fs::recursive_directory_iterator(folder)) {
    files[fs::relative(e.path(), folder).string()] =
        e.is_regular_file() ? text_of(e.path()) : "a folder";
  }
  return files;
}

/// Without what differs from run to run: times in DICOM, and in records the date and the hashes of
/// such files.
Files comparable(Files files) {
  for (auto& [name, bytes] : files) {
    if (name.ends_with(".dcm") || name.ends_with(".record.json")) {
      bytes = std::to_string(bytes.size());
    }
  }
  return files;
}

struct Counts {
  long calls = 0, allocations = 0;
};

struct Output {
  std::string command;  ///< with its output below out/
};

class Faults {
 public:
  explicit Faults(const Desk& desk) : desk_(desk) {}

  std::string preload(const std::string& setting) const {
    return "ASAN_OPTIONS=verify_asan_link_order=0 " + setting + " LD_PRELOAD='" CT2CT_FAULTS "'";
  }

  /// `before`: the files that stand in out/ at the beginning.
  void reset(const Files& before) const {
    fs::remove_all(desk_ / "out");
    fs::create_directory(desk_ / "out");
    for (const auto& [name, bytes] : before) {
      const fs::path path = desk_ / ("out/" + name);
      if (bytes == "a folder") {
        fs::create_directories(path);
      } else {
        std::ofstream(path, std::ios::binary) << bytes;
      }
    }
  }

  Counts count(const Output& output) const {
    const std::string log = (desk_ / "count").string();
    const Result r = desk_.run(output.command, preload("CT2CT_FAULT_LOG='" + log + "'"));
    INFO(output.command << ": " << r.err);
    REQUIRE(r.code == 0);
    Counts counts;
    std::istringstream(text_of(log)) >> counts.calls >> counts.allocations;
    fs::remove(log);
    return counts;
  }

  /// The n-th fails. True when the program failed.
  bool fail(const Output& output, const std::string& what, long n, const Files& before,
            const Files& after) const {
    reset(before);
    const Result r = desk_.run(output.command, preload(what + "=" + std::to_string(n)));
    INFO(output.command << ", " << what << " " << n << ", exit code " << r.code << ": " << r.err);
    const Files now = files_in(desk_ / "out");
    if (r.code == 0) {  // what may fail without harm, as flushing a folder
      CHECK(comparable(now) == comparable(after));
      return false;
    }
    CHECK(r.code == 1);
    CHECK(r.err.rfind("ct2ct: ", 0) == 0);
    CHECK(std::count(r.err.begin(), r.err.end(), '\n') == 1);
    CHECK(now == before);
    return true;
  }

 private:
  const Desk& desk_;
};

/// 1, 2, 3, ... and beyond 50 in growing steps; the last one always. Fewer where each takes longer.
std::vector<long> points(long count) {
  const long dense = kSanitized ? 6 : 50;
  const long growth = kSanitized ? 3 : 8;
  std::vector<long> all;
  for (long n = 1; n < count; n += n < dense ? 1 : 1 + n / growth) all.push_back(n);
  if (count > 0) all.push_back(count);
  return all;
}

std::vector<Output> outputs() {
  const std::string fill = "interpolate scan.nii --method cubic --quiet --threads 1 --force --out ";
  return {
      {fill + "out/x.nii"},
      {fill + "out/x.nii.gz"},
      {fill + "out/pngs --format png"},
#ifdef CT2CT_HAS_DICOM
      {fill + "out/dicom/"},
#endif
      {fill + "out/x.nii --gif out/x.gif"},
      {"mesh scan.nii --surface bone --threads 1 --force --quiet --out out/bone.stl"},
      {"reformat scan.nii --plane coronal --threads 1 --force --quiet --out out/front.png --gif "
       "out/slices.gif"},
      {"evaluate scan.nii --model run/model.safetensors --threads 1 --force --quiet --out "
       "out/report"},
  };
}

void prepare(const Desk& desk) {
  REQUIRE(desk.run("phantom scan.nii --slices 6 --size 32").code == 0);
  REQUIRE(desk.run("train scan.nii --out run --steps 1 --width 4 --levels 2 --quiet").code == 0);
}

/// Beside nothing and over what another scan left.
void check_all(bool allocations) {
  const Desk desk;
  prepare(desk);
  const Faults faults(desk);
  for (const Output& output : outputs()) {
    faults.reset({});
    const Counts counts = faults.count(output);
    const long n = allocations ? counts.allocations : counts.calls;
    INFO(output.command);
    CHECK(counts.calls >= 5);
    const Files after = files_in(desk / "out");
    Files old = after;
    for (auto& [name, bytes] : old) {
      if (bytes != "a folder") bytes = "precious";
    }
    long failed = 0;
    for (const long i : points(n)) {
      const char* what = allocations ? "CT2CT_FAIL_ALLOC" : "CT2CT_FAIL_CALL";
      if (faults.fail(output, what, i, {}, after)) ++failed;
      if (!allocations) faults.fail(output, what, i, old, after);
    }
    CHECK((allocations || failed >= 4));
  }
}

}  // namespace

TEST_CASE("a call that fails leaves no half-written output") { check_all(false); }

TEST_CASE("an allocation that fails leaves no half-written output") {
  if (kSanitized) {
    ct2ct_test::skip("the sanitizers have an allocator of their own");
    return;
  }
  check_all(true);
}
