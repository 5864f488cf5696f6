// What --help shows: options in groups with titles, in the order that a command gives, then those
// of every command, then examples; in 80 columns. Options for experts appear under --help-all.
#pragma once

#include <string>
#include <vector>

#include "tools/cli11.h"

namespace tools {

/// The title of options that only --help-all shows.
inline constexpr const char* kExpert = "Expert options";
/// The title of the program's own options in the help of a command.
inline constexpr const char* kEveryCommand = "Options of every command";

/// Options under one title, each with the name of its value: "--factor N", "--quiet".
struct HelpGroup {
  std::string title;
  std::vector<std::string> options;
};

struct HelpExample {
  std::string meaning;  ///< "Double a scan"
  std::string command;  ///< "ct2ct interpolate scan.nii.gz"
};

/// Sets how the help of `command` looks, once all its options are there. Options that no group
/// names follow under the title of their CLI11 group. Throws CLI::OptionNotFound for an option that
/// the command does not have.
void set_help(CLI::App& command, const std::vector<HelpGroup>& groups,
              const std::vector<HelpExample>& examples);

}  // namespace tools
