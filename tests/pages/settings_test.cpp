// The table of docs/use/settings.md is the table of fields of train/recipe/field_table.cpp, in both
// languages, and so is what ct2ct train --settings prints.
#include <array>
#include <cstdio>
#include <memory>

#include "tests/pages/page.h"
#include "train/recipe/fields.h"

namespace {

using namespace pages_test;

/// Cells of the rows for settings: name, meaning, a value for each recipe, limits.
using Row = std::array<std::string, 6>;

Row row_of(const std::string& text) {
  Row row;
  std::size_t from = 2;
  for (std::string& cell : row) {
    const std::size_t end = text.find(" |", from);
    REQUIRE(end != std::string::npos);
    cell = text.substr(from, end - from);
    from = std::min(end + 3, text.size());
  }
  return row;
}

std::vector<std::string> rows_on(const char* page) {
  std::vector<std::string> rows;
  for (const std::string& line : lines_of(kRoot / page)) {
    if (line.rfind("| `", 0) == 0) rows.push_back(line);
  }
  return rows;
}

/// The rows as the table of fields has them; limits are those of residual.
std::vector<Row> expected_rows() {
  const auto residual = train::settings_of(train::recipe_named("residual"));
  const auto original = train::settings_of(train::recipe_named("ct2ct"));
  const auto pictures = train::settings_of(train::recipe_named("pix2pix"));
  std::vector<Row> rows;
  for (std::size_t i = 0; i < residual.size(); ++i) {
    const train::Setting& s = residual[i];
    rows.push_back(
        {"`" + s.name + "`", s.meaning, s.value, original[i].value, pictures[i].value, s.limits});
  }
  return rows;
}

std::string line_of(const Row& row) {
  std::string line = "|";
  for (const std::string& cell : row) line += " " + cell + " |";
  return line;
}

}  // namespace

TEST_CASE("the page of settings has the table of fields, in both languages") {
  const std::vector<Row> expected = expected_rows();
  Findings findings;
  for (const char* page : {"docs/use/settings.md", "docs/es/uso/ajustes.md"}) {
    const bool english = std::string(page) == "docs/use/settings.md";
    const std::vector<std::string> rows = rows_on(page);
    CHECK(rows.size() == expected.size());
    for (std::size_t i = 0; i < std::min(rows.size(), expected.size()); ++i) {
      Row wanted = expected[i];
      const Row found = row_of(rows[i]);
      if (!english) wanted[1] = found[1].empty() ? wanted[1] : found[1];  // the meaning
      if (rows[i] != line_of(wanted)) {
        findings.push_back(std::string(page) + ": the table of fields has " + line_of(wanted));
      }
    }
  }
  check_none(findings);
}

TEST_CASE("train --settings prints the table as the other options change it") {
  const char* command = "'" CT2CT_BINARY
                        "' train --settings --recipe ct2ct --size 256 "
                        "--set generator.norm.kind=none";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      ::popen(command, "r"), [](std::FILE* f) { return ::pclose(f); });
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 4096> part{};
  while (std::fgets(part.data(), static_cast<int>(part.size()), pipe.get()) != nullptr) {
    text += part.data();
  }
  train::Recipe r = train::recipe_named("ct2ct");
  r.size = 256;
  r.generator.norm.kind = models::Norm::none;
  CHECK(text == train::settings_text(r));
  CHECK(text.find("\nbatch ") != std::string::npos);
}
