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

bool starts_with_any(const std::string& text, const std::vector<std::string>& prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&](const std::string& p) { return text.rfind(p, 0) == 0; });
}

/// What files below the first may include of the project's own.
struct Rule {
  std::string from;
  std::vector<std::string> allowed;
};

const std::vector<Rule> kRules{
    {"nn/core/", {"nn/core/"}},
    {"nn/backend/", {"nn/core/", "nn/backend/"}},
    {"nn/io/", {"nn/core/", "nn/io/"}},
    {"nn/autograd/", {"nn/core/", "nn/backend/backend.h", "nn/backend/kernels.h", "nn/autograd/"}},
    {"nn/ops/",
     {"nn/core/", "nn/backend/backend.h", "nn/backend/kernels.h", "nn/autograd/", "nn/ops/"}},
    {"nn/modules/", {"nn/core/", "nn/autograd/", "nn/ops/", "nn/io/", "nn/modules/"}},
    {"nn/optim/", {"nn/core/", "nn/backend/backend.h", "nn/modules/", "nn/optim/"}},
    {"nn/check/", {"nn/"}},
    {"models/", {"nn/", "models/"}},
    {"data/", {"nn/core/", "data/"}},
    {"train/predict/",
     {"nn/core/", "nn/io/", "nn/modules/", "models/", "data/", "train/predict/",
      "nn/backend/arithmetic.h", "train/dataset.h", "train/whole_numbers.h", "train/recipe.h",
      "train/version.h"}},
    {"train/self_check/",
     {"nn/core/", "data/", "train/predict/", "train/self_check/", "train/evaluate/metrics.h",
      "train/evaluate/slice_check.h", "train/evaluate/canvas.h", "train/scan_profile.h"}},
    {"train/", {"nn/", "models/", "data/", "train/"}},
    {"tools/", {"nn/", "models/", "data/", "train/", "tools/"}},
};

}  // namespace

TEST_CASE("includes follow the arrows") {
  const auto all = includes();
  REQUIRE(all.size() > 200);
  for (const Include& i : all) {
    const auto rule = std::find_if(kRules.begin(), kRules.end(),
                                   [&](const Rule& r) { return i.from.rfind(r.from, 0) == 0; });
    REQUIRE(rule != kRules.end());
    INFO(i.from << " includes " << i.to);
    CHECK(starts_with_any(i.to, rule->allowed));
  }
}

TEST_CASE("prediction reaches neither trainer nor optimiser, even through other headers") {
  const auto all = includes();
  std::set<std::string> reached{
      "train/predict/model_file.h",      "train/predict/interpolate.h",
      "train/predict/model_file.cpp",    "train/predict/interpolate.cpp",
      "train/predict/example.cpp",       "train/predict/translate.cpp",
      "train/self_check/hidden.cpp",     "train/self_check/self_check.cpp",
      "train/self_check/trained_for.cpp"};
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const Include& i : all) {
      if (reached.contains(i.from)) reached.insert(i.to);
    }
  }
  CHECK(reached.contains("models/unet.h"));
  for (const char* far : {"nn/optim/adam.h", "train/pix2pix_step.h", "train/trainer.h"}) {
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
    std::ifstream page(kRoot / "docs/ops" / (name + ".md"));
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
