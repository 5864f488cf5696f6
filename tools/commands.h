// The command line: one function for each subcommand that adds its options to the parser and sets
// what happens. No logic lives here; each calls one function of train, data or nn.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "data/io/read.h"
#include "data/volume/window.h"
#include "tools/cli11.h"
#include "tools/help.h"
#include "train/program/messages.h"

namespace tools {

/// Options that make sense everywhere; set before the subcommand runs.
struct Common {
  int threads = 0;  ///< 0: all cores
  std::string device = "cpu";
  bool no_winograd = false;
  bool force = false;
  bool quiet = false;
  bool strict = false;
  std::vector<std::string> command_line;  ///< as it was given, the program's name first

  train::Say say() const { return quiet ? train::Say::warnings : train::Say::everything; }
};

void add_phantom(CLI::App& app, const Common& common);
void add_train(CLI::App& app, const Common& common);
void add_interpolate(CLI::App& app, const Common& common);
void add_evaluate(CLI::App& app, const Common& common);
void add_pairs(CLI::App& app, const Common& common);
void add_translate(CLI::App& app, const Common& common);
void add_reformat(CLI::App& app, const Common& common);
void add_mesh(CLI::App& app, const Common& common);
void add_view(CLI::App& app, const Common& common);
void add_app(CLI::App& app, const Common& common);
void add_pack(CLI::App& app, const Common& common);
void add_seal(CLI::App& app, const Common& common);
void add_info(CLI::App& app, const Common& common);
void add_gradcheck(CLI::App& app, const Common& common);
void add_bench(CLI::App& app, const Common& common);
void add_manual(CLI::App& app);

/// Whole number of at least `low`, with an error that a newcomer understands.
CLI::Validator whole_number(long long low, long long high = 1'000'000'000);
/// A number above 0, with such an error.
CLI::Validator positive_number();

/// --axis, --volume, --series, --by-instance-number and --spacing-xyz: how a scan is read.
void add_read_options(CLI::App& command, data::ReadOptions& read);

/// --window: what HU pictures show. The option's text is checked when it is understood.
void add_window_option(CLI::App& command, std::optional<data::AskedWindow>& window,
                       const std::string& what);

/// For a record: the values of the options of every command.
nlohmann::ordered_json to_options_json(const Common& common);
/// --model and --expect-model. The former, for more to be said of it.
CLI::Option* add_model_options(CLI::App& command, std::string& model, std::string& expected,
                               const std::string& what);

/// Prints to standard output.
void print(const std::string& text);

}  // namespace tools
