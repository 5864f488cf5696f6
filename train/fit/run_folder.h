// The files of a run: where they are, how a run begins, and how it is taken up again.
#pragma once

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/io/read.h"
#include "nn/backend/arithmetic.h"
#include "train/fill/build_info.h"
#include "train/fit/dataset.h"
#include "train/fit/pix2pix_step.h"
#include "train/predict/model_file.h"

namespace train {

// The state of a run at a step: both networks, both Adams, and the step. Random numbers are a
// function of seed and step, and so is the position in the data; they need no state of their own.

struct CheckpointInfo {
  std::uint64_t step = 0;   ///< steps done
  std::uint64_t total = 0;  ///< of the schedule
  std::uint64_t seed = 0;
  std::uint64_t data_cursor = 0;  ///< examples drawn
  std::string data_sha256;        ///< over all scans, in order
  std::string config_sha256;      ///< of the run's config.json; empty in the older format
};

/// Atomic: the old checkpoint stays whole until the new one is.
void save_checkpoint(const std::string& path, const CheckpointInfo& info, Pix2Pix& networks);
/// Throws an input error for a file that is not as it was written (seal.h), another architecture,
/// or other data. Adds to `warnings` where the file is of the older format, which has no seal.
CheckpointInfo load_checkpoint(const std::string& path, const std::string& data_sha256,
                               Pix2Pix& networks, std::vector<std::string>& warnings);

/// Everything that a run is fixed by; config.json.
struct RunConfig {
  Recipe recipe;
  std::vector<SourceInfo> sources;
  std::string data_sha256;
  data::ReadOptions read;  ///< as asked for
  std::uint64_t seed = 0;
  std::uint64_t total = 0;
  std::uint64_t steps_per_epoch = 0;
  double minutes = 0;           ///< what --minutes asked for, or 0
  double measured_step_ms = 0;  ///< what `total` was derived from then
  std::string from;             ///< of the TrainingRecord
  std::vector<SourceInfo> before;
  nn::Arithmetic arithmetic;         ///< which bits the run has
  std::optional<BuildInfo> build;    ///< the program that began it; none in older folders
  std::vector<std::string> command;  ///< that began it, as it was given
};

class RunFolder {
 public:
  explicit RunFolder(std::string path) : path_(std::move(path)) {}

  std::string file(const std::string& name) const { return path_ + "/" + name; }
  bool has(const std::string& name) const;

  /// An input error when the folder exists and is not empty, unless `force` is given.
  void check_free(bool force) const;
  /// Makes the folder. The files of a former run in it are removed, and nothing else is.
  void create() const;
  /// Makes what is missing of a run that was stopped right after its beginning.
  void complete() const;
  /// Removes temporary files that a killed program left.
  void remove_leftovers() const;
  void save_config(const RunConfig& config) const;
  /// SHA-256 of config.json as it is in the folder, of what fixes the run: without `build`,
  /// `command`, `minutes` and `measured_step_ms`, which equal runs need not share. Of the JSON text
  /// with sorted keys and without white space.
  std::string config_sha256() const;
  /// An input error that says what to do when there is no run to resume.
  RunConfig load_config() const;
  /// Whether this program, as it computes now, may go on with a run: an input error where bits
  /// would change for sure, warnings where they may.
  std::vector<std::string> check_going_on(const RunConfig& config) const;

 private:
  std::string path_;
};

/// A CSV file that grows by one line each step. On resuming, lines of steps from `keep_below` on
/// are cut off, for they will be done again.
class CsvLog {
 public:
  CsvLog(const std::string& path, const std::string& header, std::uint64_t keep_below);
  void add(const std::string& line);

 private:
  struct Close {
    void operator()(std::FILE* f) const { std::fclose(f); }
  };
  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
};

}  // namespace train
