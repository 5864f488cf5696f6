// Bad inputs and full disks, given to the program as a user would.
#pragma once

#include <unistd.h>

#include <functional>
#include <optional>

#include "tests/data/test_files.h"
#include "tests/skip.h"
#include "tests/tools/desk.h"

namespace tools_test {

/// What stands at `path`, made anew for each case, and what the line must say beside the path.
struct Bad {
  std::string path;
  std::string says;
  std::function<void(const std::string& path)> make;
  /// What info does: of DICOM it lists what it found before it refuses, if it must refuse at all.
  enum { refuses, lists_and_refuses, lists } info = refuses;
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

/// What runs the program as somebody whom permissions bind: nothing, or for root, who may do
/// anything, a change of user. Empty optional where that is impossible.
inline std::optional<std::string> as_plain_user(const Desk& desk) {
  if (::geteuid() != 0) return "";
  const std::string other = "setpriv --reuid=65534 --regid=65534 --clear-groups";
  if (desk.run("--version", other).code == 0) return other;
  ct2ct_test::skip("root, and no other user can run the program");
  return std::nullopt;
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
      const bool info = line.starts_with("info");
      if (info && bad.info == Bad::lists) continue;
      line.replace(line.find('%'), 1, bad.path);
      Result r = desk.run(line);
      if (info && bad.info == Bad::lists_and_refuses) r.out.clear();
      check_refusal(r, bad.path, bad.says);
      CHECK(desk.listing() == before);
      CHECK(text_of(desk / "out/mine.nii.gz") == "precious");
    }
    fs::remove_all(desk / bad.path);
  }
}

/// Warnings are said before an error, also under --quiet.
inline std::string without_warnings(std::string text) {
  while (text.starts_with("warning: ")) text.erase(0, text.find('\n') + 1);
  return text;
}

inline void check_full(const Desk& desk, const Result& r, const std::string& path) {
  INFO(r.err);
  CHECK(r.code == 1);
  CHECK(r.out.empty());
  CHECK(r.err.find(path) != std::string::npos);
  CHECK(r.err.find("cannot be written") != std::string::npos);
  const std::string error = without_warnings(r.err);
  CHECK(error.rfind("ct2ct: ", 0) == 0);
  CHECK(std::count(error.begin(), error.end(), '\n') == 1);
  CHECK(text_of(desk / "mine.nii") == "precious");
}

}  // namespace tools_test
