#include "tools/command_line.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

#include "tools/commands.h"
#include "train/program/nearest.h"

namespace tools {
namespace {

nn::Error wrong(const std::string& where, const std::string& got, const std::string& hint) {
  return {nn::Fault::input, where, got, "", hint};
}

/// "ct2ct bench ops"
std::string full_name(const CLI::App& app) {
  const CLI::App* parent = app.get_parent();
  return parent == nullptr ? app.get_name() : full_name(*parent) + " " + app.get_name();
}

std::string see_help(const CLI::App& command) { return "see " + full_name(command) + " --help"; }

/// "did you mean --factor? See ..."
std::string hint_for(const std::string& word, const std::vector<std::string>& candidates,
                     const std::string& see) {
  const std::string nearest = train::nearest_word(word, candidates);
  if (nearest.empty()) return see;
  std::string next = see;
  next.front() = 'S';
  return "did you mean " + nearest + "? " + next;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* s) { return !s->get_name().empty(); });
}

/// The command that was given, however far it was understood.
const CLI::App& given_command(const CLI::App& app) {
  const auto given = app.get_subcommands();
  return given.empty() ? app : given_command(*given.front());
}

/// "--name" of every option of a command, and of those above it.
std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  const auto add = [&](const CLI::App& app) {
    for (const CLI::Option* o : app.get_options()) {
      for (const std::string& n : o->get_lnames()) names.push_back("--" + n);
    }
  };
  add(command);
  for (const CLI::App* group :
       command.get_subcommands([](const CLI::App* s) { return s->get_name().empty(); })) {
    add(*group);
  }
  if (const CLI::App* parent = command.get_parent(); parent != nullptr) {
    for (std::string& n : option_names(*parent)) names.push_back(std::move(n));
  }
  return names;
}

bool holds(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Where else an option exists: "an option of ct2ct mesh", or empty.
std::string owner_of(const CLI::App& app, const std::string& option) {
  for (const CLI::App* command : commands_of(app)) {
    if (holds(option_names(*command), option)) return "an option of " + full_name(*command);
  }
  return "";
}

nn::Error unknown_command(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::App* c : commands_of(app)) names.push_back(c->get_name());
  return wrong("command line", "unknown command '" + word + "'",
               hint_for(word, names, see_help(app)));
}

/// The first option that neither the command nor the program has.
std::optional<nn::Error> unknown_option(const CLI::App& app,
                                        const std::vector<std::string>& arguments) {
  const CLI::App& command = given_command(app);
  const std::vector<std::string> known = option_names(command);
  for (const std::string& a : arguments) {
    if (a == "--") break;
    const std::string name = a.substr(0, a.find('='));
    if (!name.starts_with("--") || holds(known, name)) continue;
    const std::string owner = owner_of(app, name);
    return wrong("command line", "unknown option '" + name + "'",
                 owner.empty() ? hint_for(name, known, see_help(command))
                               : "it is " + owner + "; " + see_help(command));
  }
  return std::nullopt;
}

/// The first entry of a file of options that no command has.
std::optional<nn::Error> unknown_entry(const CLI::App& app, const std::string& file) {
  for (const CLI::ConfigItem& item : app.get_config_formatter()->from_file(file)) {
    const CLI::App* command = &app;
    std::string section;
    for (const std::string& parent : item.parents) {
      std::vector<std::string> names;
      for (const CLI::App* c : commands_of(*command)) names.push_back(c->get_name());
      if (!holds(names, parent)) {
        return wrong(file, "unknown section [" + parent + "]",
                     hint_for(parent, names, see_help(app)));
      }
      command = command->get_subcommand(parent);
      section = parent;
    }
    if (item.name == "++" || item.name == "--") continue;  // where a section begins and ends
    const CLI::Option* option = command->get_option_no_throw("--" + item.name);
    if (option == nullptr) option = command->get_option_no_throw(item.name);
    if (option != nullptr && option->get_configurable()) continue;
    const std::string what =
        "unknown entry '" + item.name + "'" +
        (section.empty() ? " before the first section" : " in [" + section + "]");
    if (app.get_option_no_throw("--" + item.name) != nullptr && option == nullptr) {
      return wrong(file, what, "options of every command stand before the first section");
    }
    const CLI::App& given = given_command(app);
    if (section.empty() && given.get_option_no_throw("--" + item.name) != nullptr) {
      return wrong(file, what, "write it below [" + given.get_name() + "]");
    }
    std::vector<std::string> names = option_names(*command);
    for (std::string& n : names) n.erase(0, 2);
    return wrong(file, what, hint_for(item.name, names, see_help(*command)));
  }
  return std::nullopt;
}

/// The command of these words, as "bench ops".
const CLI::App& command_named(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* command = &app;
  for (const std::string& word : words) {
    const auto all = commands_of(*command);
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const CLI::App* c) { return c->get_name() == word; });
    if (found == all.end()) throw unknown_command(*command, word);
    command = *found;
  }
  return *command;
}

}  // namespace

nn::Error explained(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& arguments) {
  if (app.get_subcommands().empty()) {
    for (const std::string& word : app.remaining()) {
      if (!word.starts_with("-")) return unknown_command(app, word);
    }
  }
  if (const auto unknown = unknown_option(app, arguments)) return *unknown;
  const CLI::App& command = given_command(app);
  const CLI::Option* given = app.get_config_ptr();
  if (given->count() == 0) return wrong("command line", error.what(), see_help(command));
  const std::string& config = given->results().front();
  if (dynamic_cast<const CLI::FileError*>(&error) != nullptr) {
    return wrong(config, "no file that can be read", "give --config a file of options");
  }
  if (const auto unknown = unknown_entry(app, config)) return *unknown;
  return wrong("command line", error.what(), see_help(command) + ", and what " + config + " says");
}

void add_help(CLI::App& app) {
  struct Options {
    std::vector<std::string> command;
    bool all = false;
  };
  auto o = std::make_shared<Options>();
  CLI::App* cmd = app.add_subcommand("help", "Print how a command is used, as COMMAND --help does");
  cmd->add_option("command", o->command, "The command [the program as a whole]");
  cmd->add_flag("--all", o->all, "Options for experts, too");
  set_help(*cmd, {{"Options", {"--all"}}},
           {{"How a scan is filled", "ct2ct help interpolate"},
            {"All options of a training", "ct2ct help train --all"}});
  cmd->final_callback([o, &app] {
    const CLI::App& command = command_named(app, o->command);
    const auto mode = o->all ? CLI::AppFormatMode::All : CLI::AppFormatMode::Normal;
    print(command.get_formatter()->make_help(&command, full_name(command), mode));
  });
}

int threads_in_environment() {
  const char* value = std::getenv("CT2CT_THREADS");
  if (value == nullptr || *value == '\0') return 0;
  std::string text = value;
  const std::string problem = whole_number(1, 1024)(text);
  nn::require(problem.empty(), "CT2CT_THREADS", "'" + text + "'", "a whole number from 1 to 1024",
              "set it to a number of threads, or not at all");
  return std::atoi(text.c_str());
}

}  // namespace tools
