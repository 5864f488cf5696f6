// Many scans: each is filled by a process of its own (child_processes.h), so one that fails stops
// no other. What stands under an output's name with a record that says the same of input, model and
// options, and whose hashes hold, is not made again; so a run that was killed is taken up by the
// same command line. `ct2ct interpolate --out-dir` is this and the parsing of its options.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "nn/ranks/ranks.h"
#include "train/fill/interpolate_files.h"
#include "train/fill/scan_list.h"
#include "train/program/messages.h"

namespace train {

struct ManyOptions {
  ScanSources sources;
  InterpolateOptions job;  ///< of each scan; `scan`, `out`, `gif` and `uncertainty` stay empty
  std::string out_dir;     ///< made where it does not exist
  Part part;
  bool strict = false;                    ///< a warning is an error of its scan
  std::size_t jobs = 1;                   ///< scans that are made at once; they share nn::threads()
  std::vector<std::string> command_line;  ///< for records
  nlohmann::ordered_json more_options;    ///< for records
  nn::Ranks* ranks = nullptr;  ///< that share the scans (deal_scans.h); null: this process alone
};

enum class ScanState { made, already_there, failed };

struct ScanResult {
  ScanTask task;
  ScanState state = ScanState::failed;
  std::string out, record;  ///< paths; empty where the scan could not be read
  nn::index slices_before = 0;
  nn::index slices = 0;
  nlohmann::ordered_json made_by;  ///< slices of each method, as in the record
  double seconds = 0;
  std::vector<std::string> warnings;
  std::optional<nn::Error> error;  ///< of a scan that failed
};

struct ManyResult {
  std::vector<ScanResult> scans;  ///< in the order of the list
  std::size_t of_all = 0;         ///< scans in all parts
  ManyOptions options;

  std::size_t count(ScanState state) const;
};

struct ManyWatch {
  /// Called now and then: how many scans are done, and what happens now.
  std::function<void(std::size_t done, std::size_t total, const std::string& now)> progress;
  /// Called as soon as a scan has failed.
  std::function<void(const ScanResult& result)> failed;
};

/// Makes the scans of options.part. Warnings of each scan, with its name before them, and what was
/// left out go to `messages`. Input error for what concerns all scans: scan_list(), an output
/// folder that cannot be made, options that name one file. Errors of one scan are in its result.
/// With several ranks all call it, each with its own number of jobs; the result is on rank 0, and
/// empty on the others.
ManyResult interpolate_many(const ManyOptions& options, Messages& messages,
                            const ManyWatch& watch = {});

/// A table with a line for each scan, and a closing line.
std::string to_text(const ManyResult& result);
/// Fields: docs/audit/record.md.
nlohmann::ordered_json to_json(const ManyResult& result);

// What stands where an output would be.

enum class Standing {
  nothing,   ///< no output, no record
  leftover,  ///< no output, but its record or table: what a run that was killed while it named them
             ///< left
  valid,     ///< the output, and a record that is true of it and of the work
  different,  ///< anything else
};

struct Found {
  Standing standing = Standing::nothing;
  std::string why;                ///< of `different`: what does not fit
  nlohmann::ordered_json record;  ///< where there is one that can be read
};

/// `outputs`: Interpolation::outputs(). `decided_by`: Interpolation::decided_by(). Where inputs and
/// the model lie does not matter, nor do "force" and "strict"; every file that the record names as
/// an output must be there, beside it, with its hash.
Found what_stands(const std::vector<std::string>& outputs,
                  const nlohmann::ordered_json& decided_by);

}  // namespace train
