// What the program says of its own build, and the script that finds the commit.
#include "train/fill/build_info.h"

#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/catch.h"
#include "tests/data/test_files.h"
#include "tests/skip.h"
#include "train/predict/default_model.h"
#include "train/program/version.h"

namespace {

namespace fs = std::filesystem;

bool done(const std::string& command) {
  return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
}

}  // namespace

TEST_CASE("the program knows what it was built from") {
  const train::BuildInfo b = train::build_info();
  CHECK(b.version == train::kVersion);
  CHECK(b.default_model_sha256 == train::sha256_of_model(train::kDefaultModel));
  const auto zlib = std::find_if(b.libraries.begin(), b.libraries.end(),
                                 [](const data::Library& l) { return l.name == "zlib"; });
  REQUIRE(zlib != b.libraries.end());
  CHECK(zlib->version == zlibVersion());
  CHECK(std::count(b.kernels.begin(), b.kernels.end(), b.kernel) == 1);
  const bool shared = std::any_of(b.loaded.begin(), b.loaded.end(),
                                  [](const std::string& l) { return l.starts_with("libz.so"); });
  CHECK(shared == (zlib->how == "linked"));
  CHECK(nlohmann::json(b).at("libraries").size() == b.libraries.size());
}

TEST_CASE("the commit is that of the work tree, with changes or without, or unknown") {
  if (!done("git --version")) {
    ct2ct_test::skip("no git");
    return;
  }
  const data_test::TempDir dir;
  const fs::path folder = dir.str();
  fs::create_directories(folder / "tree");
  const std::string header = dir / "commit.h";
  const auto found = [&](const std::string& tree = "tree") {
    REQUIRE(done("'" CT2CT_CMAKE "' -DGIT=git -DSOURCE='" + (dir / tree) + "' -DHEADER='" + header +
                 "' -P '" CT2CT_SOURCE_DIR "/train/fill/commit.cmake'"));
    return data_test::get(header);
  };
  const auto git = [&](const std::string& what) {
    REQUIRE(done("git -C '" + (folder / "tree").string() + "' -c user.name=a -c user.email=a@b " +
                 what));
  };
  const std::string unknown = "#define CT2CT_COMMIT \"unknown\"\n";
  CHECK(found() == unknown + "#define CT2CT_COMMIT_CHANGED \"unknown\"\n");
  git("init -q");
  CHECK(found().starts_with(unknown));  // no commit yet
  std::ofstream(folder / "tree/a") << "one";
  git("add a");
  git("commit -q -m one");
  const std::string clean = found();
  CHECK(clean.find("unknown") == std::string::npos);
  CHECK(clean.find("CHANGED \"no\"") != std::string::npos);
  const auto written = fs::last_write_time(header);
  std::ofstream(folder / "tree/notes") << "not tracked";
  CHECK(found() == clean);
  CHECK(fs::last_write_time(header) == written);  // so nothing is compiled anew
  std::ofstream(folder / "tree/a") << "two";
  const std::string changed = found();
  CHECK(changed.find("CHANGED \"yes\"") != std::string::npos);
  CHECK(changed.substr(0, 64) == clean.substr(0, 64));
  git("commit -q -a -m two");
  CHECK(found().find("CHANGED \"no\"") != std::string::npos);
  CHECK(found() != clean);
  // A folder inside another's work tree is no work tree of its own.
  fs::create_directories(folder / "tree/archive");
  CHECK(found("tree/archive").starts_with(unknown));
}
