// The shape of the tree, checked from the files: include arrows, the files of each op, one place
// with OpenMP, names that meet no name of the C library.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace fs = std::filesystem;

namespace {

const fs::path kRoot = CT2CT_SOURCE_DIR;

struct Include {
  std::string from, to;
};

std::vector<Include> includes() {
  const std::regex line_pattern(R"(^\s*#include "([^"]+)\")");
  std::vector<Include> all;
  for (const char* top : {"nn", "models", "data", "train", "tools"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const std::string ext = entry.path().extension().string();
      if (ext != ".h" && ext != ".cpp") continue;
      std::ifstream in(entry.path());
      std::smatch match;
      for (std::string line; std::getline(in, line);) {
        if (std::regex_search(line, match, line_pattern)) {
          all.push_back({fs::relative(entry.path(), kRoot).generic_string(), match[1]});
        }
      }
    }
  }
  return all;
}

/// The rooms in order. A file may include its own room and those before it.
const std::vector<std::string> kRooms{
    "nn/core",       "nn/ranks",         "nn/io",         "nn/backend",
    "nn/autograd",   "nn/ops",           "nn/modules",    "nn/optim",
    "nn/check",      "models",           "data/files",    "data/volume",
    "data/pictures", "data/slices",      "data/nifti",    "data/meta",
    "data/dicom",    "data/phantom",     "data/surface",  "data/io",
    "data/measure",  "data/draw",        "train/program", "train/recipe",
    "train/predict", "train/self_check", "train/fill",    "train/api",
    "train/view",    "train/evaluate",   "train/report",  "train/fit",
    "train/bench",   "train/app",        "train/ranks",   "tools"};

/// The place of a file's room in kRooms.
std::size_t room_of(const std::string& file) {
  for (std::size_t i = 0; i < kRooms.size(); ++i) {
    if (file.starts_with(kRooms[i] + "/")) return i;
  }
  FAIL(file + " lies in no room");
  return 0;
}

/// Rooms that a file may not include although they come before its own.
bool strangers(const std::string& from, const std::string& to) {
  const auto top = [](const std::string& f) { return f.substr(0, f.find('/')); };
  // Models and scans do not know each other, and scans know no network.
  if (top(from) == "data" && top(to) == "models") return true;
  // Ops and what stands on them know a backend by its interface.
  const bool by_interface =
      top(from) == "nn" && !from.starts_with("nn/backend/") && !from.starts_with("nn/check/");
  if (by_interface && (to.starts_with("nn/backend/cpu/") || to.starts_with("nn/backend/ref/"))) {
    return true;
  }
  return top(from) == "data" && top(to) == "nn" && !to.starts_with("nn/core/");
}

}  // namespace

TEST_CASE("every file includes its own room and rooms before it") {
  const auto all = includes();
  REQUIRE(all.size() > 200);
  for (const Include& i : all) {
    INFO(i.from << " includes " << i.to);
    CHECK(room_of(i.to) <= room_of(i.from));
    CHECK_FALSE(strangers(i.from, i.to));
  }
}

TEST_CASE("prediction reaches neither trainer nor optimiser, even through other headers") {
  const auto all = includes();
  std::set<std::string> reached;
  for (const Include& i : all) {
    for (const char* room : {"train/predict/", "train/self_check/", "train/fill/", "train/api/"}) {
      if (i.from.starts_with(room)) reached.insert(i.from);
    }
  }
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const Include& i : all) {
      if (reached.contains(i.from)) reached.insert(i.to);
    }
  }
  CHECK(reached.contains("models/unet.h"));
  for (const char* far : {"nn/optim/adam.h", "train/fit/pix2pix_step.h", "train/fit/trainer.h"}) {
    INFO(far);
    CHECK_FALSE(reached.contains(far));
  }
}

TEST_CASE("every op of ops.h has its page and its test, and the page names its files") {
  std::ifstream in(kRoot / "nn/ops/ops.h");
  const std::regex declaration(R"(^Var (\w+)\()");
  const std::set<std::string> helpers{"fixed_convolution", "after_norm", "batch_norm2d_inference"};
  std::set<std::string> ops;
  std::smatch match;
  for (std::string line; std::getline(in, line);) {
    if (std::regex_search(line, match, declaration) && !helpers.contains(match[1])) {
      ops.insert(match[1]);
    }
  }
  CHECK(ops.size() >= 16);
  std::string cases;  // of the gradient proofs
  for (const char* file : {"nn/check/cases.cpp", "nn/check/cases_simple.cpp"}) {
    std::ifstream source(kRoot / file);
    cases.append(std::istreambuf_iterator<char>(source), {});
  }
  for (const std::string& name : ops) {
    INFO(name);
    CHECK(fs::exists(kRoot / "tests/nn/ops" / (name + "_test.cpp")));
    CHECK(cases.find('"' + name) != std::string::npos);
    std::ifstream page(kRoot / "docs/learn/ops" / (name + ".md"));
    const std::string text{std::istreambuf_iterator<char>(page), {}};
    for (const char* room : {"nn/backend/ref/", "nn/backend/cpu/", "nn/ops/"}) {
      INFO(room);
      CHECK(text.find(room) != std::string::npos);
    }
  }
}

TEST_CASE("one file holds the OpenMP pragmas, and Eigen stays in two files") {
  // Its matrix product, and its numbers of 16 bits.
  const std::set<std::string> with_eigen{"nn/backend/cpu/gemm.cpp", "nn/io/safetensors.cpp"};
  for (const char* top : {"nn", "models", "data", "train", "tools"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const std::string ext = entry.path().extension().string();
      if (ext != ".h" && ext != ".cpp") continue;
      const std::string name = fs::relative(entry.path(), kRoot).generic_string();
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) {
        INFO(name << ": " << line);
        CHECK((line.rfind("#pragma omp", 0) != 0 || name == "nn/core/parallel.cpp"));
        CHECK((line.rfind("#include <Eigen", 0) != 0 || with_eigen.contains(name)));
      }
    }
  }
}

TEST_CASE("no name of ours meets a function of the C library") {
  // <string.h> may declare ::index. At file scope a using-declaration of nn::index stands beside
  // it, and every use of the name is ambiguous. Inside a named namespace ours hides it.
  const std::regex named(R"(^namespace [a-z])");
  const std::regex lets_meet(R"(^\s*using (namespace nn\b|(::)?nn::index;))");
  int files = 0;
  for (const char* top : {"nn", "models", "data", "train", "tools", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / top)) {
      const std::string ext = entry.path().extension().string();
      if (ext != ".h" && ext != ".cpp") continue;
      ++files;
      std::ifstream in(entry.path());
      bool inside = false;
      for (std::string line; std::getline(in, line);) {
        if (std::regex_search(line, named)) inside = true;
        if (line.starts_with("}  // namespace ")) inside = false;
        INFO(fs::relative(entry.path(), kRoot).generic_string() << ": " << line);
        CHECK((inside || !std::regex_search(line, lets_meet)));
      }
    }
  }
  CHECK(files > 300);
}

TEST_CASE("no test's title is taken for an option by its program, or for two titles by CTest") {
  const std::regex misread(R"(TEST_CASE\("(-|[^"]*;))");
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "tests")) {
    if (entry.path().extension() != ".cpp") continue;
    std::ifstream in(entry.path());
    for (std::string line; std::getline(in, line);) {
      INFO(fs::relative(entry.path(), kRoot).generic_string() << ": " << line);
      CHECK_FALSE(std::regex_search(line, misread));
    }
  }
}
