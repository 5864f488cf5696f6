// Paths in pages, comments and messages exist, links lead somewhere, and tests that a page picks by
// their titles are there. A path is what begins with
// one of the project's folders and ends in an extension or in '/'; '*' and words in capitals, as in
// nn/ops/NAME.cpp, stand for anything.
#include <map>
#include <optional>
#include <regex>
#include <sstream>

#include "tests/pages/page.h"

namespace {

using namespace pages_test;

/// Whether `name` is `pattern`, of which every '*' and every word in capitals is any text without
/// '/'.
bool matches(const std::string& pattern, const std::string& name, std::size_t p = 0,
             std::size_t n = 0) {
  if (p == pattern.size()) return n == name.size();
  std::size_t end = p;
  while (end < pattern.size() && std::isupper(static_cast<unsigned char>(pattern[end])) != 0) ++end;
  const bool any = pattern[p] == '*' || end > p;
  if (!any) return n < name.size() && name[n] == pattern[p] && matches(pattern, name, p + 1, n + 1);
  const std::size_t rest = end > p ? end : p + 1;
  for (std::size_t to = n; to <= name.size(); ++to) {
    if (matches(pattern, name, rest, to)) return true;
    if (to < name.size() && name[to] == '/') return false;
  }
  return false;
}

bool exists(const std::set<std::string>& files, const std::string& path) {
  if (files.contains(path)) return true;
  return std::any_of(files.begin(), files.end(),
                     [&](const std::string& name) { return matches(path, name); });
}

/// How GitHub calls a heading in a link.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (std::size_t i = 0; i < heading.size(); ++i) {
    const auto c = static_cast<unsigned char>(heading[i]);
    if (c == ' ') {
      anchor += '-';
    } else if (std::isalnum(c) != 0 || c == '-' || c == '_') {
      anchor += static_cast<char>(std::tolower(c));
    } else if (c == 0xC3 && i + 1 < heading.size()) {  // an accented letter
      const auto letter = static_cast<unsigned char>(heading[++i]);
      anchor += static_cast<char>(c);
      anchor += static_cast<char>(letter >= 0x80 && letter <= 0x9E ? letter + 0x20 : letter);
    }
  }
  return anchor;
}

std::optional<std::string> wrong_link(const Page& page, const std::string& target,
                                      std::map<std::string, Page>& read) {
  const std::size_t hash = target.find('#');
  const std::string file = target.substr(0, hash);
  const fs::path path = (kRoot / page.file.parent_path() / file).lexically_normal();
  const fs::path whole = file.empty() ? kRoot / page.file : path;
  if (!fs::exists(whole)) return "no such file";
  if (hash == std::string::npos || whole.extension() != ".md") return std::nullopt;
  const auto at = read.try_emplace(whole.string(), page_of(whole)).first;
  for (const std::string& heading : at->second.headings) {
    if (anchor_of(heading) == target.substr(hash + 1)) return std::nullopt;
  }
  return "no such heading there";
}

/// The titles of all tests: of Catch2, and of the programs in Python.
Findings test_titles() {
  const std::regex title(R"re((TEST_CASE|ct2ct_witness)\(\s*"((\\.|[^"\\])*)")re");
  Findings titles;
  for (const std::string& name : all_files()) {
    if (name.rfind("tests/", 0) != 0 || name.ends_with("/")) continue;
    std::stringstream text;
    text << std::ifstream(kRoot / name).rdbuf();
    const std::string all = text.str();
    for (std::sregex_iterator i(all.begin(), all.end(), title), end; i != end; ++i) {
      titles.push_back(((*i)[1] == "ct2ct_witness" ? "witness: " : "") + (*i)[2].str());
    }
  }
  return titles;
}

/// The alternatives of `ctest -R "one|other"`; in a table the bar has a backslash.
Findings picked_tests(const std::string& code) {
  const std::string option = "-R \"";
  const std::size_t start = code.find(option);
  if (code.find("ctest") == std::string::npos || start == std::string::npos) return {};
  const std::size_t begin = start + option.size();
  Findings picked(1);
  for (const char c : code.substr(begin, code.find('"', begin) - begin)) {
    if (c == '|') {
      picked.emplace_back();
    } else if (c != '\\') {
      picked.back() += c;
    }
  }
  return picked;
}

}  // namespace

TEST_CASE("every path that a page, a comment or a message names exists") {
  const auto files = all_files();
  Findings findings;
  int seen = 0;
  const auto look = [&](const std::string& where, const std::string& text) {
    for (const std::string& path : paths_in(text)) {
      ++seen;
      if (!exists(files, path)) findings.push_back(where + ": " + path + ": no such file");
    }
  };
  for (const Page& page : all_pages()) {
    for (const Line& line : page.lines) {
      for (const Piece& piece : line.pieces) look(line.where, piece.text);
    }
  }
  const std::set<std::string> kinds{".h", ".cpp", ".py", ".sh", ".cmake", ".txt"};
  for (const std::string& name : files) {
    if (name.ends_with("/") || !kinds.contains(fs::path(name).extension().string())) continue;
    const bool build =
        name.ends_with(".txt") || name.ends_with(".cmake");  // paths there are relative
    int number = 0;
    for (const std::string& line : lines_of(kRoot / name)) {
      ++number;
      if (line.rfind("#include", 0) == 0 || (build && line.rfind("#", 0) != 0)) continue;
      look(name + ":" + std::to_string(number), line);
    }
  }
  CHECK(seen > 200);
  check_none(findings);
}

TEST_CASE("every link from page to page leads somewhere") {
  Findings findings;
  std::map<std::string, Page> read;
  int seen = 0;
  for (const Page& page : all_pages()) {
    for (const Line& line : page.lines) {
      for (std::size_t at = line.text.find("]("); at != std::string::npos;
           at = line.text.find("](", at + 1)) {
        const std::string target = line.text.substr(at + 2, line.text.find(')', at) - at - 2);
        if (target.find(':') != std::string::npos || line.pieces.front().block) continue;
        ++seen;
        if (const auto why = wrong_link(page, target, read)) {
          findings.push_back(line.where + ": link to " + target + ": " + *why);
        }
      }
    }
  }
  CHECK(seen > 200);
  check_none(findings);
}

TEST_CASE("every test that a page picks by its title exists") {
  const Findings titles = test_titles();
  REQUIRE(titles.size() > 500);
  Findings findings;
  int seen = 0;
  for (const Page& page : all_pages()) {
    for (const Line& line : page.lines) {
      for (const Piece& piece : line.pieces) {
        if (!piece.code) continue;
        for (const std::string& picked : picked_tests(piece.text)) {
          ++seen;
          const std::regex pattern(picked);
          const bool found = std::any_of(titles.begin(), titles.end(), [&](const std::string& t) {
            return std::regex_search(t, pattern);
          });
          if (!found) findings.push_back(line.where + ": " + picked + ": no test's title");
        }
      }
    }
  }
  CHECK(seen > 20);
  check_none(findings);
}
