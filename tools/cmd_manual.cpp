// ct2ct manual: the manual page and the completions of shells, from what the parser knows, so that
// they name every command and option. Hidden from the help: tools/package.sh and the install step
// of CMake call it.
#include <algorithm>

#include "nn/core/error.h"
#include "tools/commands.h"
#include "train/program/version.h"

namespace tools {
namespace {

using Options = std::vector<const CLI::Option*>;

struct Command {
  std::string name;
  const CLI::App* app;
};

/// All commands but hidden ones. The commands of a command follow it, as "outer inner".
std::vector<Command> commands_of(const CLI::App& app, const std::string& outer = "") {
  std::vector<Command> all;
  const std::function<bool(const CLI::App*)> shown = [](const CLI::App* a) {
    return !a->get_group().empty() && !a->get_name().empty();
  };
  for (const CLI::App* a : app.get_subcommands(shown)) {
    all.push_back({outer + a->get_name(), a});
    for (Command& inner : commands_of(*a, outer + a->get_name() + " ")) {
      all.push_back(std::move(inner));
    }
  }
  return all;
}

/// Of the command itself and of its groups, which the parser keeps as commands without a name.
Options options_of(const CLI::App& app) {
  const std::function<bool(const CLI::Option*)> all = [](const CLI::Option*) { return true; };
  Options options = app.get_options(all);
  const std::function<bool(const CLI::App*)> nameless = [](const CLI::App* a) {
    return a->get_name().empty();
  };
  for (const CLI::App* group : app.get_subcommands(nameless)) {
    for (const CLI::Option* o : options_of(*group)) options.push_back(o);
  }
  return options;
}

bool takes_value(const CLI::Option& o) { return o.get_items_expected_max() > 0; }

/// "-h --help"
std::vector<std::string> names_of(const CLI::Option& o) {
  std::vector<std::string> names;
  for (const std::string& s : o.get_snames()) names.push_back("-" + s);
  for (const std::string& l : o.get_lnames()) names.push_back("--" + l);
  return names;
}

std::string joined(const std::vector<std::string>& words, const std::string& between) {
  std::string text;
  for (const std::string& w : words) text += (text.empty() ? "" : between) + w;
  return text;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
    text.replace(at, what.size(), by);
  }
  return text;
}

/// What a shell shows beside a name: the first clause.
std::string brief(const std::string& text) {
  constexpr std::size_t kMost = 70;
  const std::string first = text.substr(0, text.find_first_of(";\n["));
  const std::size_t end = first.size() <= kMost ? first.size() : first.rfind(' ', kMost);
  const std::string cut = first.substr(0, end);
  return cut.substr(0, cut.find_last_not_of(" :,.") + 1);
}

/// Text that roff prints as it is. A line that begins with a blank stays a line, as examples need.
std::string roff(const std::string& text) {
  std::string out;
  bool fresh = true, example = false;
  for (const char c : text) {
    if (fresh) {
      if ((c == ' ') != example) out += example ? ".fi\n" : ".nf\n";
      example = c == ' ';
      if (c == '.' || c == '\'') out += "\\&";
    }
    fresh = c == '\n';
    out += c == '\\' ? "\\e" : c == '-' ? "\\-" : std::string(1, c);
  }
  if (!fresh) out += '\n';
  return example ? out + ".fi\n" : out;
}

std::string manual_options(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* o : options_of(app)) {
    const std::string name = o->get_positional() ? o->get_name(true) : joined(names_of(*o), ", ");
    const std::string type = takes_value(*o) && !o->get_positional() ? o->get_type_name() : "";
    text += ".TP\n.B " + replaced(name, "-", "\\-") + "\n";
    if (!type.empty()) text.insert(text.size() - 1, " \\fI" + replaced(type, "-", "\\-") + "\\fR");
    const std::string value = takes_value(*o) ? o->get_default_str() : "";
    text += roff(o->get_description() + (value.empty() ? "" : " [" + value + "]"));
  }
  return text;
}

std::string manual_page(const CLI::App& app) {
  std::string text = ".TH CT2CT 1 \"\" \"ct2ct " + std::string(train::kVersion) +
                     "\" \"User Commands\"\n.SH NAME\nct2ct \\- add slices between the slices of a "
                     "CT scan\n.SH SYNOPSIS\n.B ct2ct\n.I COMMAND\n[\\fIFILE\\fR...] "
                     "[\\fIOPTION\\fR...]\n.SH DESCRIPTION\n";
  text += roff(app.get_description()) + ".SH OPTIONS OF EVERY COMMAND\n" + manual_options(app);
  text += ".SH COMMANDS\n";
  for (const Command& c : commands_of(app)) {
    text += ".SS ct2ct " + c.name + "\n" + roff(c.app->get_description()) + manual_options(*c.app);
  }
  return text +
         ".SH EXIT STATUS\n.TP\n.B 0\nThe command did what was wanted.\n.TP\n.B 1\nThe job "
         "failed.\n.TP\n.B 2\nThe input or the command line is wrong.\n.TP\n.B 3\nThere was a "
         "warning, and \\-\\-strict was given.\n.SH ENVIRONMENT\n.TP\n.B CT2CT_ISA\nInstruction "
         "set of the kernels: scalar, avx2 or avx512. The results are the same.\n.TP\n.B "
         "SOURCE_DATE_EPOCH\nThe time that outputs are dated with, in seconds since 1970.\n";
}

/// Words that follow the command `c` on a command line.
std::vector<std::string> words_after(const Command& c, const std::vector<Command>& all) {
  std::vector<std::string> words;
  for (const CLI::Option* o : options_of(*c.app)) {
    for (std::string& name : names_of(*o)) words.push_back(std::move(name));
  }
  for (const Command& other : all) {
    if (other.app->get_parent() == c.app) words.push_back(other.app->get_name());
  }
  return words;
}

