// docs/learn/tape.md shows what its example prints, and quotes it.
#include <array>
#include <cstdio>
#include <memory>

#include "tests/pages/page.h"

namespace {

using namespace pages_test;

Findings printed_by_example() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      ::popen("'" CT2CT_TAPE_EXAMPLE "'", "r"), [](std::FILE* f) { return ::pclose(f); });
  REQUIRE(pipe != nullptr);
  Findings lines;
  std::array<char, 256> part{};
  while (std::fgets(part.data(), static_cast<int>(part.size()), pipe.get()) != nullptr) {
    std::string line = part.data();
    if (!line.empty() && line.back() == '\n') line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

/// The last fenced block of a page.
Findings last_block_of(const fs::path& page) {
  Findings block, open;
  bool inside = false;
  for (const std::string& line : lines_of(page)) {
    if (line.rfind("```", 0) == 0) {
      if (inside) block = open;
      open.clear();
      inside = !inside;
    } else if (inside) {
      open.push_back(line);
    }
  }
  return block;
}

}  // namespace

TEST_CASE("the example of the tape prints what its page shows, and finds the gradients by hand") {
  const Findings printed = printed_by_example();
  REQUIRE(printed.size() == 16);
  CHECK(printed == last_block_of(kRoot / "docs/learn/tape.md"));
  // loss = (w x + w - 5)^2 at w = 2, x = 3: dloss/dw = 2 (8 - 5) (3 + 1), dloss/dx = 2 (8 - 5) 2.
  CHECK(printed[0] == "loss = 9");
  CHECK(printed[3] == "  dloss/dw = 24, dloss/dx = 12");
  CHECK(printed[6] == "  dloss/dw = 48, dloss/dx = 12");
  // Each step leaves 1 - 0.02 * 2 * 16 = 0.36 of the distance from 2 to 1.25.
  CHECK(numbers_in(printed[15]) == std::vector<double>{1.12, 1.263});
}

TEST_CASE("what the page of the tape quotes stands in its example") {
  const Findings code = lines_of(kRoot / "tests/nn/autograd/tape_example.cpp");
  CHECK(code.size() < 60);
  int quoted = 0;
  for (const Line& line : page_of(kRoot / "docs/learn/tape.md").lines) {
    if (line.section != "An op of your own" || line.text.rfind("    ", 0) != 0) continue;
    if (line.text.find("loss =") != std::string::npos) continue;  // the formula
    ++quoted;
    INFO(line.text);
    CHECK(std::find(code.begin(), code.end(), line.text.substr(4)) != code.end());
  }
  CHECK(quoted == 5);
}
