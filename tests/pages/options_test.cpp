// Options that pages name, and the defaults that they give, are those of --help. An option belongs
// to the command of its line ("ct2ct train ... --steps 5") or of its table; to a script of ours
// whose line it is; and to nobody here if the line begins with another program ("cmake --preset
// release").
#include <array>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>

#include "tests/pages/page.h"

namespace {

using namespace pages_test;

std::string output_of(const std::string& arguments) {
  const std::string command = "'" CT2CT_BINARY "' " + arguments + " 2>&1";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      ::popen(command.c_str(), "r"), [](std::FILE* f) { return ::pclose(f); });
  REQUIRE(pipe != nullptr);
  std::string text;
  std::array<char, 4096> part{};
  while (std::fgets(part.data(), static_cast<int>(part.size()), pipe.get()) != nullptr) {
    text += part.data();
  }
  return text;
}

/// What --help says of a command: its options, each with the words for its default, if any.
using Help = std::map<std::string, std::string>;

Findings text_lines(const std::string& text) {
  Findings lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

Help help_from(const std::string& text) {
  Help help;
  Findings current;
  std::string description;  // of the current options, in one line
  const auto end_option = [&] {
    const std::size_t open = description.rfind('[');
    const bool has = open != std::string::npos && description.find(']', open) != std::string::npos;
    for (const std::string& o : current) {
      help[o] = has ? description.substr(open + 1, description.find(']', open) - open - 1) : "";
    }
    current.clear();
    description.clear();
  };
  for (const std::string& line : text_lines(text)) {
    const std::size_t start = line.find_first_not_of(' ');
    if (start == 2 && line[start] == '-') {
      end_option();
      const std::size_t end = std::min(line.find("  ", start), line.size());
      current = options_in(line.substr(start, end - start));
      description = line.substr(end);
    } else if (start == std::string::npos || start < 20) {
      end_option();
    } else {
      description += " " + line.substr(start);
    }
  }
  end_option();
  return help;
}

struct Program {
  Help common;                           ///< options of every command
  std::map<std::string, Help> commands;  ///< options of one, of its own commands as well

  bool knows(const std::string& command, const std::string& option) const {
    return common.contains(option) || commands.at(command).contains(option);
  }
  bool knows(const std::string& option) const {
    return common.contains(option) ||
           std::any_of(commands.begin(), commands.end(),
                       [&](const auto& c) { return c.second.contains(option); });
  }
};

/// Names below "Commands:".
Findings subcommands_of(const std::string& help) {
  Findings names;
  bool below = false;
  for (const std::string& line : text_lines(help)) {
    if (below && line.rfind("  ", 0) == 0 && line[2] != ' ')
      names.push_back(words_of(line).front());
    below = (below && !line.empty()) || line == "Commands:";
  }
  return names;
}

const Program& program() {
  static const Program all = [] {
    Program p;
    const std::string help = output_of("--help-all");
    p.common = help_from(help);
    for (const std::string& name : subcommands_of(help)) {
      const std::string own = output_of(name + " --help-all");
      p.commands[name] = help_from(own);
      for (const std::string& inner : subcommands_of(own)) {
        p.commands[name].merge(help_from(output_of(name + " " + inner + " --help-all")));
      }
    }
    return p;
  }();
  return all;
}

/// The command that a heading names, as "Options of train" does, or "".
std::string command_of(const std::string& section) {
  const Findings words = words_of(section);
  const auto command = std::find_if(words.begin(), words.end(), [](const std::string& w) {
    return program().commands.contains(w);
  });
  return command == words.end() ? "" : *command;
}

/// Whose options a command line has.
struct Owner {
  bool ours = true;
  std::string command = {};  ///< empty: any of ours
  fs::path script = {};      ///< one of the project's
};

Owner owner_of(const std::string& line) {
  const auto& commands = program().commands;
  const Findings words = words_of(line);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool script = words[i].rfind("tools/", 0) == 0 && fs::exists(kRoot / words[i]);
    if (script) return {false, "", kRoot / words[i]};
    const bool target = i > 0 && words[i - 1] == "--target";  // of cmake
    if (words[i].ends_with("pkg-config")) return {false};     // ct2ct is then the library
    if (target || (words[i] != "ct2ct" && !words[i].ends_with("/ct2ct"))) continue;
    const auto command = std::find_if(words.begin() + static_cast<std::ptrdiff_t>(i), words.end(),
                                      [&](const std::string& w) { return commands.contains(w); });
    return {true, command == words.end() ? "" : *command};
  }
  if (words.empty() || words.front().rfind("--", 0) == 0) return {};
  if (commands.contains(words.front())) return {true, words.front()};
  const auto in_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string("_./=$-").find(c) != std::string::npos;
  };
  return {!std::all_of(words.front().begin(), words.front().end(), in_name)};
}

bool known(const std::string& option, const Owner& owner) {
  if (!owner.script.empty()) {
    const auto lines = lines_of(owner.script);
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& l) { return l.find(option) != std::string::npos; });
  }
  if (!owner.ours) return true;
  if (!owner.command.empty() && program().knows(owner.command, option)) return true;
  return owner.command.empty() && program().knows(option);
}

/// Cells of a row of a table, as they are written.
Findings cells_of(const std::string& row) {
  Findings cells;
  std::string cell;
  for (std::size_t i = 1; i < row.size(); ++i) {
    if (row[i] == '|' && row[i - 1] != '\\') {
      cells.push_back(cell);
      cell.clear();
    } else {
      cell += row[i];
    }
  }
  return cells;
}

