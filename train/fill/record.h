// The record beside an output, as JSON: inputs, outputs, program, model and options. Fields:
// docs/audit/record.md.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "data/files/output_set.h"
#include "data/io/read.h"
#include "data/volume/volume.h"
#include "data/volume/window.h"
#include "train/program/messages.h"

namespace train {

/// Version of the record's format; it grows when the name or meaning of a field changes.
inline constexpr int kRecordVersion = 1;

/// "PATH.record.json", without slashes at the end of PATH. Records of interpolated scans are named
/// by data::beside() instead.
std::string record_path(const std::string& output);

class Record {
 public:
  /// `command`: the subcommand; `command_line`: all words, the program's name first.
  Record(std::string command, std::vector<std::string> command_line);

  /// Adds a scan as it was read; computes its hashes now.
  void add_input(const data::Volume& scan);
  /// Adds a scan that is no longer in memory. Pictures that are no scan have no `scan_sha256`.
  void add_input(const data::HashedPath& files, const std::string& format,
                 const std::string& scan_sha256 = "");
  /// The model that was used: a path, or kDefaultModel.
  void set_model(const std::string& path);
  /// The same for a model whose SHA-256 is known.
  void set_model(const std::string& path, const std::string& sha256);
  /// The options in effect, defaults included.
  void set_options(nlohmann::ordered_json options) { options_ = std::move(options); }
  /// What was done: the fields of this command alone.
  void set_result(nlohmann::ordered_json result) { result_ = std::move(result); }

  /// All fields, with the outputs and warnings up to now.
  nlohmann::ordered_json json(const data::OutputSet& outputs, const Messages& messages) const;

  /// json() as text.
  std::string text(const data::OutputSet& outputs, const Messages& messages) const;

  /// Adds the record to the set as the file `path`, and returns its text. Call it after all other
  /// outputs have been written.
  std::string write(data::OutputSet& outputs, const std::string& path,
                    const Messages& messages) const;

 private:
  std::string command_;
  std::vector<std::string> command_line_;
  nlohmann::ordered_json options_, result_, model_;
  nlohmann::ordered_json inputs_ = nlohmann::ordered_json::array();
};

/// "made_by": the number of synthetic slices for each SliceOrigin::method. "method": the name of
/// the method, or "several".
nlohmann::ordered_json methods_json(const data::Volume& scan);

/// The options of reading, with their values.
nlohmann::ordered_json to_read_json(const data::ReadOptions& read);
/// {"low", "high", "why"}
nlohmann::ordered_json to_window_json(const data::ShownWindow& shown);

}  // namespace train
