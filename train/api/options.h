// Options of the library: those of `ct2ct interpolate` by their names, as text, in one table. A new
// one is a new row, and changes nothing for programs that were compiled before.
#pragma once

#include <span>
#include <string>

#include "train/fill/interpolate_files.h"

namespace api {

struct Options {
  train::InterpolateOptions job;
  int threads = 0;  ///< 0: all cores
  bool strict = false;
};

struct OptionRow {
  const char* name;
  const char* value;    ///< "flag", or the form of the value
  const char* meaning;  ///< what it means, for people
  /// Input error, which names the option, for a value that it cannot have.
  void (*set)(Options& options, const std::string& value);
};

/// In the order of the page: reading, filling, writing, all.
std::span<const OptionRow> option_rows();

/// Input error for an unknown name, which names the nearest one, and for a wrong value.
void set_option(Options& options, const std::string& name, const std::string& value);

}  // namespace api