/// What is wrong with a page's default, `stated`, when --help says `help`: each number that --help
/// has must be on the page, and its one word, unless the page says it in words of its own.
std::optional<std::string> wrong_default(const std::string& stated, const std::string& help) {
  const auto on_page = numbers_in(stated);
  const auto in_help = numbers_in(help);
  const bool numbers = !on_page.empty() && !in_help.empty();
  const bool all = std::all_of(in_help.begin(), in_help.end(), [&](double v) {
    return std::find(on_page.begin(), on_page.end(), v) != on_page.end();
  });
  const bool one_word = !help.empty() && in_help.empty() && words_of(help).size() == 1;
  const bool code = stated.find('`') != std::string::npos;
  const bool word_differs = one_word && code && stated.find(help) == std::string::npos;
  if ((numbers && !all) || word_differs) return "says " + stated + ", --help says " + help;
  return std::nullopt;
}

/// The default that --help gives for an option in a section of a page, or "".
std::string default_of(const std::string& section, const std::string& option) {
  const auto command = program().commands.find(command_of(section));
  const Help& help = command == program().commands.end() ? program().common : command->second;
  const auto entry = help.find(option);
  return entry == help.end() ? "" : entry->second;
}

}  // namespace

TEST_CASE("every option that a page names is one of that command's") {
  REQUIRE(program().commands.size() > 8);
  REQUIRE(program().knows("train", "--steps"));
  Findings findings;
  int seen = 0;
  for (const Page& page : all_pages()) {
    for (const Line& line : page.lines) {
      const bool row = line.text.rfind("| `--", 0) == 0 && !command_of(line.section).empty();
      std::ptrdiff_t bars = 0;  // of a table: 1 in its first cell
      for (const Piece& piece : line.pieces) {
        if (!piece.code) bars += std::count(piece.text.begin(), piece.text.end(), '|');
        const Findings commands = piece.code ? commands_in(piece.text) : Findings{piece.text};
        for (const std::string& command : commands) {
          Owner owner = piece.code ? owner_of(command) : Owner{};
          if (row && bars == 1 && owner.ours && owner.command.empty()) {
            owner.command = command_of(line.section);
          }
          for (const std::string& option : options_in(command)) {
            ++seen;
            if (known(option, owner)) continue;
            const std::string whose = !owner.script.empty()   ? name_of(owner.script)
                                      : owner.command.empty() ? "ct2ct"
                                                              : "ct2ct " + owner.command;
            findings.push_back(line.where + ": " + option + ": no option of " + whose);
          }
        }
      }
    }
  }
  CHECK(seen > 200);
  check_none(findings);
}

TEST_CASE("every option that a comment or a message names is one of ours") {
  const std::set<std::string> others{"gdcmconv"};  // programs that a message tells the user to run
  Findings findings;
  int seen = 0;
  for (const std::string& name : all_files()) {
    const bool cpp = name.ends_with(".cpp") || name.ends_with(".h");
    if (!cpp || name.rfind("tests/", 0) == 0) continue;
    int number = 0;
    for (const std::string& line : lines_of(kRoot / name)) {
      ++number;
      for (const std::string& text : texts_in(line, true)) {
        std::string before;
        for (const std::string& word : words_of(text)) {
          const std::size_t start = word.find_first_not_of("`'(");
          const bool option = start != std::string::npos && word.compare(start, 2, "--") == 0;
          const Findings named = option ? options_in(word.substr(start)) : Findings{};
          if (!named.empty() && !others.contains(before)) {
            ++seen;
            if (!program().knows(named.front())) {
              findings.push_back(name + ":" + std::to_string(number) + ": " + named.front() +
                                 ": no option of ct2ct");
            }
          }
          before = word;
        }
      }
    }
  }
  CHECK(seen > 60);
  check_none(findings);
}

TEST_CASE("every default that a page gives is the one of --help") {
  Findings findings;
  int seen = 0;
  const auto compare = [&](const Line& line, const std::string& option, const std::string& stated) {
    const std::string help = default_of(line.section, option);
    if (help.empty()) return;
    ++seen;
    if (const auto why = wrong_default(stated, help)) {
      findings.push_back(line.where + ": " + option + " " + *why);
    }
  };
  for (const Page& page : all_pages()) {
    for (const Line& line : page.lines) {
      if (line.text.rfind("| `--", 0) == 0) {
        const Findings cells = cells_of(line.text);
        const auto options = options_in(cells.front());
        const auto values = numbers_in(cells.back());
        for (std::size_t i = 0; i < options.size(); ++i) {
          const bool each = options.size() > 1 && values.size() == options.size();
          compare(line, options[i], each ? std::to_string(values[i]) : cells.back());
        }
      }
      // `--seed N` (1)
      for (std::size_t i = 0; i + 1 < line.pieces.size(); ++i) {
        const std::string& after = line.pieces[i + 1].text;
        if (!line.pieces[i].code || line.pieces[i].block || after.rfind(" (", 0) != 0) continue;
        const std::string stated = after.substr(2, after.find(')') - 2);
        const bool code = stated.empty() && i + 2 < line.pieces.size();
        for (const std::string& option : options_in(line.pieces[i].text)) {
          compare(line, option, code ? "`" + line.pieces[i + 2].text + "`" : stated);
        }
      }
    }
  }
  CHECK(seen > 60);
  check_none(findings);
}
