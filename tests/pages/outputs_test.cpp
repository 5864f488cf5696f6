// Files that pages say are written are named in the sources. Such a file is a name by itself in
// backticks that neither the tree has nor a command line of the page gives.
#include "tests/pages/page.h"

namespace {

using namespace pages_test;

/// The string literals of a C++ source, or all of another file.
std::string strings_of(const fs::path& path) {
  const bool cpp = path.extension() == ".cpp" || path.extension() == ".h";
  std::string strings;
  for (const std::string& line : lines_of(path)) {
    for (const std::string& s : cpp ? texts_in(line, false) : Findings{line}) strings += s + "\n";
  }
  return strings;
}

/// What must stand in the sources for a name such as epoch_NNNN.png or NAME.slices.csv: the parts
/// between placeholders and numbers.
Findings fixed_parts(const std::string& name) {
  Findings parts(1);
  for (const char c : name) {
    const bool varies = std::isupper(static_cast<unsigned char>(c)) != 0 ||
                        std::isdigit(static_cast<unsigned char>(c)) != 0;
    if (!varies) {
      parts.back() += c;
    } else if (!parts.back().empty()) {
      parts.emplace_back();
    }
  }
  return parts;
}

bool written(const std::string& name, const std::string& sources) {
  const auto in_sources = [&](const std::string& s) {
    return sources.find(s) != std::string::npos;
  };
  if (in_sources(name)) return true;
  // x2.slices.csv is the user's x2 with an ending of ours.
  const std::size_t dot = name.rfind('.');
  const std::size_t before = dot == 0 ? std::string::npos : name.rfind('.', dot - 1);
  if (before != std::string::npos && in_sources(name.substr(before))) return true;
  const Findings parts = fixed_parts(name);
  return parts.size() > 1 && std::all_of(parts.begin(), parts.end(), in_sources);
}

/// A file name by itself of a kind that the program writes.
bool is_output_name(const std::string& code) {
  const std::string ending = fs::path(code).extension().string();
  const std::set<std::string> kinds{".csv", ".svg", ".html",       ".json",
                                    ".md",  ".png", ".safetensors"};
  return kinds.contains(ending) && fs::path(code).stem() != "" &&
         code.find_first_of(" *<>") == std::string::npos;
}

}  // namespace

TEST_CASE("every file that a page says is written is named in the sources") {
  const auto files = all_files();
  std::set<std::string> own;  // last parts of paths: a page names its neighbours by them
  std::string sources;
  for (const std::string& name : files) {
    own.insert(fs::path(name).filename().string());
    const std::string kind = fs::path(name).extension().string();
    const bool test = name.rfind("tests/", 0) == 0 || name.rfind("docs/", 0) == 0;
    if (!test && (kind == ".cpp" || kind == ".h" || kind == ".sh" || kind == ".py")) {
      sources += strings_of(kRoot / name);
    }
  }
  Findings findings;
  int seen = 0;
  for (const Page& page : all_pages()) {
    std::string given;  // by command lines and as values of options
    for (const Line& line : page.lines) {
      for (const Piece& piece : line.pieces) {
        if (piece.code && (piece.block || piece.text.find("--") != std::string::npos ||
                           piece.text.rfind("ct2ct ", 0) == 0)) {
          given += piece.text + "\n";
        }
      }
    }
    for (const Line& line : page.lines) {
      for (const Piece& piece : line.pieces) {
        if (!piece.code || piece.block || !is_output_name(piece.text)) continue;
        const std::string name = fs::path(piece.text).filename().string();
        const std::string stem = fs::path(name).stem().string();
        if (own.contains(name) || !paths_in(piece.text).empty()) continue;
        ++seen;
        if (written(name, sources) || given.find(stem) != std::string::npos) continue;
        findings.push_back(line.where + ": " + piece.text + ": named in no string of the sources");
      }
    }
  }
  CHECK(seen > 40);
  check_none(findings);
}
