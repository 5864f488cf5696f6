// The state of a run at a step: both networks, both Adams, and the step. Random numbers are a
// function of seed and step, and so is the position in the data; they need no state of their own.
#pragma once

#include <string>
#include <vector>

#include "train/fit/pix2pix_step.h"

namespace train {

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

}  // namespace train
