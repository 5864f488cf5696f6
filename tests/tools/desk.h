// A working folder in which the program runs as a user runs it.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace tools_test {

namespace fs = std::filesystem;

struct Result {
  int code = -1;
  std::string out, err;
};

inline std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

inline bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// A working folder with what most cases need.
class Desk {
 public:
  Desk() : path_(fs::temp_directory_path() / ("ct2ct_cli_" + std::to_string(::getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Desk() { fs::remove_all(path_); }
  fs::path operator/(const std::string& name) const { return path_ / name; }

  /// `before` stands in front of the program: another program that starts it, or commands that end
  /// in ';'.
  Result run(const std::string& arguments, const std::string& before = "") const {
    const std::string command = "cd '" + path_.string() + "' && { " + before +
                                " '" CT2CT_BINARY "' " + arguments + " ; } >.out 2>.err </dev/null";
    const int status = std::system(command.c_str());
    Result r;
    r.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    r.out = text_of(path_ / ".out");
    r.err = text_of(path_ / ".err");
    fs::remove(path_ / ".out");
    fs::remove(path_ / ".err");
    return r;
  }

  /// Trains run/ as `arguments` say; the option that names its model.
  std::string trained(const std::string& arguments) const {
    const Result r = run("train " + arguments + " --out run --quiet");
    INFO(r.err);
    REQUIRE(r.code == 0);
    return " --model run/model.safetensors";
  }

  std::string phantom(const std::string& name = "scan.nii.gz", int slices = 12) const {
    const Result r = run("phantom " + name + " --slices " + std::to_string(slices) + " --size 48");
    REQUIRE(r.code == 0);
    return name;
  }

  std::string model() const {
    phantom();
    const Result r = run("train scan.nii.gz --out run --steps 2 --width 4 --levels 3 --quiet");
    INFO(r.err);
    REQUIRE(r.code == 0);
    return "run/model.safetensors";
  }

  std::vector<std::string> listing() const {
    std::vector<std::string> names;
    for (const auto& e : fs::recursive_directory_iterator(path_)) {
      names.push_back(fs::relative(e.path(), path_).string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  /// Refused with one line and exit code 2, and the folder is as before.
  void refused(const std::string& arguments, const std::string& says = "") const {
    const auto before = listing();
    const Result r = run(arguments);
    INFO("ct2ct " << arguments << "\n" << r.err);
    CHECK(r.code == 2);
    CHECK(r.out.empty());
    CHECK(std::count(r.err.begin(), r.err.end(), '\n') == 1);
    CHECK(r.err.rfind("ct2ct: ", 0) == 0);
    CHECK(r.err.find(says) != std::string::npos);
    CHECK(listing() == before);
  }

 private:
  fs::path path_;
};

/// Sets an environment variable for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

}  // namespace tools_test
