// Bad inputs and full disks, given to the program as a user would.
#pragma once

#include <functional>

#include "tests/data/test_files.h"
#include "tests/tools/desk.h"

namespace tools_test {

/// What stands at `path`, made anew for each case, and what the line must say beside the path.
struct Bad {
  std::string path;
  std::string says;
  std::function<void(const std::string& path)> make;
  bool listed = false;  ///< info can tell what is there, so that it refuses nothing
};

inline Bad file(const std::string& path, const std::string& bytes, const std::string& says) {
  return {path, says, [bytes](const std::string& p) { data_test::put(p, bytes); }};
}

/// The program's answer must be one line on standard error that names `path`.
inline void check_refusal(const Result& r, const std::string& path, const std::string& says) {
  INFO(path << " (exit code " << r.code << "): " << r.err);
  CHECK(r.code == 2);
  CHECK(r.out.empty());
  CHECK(std::count(r.err.begin(), r.err.end(), '\n') == 1);
  CHECK(r.err.rfind("ct2ct: ", 0) == 0);
  CHECK(r.err.find(path) != std::string::npos);
  CHECK(r.err.find(says) != std::string::npos);
}

inline void check_table(const std::vector<Bad>& table) {
  const Desk desk;
  fs::create_directory(desk / "out");
  data_test::put((desk / "out/mine.nii.gz").string(), "precious");
  for (const Bad& bad : table) {
    bad.make((desk / bad.path).string());
    const auto before = desk.listing();
    for (const char* command : {"info %", "interpolate % --method cubic --out out/new.nii.gz",
                                "interpolate % --method cubic --out out/mine.nii.gz --force",
                                "train % --out out/run --steps 1 --width 4 --levels 2"}) {
      std::string line = command;
      if (bad.listed && line.starts_with("info")) continue;
      line.replace(line.find('%'), 1, bad.path);
      check_refusal(desk.run(line), bad.path, bad.says);
      CHECK(desk.listing() == before);
      CHECK(text_of(desk / "out/mine.nii.gz") == "precious");
    }
    fs::remove_all(desk / bad.path);
  }
}

inline void check_full(const Desk& desk, const Result& r, const std::string& path) {
  INFO(r.err);
  CHECK(r.code == 1);
  CHECK(r.out.empty());
  CHECK(r.err.find(path) != std::string::npos);
  CHECK(r.err.find("cannot be written") != std::string::npos);
  CHECK(std::count(r.err.begin(), r.err.end(), '\n') == 1);
  CHECK(text_of(desk / "mine.nii") == "precious");
}

}  // namespace tools_test
