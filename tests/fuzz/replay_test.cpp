// Without a fuzzer: seeds are accepted, what is cut off or damaged ends in nn::Error and nothing
// else, and each bug that fuzzing found stays fixed: regressions/TARGET/* are its files.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/catch.h"
#include "tests/fuzz/targets.h"

namespace fs = std::filesystem;

TEST_CASE("every seed is accepted, and no part of one crashes its reader") {
  for (const fuzz::Target& t : fuzz::targets()) {
    INFO(t.name);
    for (const std::string& seed : t.seeds()) {
      CHECK(fuzz::accepted(t, seed));
      const std::size_t step = std::max<std::size_t>(1, seed.size() / 100);
      for (std::size_t i = 0; i < seed.size(); i += step) {
        INFO("at byte " << i);
        CHECK_NOTHROW(fuzz::accepted(t, seed.substr(0, i)));
        std::string damaged = seed;
        damaged[i] = static_cast<char>(damaged[i] ^ (i % 2 == 0 ? 0x80 : 0xFF));
        CHECK_NOTHROW(fuzz::accepted(t, damaged));
      }
    }
  }
}

TEST_CASE("what fuzzing found stays fixed") {
  for (const auto& folder : fs::directory_iterator(CT2CT_REGRESSIONS)) {
    if (!folder.is_directory()) continue;
    const std::string name = folder.path().filename().string();
    const auto target = std::find_if(fuzz::targets().begin(), fuzz::targets().end(),
                                     [&](const fuzz::Target& t) { return t.name == name; });
    INFO(name);
    REQUIRE(target != fuzz::targets().end());
    for (const auto& entry : fs::directory_iterator(folder)) {
      INFO(entry.path().string());
      std::ifstream in(entry.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      CHECK_NOTHROW(fuzz::accepted(*target, bytes));
    }
  }
}
