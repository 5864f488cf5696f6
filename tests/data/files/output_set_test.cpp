#include "data/files/output_set.h"

#include <filesystem>

#include "data/files/files.h"
#include "data/io/read.h"
#include "data/nifti/nifti.h"
#include "data/phantom/phantom.h"
#include "tests/data/test_files.h"

using data_test::check_input_error;
using data_test::get;
using data_test::put;

namespace fs = std::filesystem;

namespace {

// SHA-256 of "one" and of "two", by sha256sum.
const std::string kOne = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed";
const std::string kTwo = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3";

std::size_t entries(const std::string& folder) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& e : fs::directory_iterator(folder)) ++count;
  return count;
}

}  // namespace

TEST_CASE("outputs of a set appear together, with their hashes known before") {
  const data_test::TempDir dir;
  data::OutputSet outputs(false);
  outputs.put(dir / "a", "one");
  const std::string folder = outputs.folder(dir / "b", "s_", ".x").folder();
  put(folder + "/s_10.x", "two");
  put(folder + "/s_1.x", "one");
  const auto hashed = outputs.hashed();
  REQUIRE(hashed.size() == 2);
  CHECK(hashed[0].path == dir / "a");
  CHECK(hashed[0].sha256 == kOne);
  CHECK(hashed[0].files.empty());
  CHECK(hashed[1].path == dir / "b");
  REQUIRE(hashed[1].files.size() == 2);
  CHECK(hashed[1].files[0].name == "s_1.x");
  CHECK(hashed[1].files[1].sha256 == kTwo);
  // printf '%s  s_1.x\n%s  s_10.x\n' $ONE $TWO | sha256sum
  CHECK(hashed[1].sha256 == "f613467f5fb3d64f5679b23e5425816f9c9e40ec08eddfd2ff130db5c77cef7c");
  CHECK_FALSE(fs::exists(dir / "a"));
  CHECK_FALSE(fs::exists(dir / "b"));
  outputs.commit();
  CHECK(get(dir / "a") == "one");
  CHECK(get(dir / "b/s_10.x") == "two");
}

TEST_CASE("a set that cannot be named as a whole leaves everything as it was") {
  const data_test::TempDir dir;
  put(dir / "a", "old a");
  fs::create_directory(dir / "b");
  put(dir / "b/s_1.x", "old b");
  {
    data::OutputSet outputs(true);
    // The first is named last, and then something stands there that is nobody's to replace.
    outputs.put(dir / "first", "new");
    outputs.put(dir / "a", "new a");
    put(outputs.folder(dir / "b", "s_", ".x").folder() + "/s_1.x", "new b");
    put(outputs.folder(dir / "c", "s_", ".x").folder() + "/s_1.x", "new c");
    fs::create_directory(dir / "first");
    check_input_error([&] { outputs.commit(); }, {"first", "not a plain file"});
  }
  CHECK(get(dir / "a") == "old a");
  CHECK(get(dir / "b/s_1.x") == "old b");
  CHECK_FALSE(fs::exists(dir / "c"));
  CHECK(entries(dir.str()) == 3);  // a, b and the folder called first
  CHECK(entries(dir / "b") == 1);
}

TEST_CASE("a set replaces what was there only when forced, and leaves nothing behind") {
  const data_test::TempDir dir;
  put(dir / "a", "old");
  fs::create_directory(dir / "b");
  put(dir / "b/s_1.x", "old");
  data::OutputSet careful(false);
  check_input_error([&] { careful.file(dir / "a"); }, {"--force"});
  check_input_error([&] { careful.folder(dir / "b", "s_", ".x"); }, {"--force"});
  {
    data::OutputSet outputs(true);
    outputs.put(dir / "a", "new");
    put(outputs.folder(dir / "b", "s_", ".x").folder() + "/s_2.x", "new");
    outputs.commit();
  }
  CHECK(get(dir / "a") == "new");
  CHECK_FALSE(fs::exists(dir / "b/s_1.x"));
  CHECK(entries(dir.str()) == 2);
}

TEST_CASE("the files that a scan was read from have the hashes of sha256sum") {
  const data_test::TempDir dir;
  data::Volume v = data::make_phantom({2, 16, 1, 0});
  CHECK(data::input_files(v).sha256.empty());
  put(dir / "a.nii", "one");
  v.source = dir / "a.nii";
  CHECK(data::input_files(v).sha256 == kOne);
  // A header and its image, and a folder: a list of both.
  put(dir / "s.hdr", "one");
  put(dir / "s.img", "two");
  v.source = dir / "s.hdr";
  const data::HashedPath pair = data::input_files(v);
  REQUIRE(pair.files.size() == 2);
  CHECK(pair.files[1].name == "s.img");
  CHECK(pair.files[1].sha256 == kTwo);
  // printf '%s  s.hdr\n%s  s.img\n' $ONE $TWO | sha256sum
  CHECK(pair.sha256 == "259771db9d9a15cb5ea0bf197b8f5de78b351c6480d75bb792cdb2f2b0c42ca6");
  v.source = dir.str();
  v.names = {"s.img", "s.hdr", "s.img"};
  CHECK(data::input_files(v).sha256 == pair.sha256);
  v.names = {"gone"};
  check_input_error([&] { data::input_files(v); }, {"gone"});
}

TEST_CASE("the time of an output is the clock's or the one that is asked for") {
  CHECK(data::utc_now().size() == 20);
  ::setenv("SOURCE_DATE_EPOCH", "951782400", 1);
  CHECK(data::utc_now() == "2000-02-29T00:00:00Z");
  ::setenv("SOURCE_DATE_EPOCH", "yesterday", 1);
  check_input_error([] { data::utc_now(); }, {"SOURCE_DATE_EPOCH", "yesterday"});
  ::unsetenv("SOURCE_DATE_EPOCH");
}