std::string bash(const CLI::App& app) {
  const std::vector<Command> all = commands_of(app);
  const std::string common = joined(words_after({"", &app}, {}), " ");
  std::vector<std::string> names, valued;
  std::string cases;
  const auto add = [&](const Command& c) {
    for (const CLI::Option* o : options_of(*c.app)) {
      if (!takes_value(*o)) continue;
      for (std::string& name : names_of(*o)) valued.push_back(std::move(name));
    }
  };
  add({"", &app});
  for (const Command& c : all) {
    add(c);
    if (c.app->get_parent() == &app) names.push_back(c.name);
    cases += "    '" + c.name + "') words+=' " + joined(words_after(c, all), " ") + "' ;;\n";
  }
  std::sort(valued.begin(), valued.end());
  valued.erase(std::unique(valued.begin(), valued.end()), valued.end());
  return "# Completion of ct2ct for bash; written by ct2ct.\n_ct2ct() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} word "
         "command=\n"
         "  local words='" +
         common +
         "'\n  COMPREPLY=()\n"
         "  case $before in\n    " +
         joined(valued, "|") +
         ") return ;;\n  esac\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case \"${command:+$command }$word\" in\n      " +
         [&] {
           std::string quoted;
           for (const Command& c : all) quoted += (quoted.empty() ? "'" : "|'") + c.name + "'";
           return quoted;
         }() +
         ") command=${command:+$command }$word ;;\n    esac\n  done\n"
         "  case $command in\n    '') words+=' " +
         joined(names, " ") + "' ;;\n" + cases +
         "  esac\n"
         "  if [[ $current == -* || -z $command ]]; then\n"
         "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n  fi\n}\n"
         "complete -o default -o bashdefault -F _ct2ct ct2ct\n";
}

/// 'text' for a shell.
std::string in_quotes(const std::string& text) { return "'" + replaced(text, "'", "'\\''") + "'"; }

std::string zsh_options(const CLI::App& app, const std::string& indent) {
  std::string text;
  for (const CLI::Option* o : options_of(app)) {
    std::string what = brief(o->get_description());
    for (const char* special : {"\\", "[", "]", ":"}) {
      what = replaced(what, special, std::string("\\") + special);
    }
    for (const std::string& name : names_of(*o)) {
      std::string line = name;
      line.append("[").append(what).append("]").append(takes_value(*o) ? ":value:_files" : "");
      text.append(indent).append(in_quotes(line)).append(" \\\n");
    }
  }
  return text;
}

std::string zsh(const CLI::App& app) {
  const std::vector<Command> all = commands_of(app);
  std::string names, cases;
  for (const Command& c : all) {
    if (c.app->get_parent() != &app) continue;
    names += "    " + in_quotes(c.name + ":" + brief(c.app->get_description())) + "\n";
    std::string options = zsh_options(*c.app, "        ");
    for (const Command& inner : all) {
      if (inner.app->get_parent() == c.app) options += zsh_options(*inner.app, "        ");
    }
    cases += "    " + c.name + ")\n      _arguments -s $common \\\n" + options +
             "        '*:file:_files' ;;\n";
  }
  return "#compdef ct2ct\n# Completion of ct2ct for zsh; written by ct2ct.\nlocal -a common "
         "commands\n"
         "common=( \\\n" +
         zsh_options(app, "  ") + ")\ncommands=(\n" + names +
         ")\n_arguments -C $common '1:command:->command' '*::argument:->argument'\n"
         "case $state in\n  command) _describe command commands ;;\n  argument) case $words[1] "
         "in\n" +
         cases + "  esac ;;\nesac\n";
}

std::string fish_options(const CLI::App& app, const std::string& condition) {
  std::string text;
  for (const CLI::Option* o : options_of(app)) {
    if (o->get_positional()) continue;
    text += "complete -c ct2ct" + condition;
    for (const std::string& s : o->get_snames()) text += " -s " + s;
    for (const std::string& l : o->get_lnames()) text += " -l " + l;
    text +=
        (takes_value(*o) ? " -r" : "") + (" -d " + in_quotes(brief(o->get_description()))) + "\n";
  }
  return text;
}

std::string fish(const CLI::App& app) {
  std::string text = "# Completion of ct2ct for fish; written by ct2ct.\n" + fish_options(app, "");
  for (const Command& c : commands_of(app)) {
    const bool outer = c.app->get_parent() == &app;
    const std::string parent = c.app->get_parent()->get_name();
    const std::string before =
        outer ? "__fish_use_subcommand" : "__fish_seen_subcommand_from " + parent;
    text += "complete -c ct2ct -n '" + before + "' -a " + c.app->get_name() + " -d " +
            in_quotes(brief(c.app->get_description())) + "\n" +
            fish_options(*c.app, " -n '__fish_seen_subcommand_from " + c.app->get_name() + "'");
  }
  return text;
}

}  // namespace

void add_manual(CLI::App& app) {
  CLI::App* cmd = app.add_subcommand("manual", "Write the manual page or a shell's completions");
  cmd->group("");  // hidden
  auto form = std::make_shared<std::string>();
  cmd->add_option("form", *form, "man, bash, zsh or fish")->required();
  cmd->final_callback([form, &app] {
    nn::require(*form == "man" || *form == "bash" || *form == "zsh" || *form == "fish", "manual",
                "'" + *form + "'", "man, bash, zsh or fish", "");
    print(*form == "man"    ? manual_page(app)
          : *form == "bash" ? bash(app)
          : *form == "zsh"  ? zsh(app)
                            : fish(app));
  });
}

}  // namespace tools
