// The record beside an output: what was read, what was done with which program and model, and what
// was written, as JSON. Fields: docs/audit/record.md.
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

/// Of the fields' names and meanings; it grows when one of them changes.
inline constexpr int kRecordVersion = 1;

/// "PATH.record.json", the slashes at the end of a folder's name left out. Records of interpolated
/// scans: data::beside().
std::string record_path(const std::string& output);

class Record {
 public:
  /// `command`: as on the command line; `command_line`: all of it, the program's name first.
  Record(std::string command, std::vector<std::string> command_line);

  /// A scan as it was read; its hashes are taken now.
  void add_input(const data::Volume& scan);
  /// The same of a scan that is not at hand any more; of pictures that are no scan without the
  /// last.
  void add_input(const data::HashedPath& files, const std::string& format,
                 const std::string& scan_sha256 = "");
  /// The model that had a part in the output: a path, or kDefaultModel.
  void set_model(const std::string& path);
  /// The same of one whose SHA-256 is known.
  void set_model(const std::string& path, const std::string& sha256);
  /// What took effect, whether it was asked for or not.
  void set_options(nlohmann::ordered_json options) { options_ = std::move(options); }
  /// What was done: the fields that are this command's own.
  void set_result(nlohmann::ordered_json result) { result_ = std::move(result); }

  /// All fields; outputs and warnings as they are now.
  nlohmann::ordered_json json(const data::OutputSet& outputs, const Messages& messages) const;

  /// The same as the record's text.
  std::string text(const data::OutputSet& outputs, const Messages& messages) const;

  /// Adds the record to the set, as the file `path`, and returns its text. Everything else must
  /// have been written.
  std::string write(data::OutputSet& outputs, const std::string& path,
                    const Messages& messages) const;

 private:
  std::string command_;
  std::vector<std::string> command_line_;
  nlohmann::ordered_json options_, result_, model_;
  nlohmann::ordered_json inputs_ = nlohmann::ordered_json::array();
};

/// How many of a scan's synthetic slices each method has made, by SliceOrigin::method, as
/// "made_by"; and as "method" the one, or "several".
nlohmann::ordered_json methods_json(const data::Volume& scan);

/// The values of the options of reading.
nlohmann::ordered_json to_read_json(const data::ReadOptions& read);
/// {"low", "high", "why"}
nlohmann::ordered_json to_window_json(const data::ShownWindow& shown);

}  // namespace train
