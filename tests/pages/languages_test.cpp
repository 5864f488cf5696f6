// The README and the pages of use exist in English and in Spanish, and both say the same: the same
// headings, commands, rows of tables, links and numbers. Pages of use stay short.
#include <map>

#include "tests/pages/page.h"

namespace {

using namespace pages_test;

/// Where the first link with this text leads, relative to the root, or "".
std::string target_of(const Page& page, const std::string& text) {
  const std::string start = "[" + text + "](";
  for (const Line& line : page.lines) {
    const std::size_t at = line.text.find(start);
    if (at == std::string::npos) continue;
    const std::size_t from = at + start.size();
    const std::string target = line.text.substr(from, line.text.find(')', from) - from);
    return (page.file.parent_path() / target).lexically_normal().generic_string();
  }
  return "";
}

bool page_of_use(const Page& page) {
  return page.file == "README.md" || page.file.generic_string().rfind("docs/use/", 0) == 0;
}

/// A line without the targets of its links, which differ from language to language.
std::string without_targets(const std::string& text) {
  std::string rest = text;
  for (std::size_t at = rest.find("]("); at != std::string::npos; at = rest.find("](", at + 1)) {
    rest.erase(at + 1, rest.find(')', at) - at);
  }
  return rest;
}

/// What must be the same in both languages.
struct Skeleton {
  Findings headings;  ///< "#", "##"
  Findings commands;  ///< lines of code without their comments
  std::size_t rows = 0, links = 0;
  std::multiset<std::string> numbers;  ///< a comma or a point between digits is one sign
};

Skeleton skeleton_of(const Page& page) {
  const auto digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  Skeleton s;
  for (const Line& line : page.lines) {
    if (line.pieces.front().block) {
      const std::string code = line.text.substr(0, line.text.find("  #"));
      const std::size_t end = code.find_last_not_of(' ');
      s.commands.push_back(code.substr(0, end == std::string::npos ? 0 : end + 1));
    } else if (line.text.rfind('#', 0) == 0) {
      s.headings.push_back(line.text.substr(0, line.text.find(' ')));
    }
    s.rows += line.text.rfind('|', 0) == 0 ? 1 : 0;
    for (std::size_t at = line.text.find("]("); at != std::string::npos;
         at = line.text.find("](", at + 1)) {
      ++s.links;
    }
    const std::string text = without_targets(line.text) + " ";
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (!digit(text[i])) continue;
      std::size_t end = i;
      while (digit(text[end]) || ((text[end] == ',' || text[end] == '.') && digit(text[end + 1]))) {
        ++end;
      }
      std::string number = text.substr(i, end - i);
      std::replace(number.begin(), number.end(), ',', '.');
      const bool word = i > 0 && std::isalpha(static_cast<unsigned char>(text[i - 1])) != 0;
      if (!word) s.numbers.insert(number);
      i = end;
    }
  }
  return s;
}

/// The first that differs, as "here, there".
std::string first_difference(const Findings& a, const Findings& b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const std::string here = i < a.size() ? a[i] : "nothing";
    const std::string there = i < b.size() ? b[i] : "nothing";
    if (here != there) return "'" + here + "', '" + there + "'";
  }
  return "";
}

Findings differences(const Page& english, const Page& spanish) {
  const Skeleton a = skeleton_of(english), b = skeleton_of(spanish);
  const std::string where = english.file.generic_string() + ", " + spanish.file.generic_string();
  Findings findings;
  const auto compare = [&](const std::string& what, const std::string& difference) {
    if (!difference.empty()) findings.push_back(where + ": " + what + " differ: " + difference);
  };
  compare("headings", first_difference(a.headings, b.headings));
  compare("commands", first_difference(a.commands, b.commands));
  compare("numbers of rows", first_difference({std::to_string(a.rows)}, {std::to_string(b.rows)}));
  compare("numbers of links",
          first_difference({std::to_string(a.links)}, {std::to_string(b.links)}));
  compare("numbers", first_difference(Findings(a.numbers.begin(), a.numbers.end()),
                                      Findings(b.numbers.begin(), b.numbers.end())));
  return findings;
}

std::size_t words_in(const Page& page) {
  std::size_t words = 0;
  for (const Line& line : page.lines) words += words_of(line.text).size();
  return words;
}

}  // namespace

TEST_CASE("each page of use says in Spanish what it says in English") {
  std::map<std::string, Page> pages;
  for (const Page& page : all_pages()) pages.emplace(page.file.generic_string(), page);
  Findings findings;
  std::set<std::string> seen;
  for (const auto& [name, page] : pages) {
    if (!page_of_use(page)) continue;
    const auto spanish = pages.find(target_of(page, "En español"));
    if (spanish == pages.end()) {
      findings.push_back(name + ": no link [En español] to a page");
      continue;
    }
    seen.insert(spanish->first);
    if (target_of(spanish->second, "In English") != name) {
      findings.push_back(spanish->first + ": no link [In English] back to " + name);
    }
    for (const std::string& f : differences(page, spanish->second)) findings.push_back(f);
  }
  for (const auto& [name, page] : pages) {
    const bool of_use = name == "docs/es/LEEME.md" || name.rfind("docs/es/uso/", 0) == 0;
    if (of_use && !seen.contains(name)) findings.push_back(name + ": no English page leads here");
  }
  CHECK(seen.size() > 10);
  check_none(findings);
}

TEST_CASE("the README fits two screens, and a page of use has fewer than 2,000 words") {
  Findings findings;
  for (const Page& page : all_pages()) {
    const std::string name = page.file.generic_string();
    const bool readme = name == "README.md" || name == "docs/es/LEEME.md";
    const bool use = page_of_use(page) || name.rfind("docs/es/uso/", 0) == 0;
    if (readme && page.lines.size() > 100) {
      findings.push_back(name + ": " + std::to_string(page.lines.size()) + " lines");
    }
    if (use && words_in(page) >= 2000) {
      findings.push_back(name + ": " + std::to_string(words_in(page)) + " words");
    }
  }
  check_none(findings);
}
