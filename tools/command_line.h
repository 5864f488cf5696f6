// What can be wrong with a command line or a file of --config, said so that it can be mended: with
// the nearest word where one was mistyped.
#pragma once

#include <string>
#include <vector>

#include "nn/core/error.h"
#include "tools/cli11.h"

namespace tools {

/// The error to show for one of CLI11's. `arguments`: without the program's name.
nn::Error explained(const CLI::App& app, const CLI::ParseError& error,
                    const std::vector<std::string>& arguments);

/// `ct2ct help [COMMAND]`: what `ct2ct COMMAND --help` prints. Input error, with the nearest, for a
/// command that does not exist.
void add_help(CLI::App& app);

/// CT2CT_THREADS; 0 where it is not set or empty. Input error unless it is a number from 1 to 1024.
int threads_in_environment();

}  // namespace tools
