// Pages and sources as the tests of what they name read them: lines of Markdown with their section,
// pieces of code in them, and the options that they mention.
#pragma once

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "tests/catch.h"

namespace pages_test {

namespace fs = std::filesystem;

inline const fs::path kRoot = CT2CT_SOURCE_DIR;

/// One line each: where, what, what is wrong.
using Findings = std::vector<std::string>;

inline void check_none(const Findings& findings) {
  std::string all;
  for (const std::string& f : findings) all += "\n  " + f;
  INFO(findings.size() << " findings:" << all);
  CHECK(findings.empty());
}

/// A part of a line of a page.
struct Piece {
  std::string text;
  bool code = false;  ///< between backticks, in a fenced block, or an indented line
  bool block = false;
};

struct Line {
  std::string where;    ///< "docs/use/train.md:12"
  std::string section;  ///< the last heading of level 2 or 3 above it, without "## "
  std::string text;
  std::vector<Piece> pieces;
};

struct Page {
  fs::path file;  ///< below the root
  std::vector<Line> lines;
  std::vector<std::string> headings;
};

inline std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

inline std::string name_of(const fs::path& path) {
  return fs::relative(path, kRoot).generic_string();
}

inline Page page_of(const fs::path& path) {
  Page page{fs::relative(path, kRoot), {}, {}};
  std::string section;
  bool fenced = false;
  int number = 0;
  for (const std::string& text : lines_of(path)) {
    Line line{name_of(path) + ":" + std::to_string(++number), section, text, {}};
    const bool fence = text.rfind("```", 0) == 0;
    if (fence) fenced = !fenced;
    if (fenced || fence || text.rfind("    ", 0) == 0) {
      line.pieces.push_back({fence ? "" : text, true, true});
    } else {
      if (text.rfind("#", 0) == 0)
        page.headings.push_back(text.substr(text.find_first_not_of("# ")));
      if (text.rfind("## ", 0) == 0 || text.rfind("### ", 0) == 0)
        section = text.substr(text.find(' ') + 1);
      bool code = false;
      for (std::size_t from = 0; from <= text.size(); code = !code) {
        const std::size_t tick = std::min(text.find('`', from), text.size());
        line.pieces.push_back({text.substr(from, tick - from), code, false});
        from = tick + 1;
      }
    }
    page.lines.push_back(line);
  }
  return page;
}

/// Every page of the project for its users.
inline std::vector<Page> all_pages() {
  std::vector<fs::path> files{kRoot / "README.md", kRoot / "models/default/README.md"};
  for (const auto& entry : fs::recursive_directory_iterator(kRoot / "docs")) {
    if (entry.path().extension() == ".md") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<Page> pages;
  for (const fs::path& file : files) pages.push_back(page_of(file));
  return pages;
}

/// Every file of the project, relative to the root; folders end in '/'.
inline std::set<std::string> all_files() {
  std::set<std::string> names;
  for (const char* top : {"nn", "models", "data", "train", "tools", "tests", "docs"}) {
    for (fs::recursive_directory_iterator entry(kRoot / top), end; entry != end; ++entry) {
      if (entry->path().filename() == "node_modules") {  // packages of others
        entry.disable_recursion_pending();
        continue;
      }
      names.insert(name_of(entry->path()) + (entry->is_directory() ? "/" : ""));
    }
  }
  for (const auto& entry : fs::directory_iterator(kRoot)) {
    if (entry.is_regular_file()) names.insert(name_of(entry.path()));
  }
  return names;
}

/// Paths of the project in a line: "nn/core/rng.h", "data/dicom/".
inline Findings paths_in(const std::string& line) {
  Findings paths;
  const auto in_path = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string("_./*-").find(c) != std::string::npos;
  };
  for (const char* top : {"nn/", "models/", "data/", "train/", "tools/", "tests/", "docs/"}) {
    const std::string start = top;
    for (std::size_t at = line.find(start); at != std::string::npos;
         at = line.find(start, at + 1)) {
      if (at > 0 && (in_path(line[at - 1]) || line[at - 1] == '}')) continue;
      std::size_t end = at;
      while (end < line.size() && in_path(line[end])) ++end;
      const bool goes_on = end < line.size() && line[end] == '{';  // tests/{a,b}.cpp
      while (end > at && (line[end - 1] == '.' || line[end - 1] == '-')) --end;
      const std::string path = line.substr(at, end - at);
      const std::string last = path.substr(path.rfind('/') + 1);
      const bool folder = last.empty() && path.size() > start.size();
      if (!goes_on && (folder || last.find('.', 1) != std::string::npos)) paths.push_back(path);
    }
  }
  return paths;
}

/// "--factor" and such in a text, without their values.
inline std::vector<std::string> options_in(const std::string& text) {
  std::vector<std::string> options;
  for (std::size_t at = text.find("--"); at != std::string::npos; at = text.find("--", at + 2)) {
    const bool inside = at > 0 && (std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0 ||
                                   text[at - 1] == '-');
    std::size_t end = at + 2;
    while (end < text.size() &&
           (std::islower(static_cast<unsigned char>(text[end])) != 0 ||
            std::isdigit(static_cast<unsigned char>(text[end])) != 0 || text[end] == '-')) {
      ++end;
    }
    if (!inside && end > at + 2 && text[at + 2] != '-')
      options.push_back(text.substr(at, end - at));
  }
  return options;
}

/// The string literals of a line of C++, and its comment if that is wanted.
inline std::vector<std::string> texts_in(const std::string& line, bool comment) {
  std::vector<std::string> texts;
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (!inside && line.compare(i, 2, "//") == 0) {
      if (comment) texts.push_back(line.substr(i));
      break;
    }
    if (line[i] == '"') {
      inside = !inside;
      if (inside) texts.emplace_back();
    } else if (inside) {
      if (line[i] == '\\') ++i;
      texts.back() += line[std::min(i, line.size() - 1)];
    } else if (line.compare(i, 3, "'\"'") == 0) {
      i += 2;
    }
  }
  return texts;
}

inline std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : text + " ") {
    if (c != ' ') {
      word += c;
    } else if (!word.empty()) {
      words.push_back(word);
      word.clear();
    }
  }
  return words;
}

/// A command line cut at what separates commands in a shell, without its comment.
inline std::vector<std::string> commands_in(const std::string& code) {
  std::vector<std::string> commands(1);
  for (std::size_t i = 0; i < code.size(); ++i) {
    const bool comment = code[i] == '#' && (i == 0 || code[i - 1] == ' ');
    if (comment) break;
    if (code[i] == ';' || code[i] == '&' || (code[i] == '|' && i > 0 && code[i - 1] == ' ')) {
      commands.emplace_back();
    } else {
      commands.back() += code[i];
    }
  }
  return commands;
}

/// Numbers that stand by themselves: not the 2 of pix2pix.
inline std::vector<double> numbers_in(const std::string& text) {
  const auto part_of_word = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '^';
  };
  std::vector<double> numbers;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    if (!digit || (i > 0 && part_of_word(text[i - 1]))) continue;
    char* after = nullptr;
    const double value = std::strtod(text.c_str() + i, &after);
    const auto end = static_cast<std::size_t>(after - text.c_str());
    const bool negative = i > 0 && text[i - 1] == '-';
    const bool word =
        end < text.size() && (std::isalpha(static_cast<unsigned char>(text[end])) != 0);
    if (!word) numbers.push_back(negative ? -value : value);
    i = end;
  }
  return numbers;
}

}  // namespace pages_test
