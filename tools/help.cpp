#include "tools/help.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>

#include "train/program/text.h"

namespace tools {
namespace {

constexpr int kColumns = 80;
constexpr int kTextColumn = 28;  // where descriptions begin

/// A name and what it means, side by side if the name is short.
std::string entry(const std::string& name, const std::string& text) {
  constexpr std::size_t kWidth = kTextColumn;
  std::string line = "  " + name;
  if (line.size() + 2 > kWidth) {
    line += "\n" + std::string(kWidth, ' ');
  } else {
    line.resize(kWidth, ' ');
  }
  return line + train::wrapped(text, kTextColumn, kColumns);
}

using Options = std::vector<const CLI::Option*>;

/// All of a command, those in groups of its parser as well, but not those of its own commands.
Options options_of(const CLI::App& app) {
  Options all = app.get_options();
  for (const CLI::App* group :
       app.get_subcommands([](const CLI::App* s) { return s->get_name().empty(); })) {
    for (const CLI::Option* o : group->get_options()) {
      if (o != group->get_help_ptr() && o != group->get_help_all_ptr()) all.push_back(o);
    }
  }
  return all;
}

/// CLI11 adds what it checks after a colon.
std::string value_name(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string argument_name(const CLI::Option& option) {
  return upper(option.get_name(true)) + (option.get_expected_max() > 1 ? "..." : "");
}

std::string names_of(const CLI::Option& option) {
  std::string names;
  const auto add = [&](const std::string& dashes, const std::vector<std::string>& all) {
    for (const std::string& n : all) {
      names.append(names.empty() ? "" : ", ").append(dashes).append(n);
    }
  };
  add("-", option.get_snames());
  add("--", option.get_lnames());
  const std::string value = value_name(option);
  return names + (value.empty() ? "" : " " + value);
}

std::string text_of(const CLI::Option& option) {
  std::string text = option.get_description();
  if (option.get_required() && !option.get_positional()) text += " (required)";
  const std::string value = option.get_default_str();
  if (!value.empty() && !text.ends_with("]")) text += " [" + value + "]";
  return text;
}

class Help : public CLI::FormatterBase {
 public:
  Help(std::vector<HelpGroup> groups, std::vector<HelpExample> examples)
      : groups_(std::move(groups)), examples_(std::move(examples)) {}

  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override {
    const bool all = mode == CLI::AppFormatMode::All;
    const CLI::App* parent = app->get_parent();
    std::string text =
        train::wrapped(app->get_description(), 0, kColumns) + "\n" + usage(*app, name);
    text += arguments(*app) + commands(*app) + options(*app, all);
    if (parent != nullptr) text += of_every_command(*parent, all);
    if (!all && has_more(*app)) {
      text +=
          "\n" + train::wrapped("More options, for experts: " + name + " --help-all", 0, kColumns);
    }
    return text + examples();
  }

 private:
  static std::string usage(const CLI::App& app, const std::string& name) {
    std::string line = "Usage: " + name;
    if (!subcommands(app).empty()) line += app.get_parent() == nullptr ? " COMMAND" : " [COMMAND]";
    for (const CLI::Option* o : options_of(app)) {
      if (!o->get_positional()) continue;
      const std::string argument = argument_name(*o);
      line += o->get_required() ? " " + argument : " [" + argument + "]";
    }
    return line + " [OPTIONS]\n";
  }

  static std::vector<const CLI::App*> subcommands(const CLI::App& app) {
    return app.get_subcommands([](const CLI::App* s) { return !s->get_name().empty(); });
  }

  static std::string arguments(const CLI::App& app) {
    std::string text;
    for (const CLI::Option* o : options_of(app)) {
      if (o->get_positional()) text += entry(argument_name(*o), text_of(*o));
    }
    return text.empty() ? "" : "\nArguments:\n" + text;
  }

  static std::string commands(const CLI::App& app) {
    std::string text;
    for (const CLI::App* s : subcommands(app)) text += entry(s->get_name(), s->get_description());
    return text.empty() ? "" : "\nCommands:\n" + text;
  }

  /// Group by group: first those of the page, in its order; those for experts last.
  std::string options(const CLI::App& app, bool all) const {
    std::vector<std::string> titles;
    const auto add = [&](const std::string& title) {
      const bool known = std::find(titles.begin(), titles.end(), title) != titles.end();
      if (!known && !title.empty() && title != kExpert) titles.push_back(title);
    };
    for (const HelpGroup& g : groups_) add(g.title);
    for (const CLI::Option* o : options_of(app)) add(o->get_group());
    if (all) titles.emplace_back(kExpert);
    std::string text;
    for (const std::string& title : titles) text += group(app, title);
    return text;
  }

  std::string group(const CLI::App& app, const std::string& title) const {
    std::string text;
    for (const CLI::Option* o : in_order(app)) {
      const bool help = o == app.get_help_ptr() || o == app.get_help_all_ptr();
      const bool shown = o->get_group() == title && !o->get_positional();
      if (shown && !(help && app.get_parent() != nullptr)) text += entry(names_of(*o), text_of(*o));
    }
    return text.empty() ? "" : "\n" + title + ":\n" + text;
  }

  /// In the order of the page, the others after those in that of their declaration.
  Options in_order(const CLI::App& app) const {
    Options ordered;
    for (const HelpGroup& g : groups_) {
      for (const std::string& name : g.options) {
        ordered.push_back(app.get_option_no_throw(name.substr(0, name.find(' '))));
      }
    }
    for (const CLI::Option* o : options_of(app)) {
      if (std::find(ordered.begin(), ordered.end(), o) == ordered.end()) ordered.push_back(o);
    }
    return ordered;
  }

  static std::string of_every_command(const CLI::App& parent, bool all) {
    if (parent.get_parent() != nullptr) return of_every_command(*parent.get_parent(), all);
    std::string text;
    for (const CLI::Option* o : parent.get_options()) {
      const bool expert = o->get_group() == kExpert;
      if (o->get_group() != kEveryCommand && !(expert && all)) continue;
      text += entry(names_of(*o), text_of(*o));
    }
    return "\n" + std::string(kEveryCommand) + ":\n" + text;
  }

  static bool has_more(const CLI::App& app) {
    const Options all = options_of(app);
    return std::any_of(all.begin(), all.end(),
                       [](const CLI::Option* o) { return o->get_group() == kExpert; });
  }

  std::string examples() const {
    std::string text;
    for (const HelpExample& e : examples_) text += "  " + e.meaning + ":\n    " + e.command + "\n";
    return text.empty() ? "" : "\nExamples:\n" + text;
  }

  std::vector<HelpGroup> groups_;
  std::vector<HelpExample> examples_;
};

}  // namespace

void set_help(CLI::App& command, const std::vector<HelpGroup>& groups,
              const std::vector<HelpExample>& examples) {
  for (const HelpGroup& g : groups) {
    for (const std::string& o : g.options) {
      const std::size_t space = o.find(' ');
      CLI::Option* option = command.get_option(o.substr(0, space))->group(g.title);
      if (space != std::string::npos) option->type_name(o.substr(space + 1));
    }
  }
  command.formatter(std::make_shared<Help>(groups, examples));
}

}  // namespace tools
