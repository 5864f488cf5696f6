// Keeps RUN/live.html up to date while a training runs. It only reads what the training writes, and
// takes less than 1 % of the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "train/fit/run_folder.h"
#include "train/report/live_page.h"

namespace train {

class LivePage {
 public:
  /// `free`: PSNR of methods without a network on the validation slices.
  LivePage(const RunFolder& folder, const RunConfig& config, std::vector<FreeScore> free);
  /// Says that an error has ended the training, unless end() was called.
  ~LivePage();
  LivePage(const LivePage&) = delete;
  LivePage& operator=(const LivePage&) = delete;

  /// `step` steps are done, and `left` seconds are needed for the others. Writes the page when it
  /// is time.
  void show(std::uint64_t step, std::optional<double> left);
  /// The training has come to its end, or was stopped before.
  void end(std::uint64_t step);

  const std::vector<FreeScore>& without_network() const { return run_.free; }

 private:
  using Clock = std::chrono::steady_clock;

  void write(RunState state);

  const RunFolder& folder_;
  LiveRun run_;
  std::uint64_t steps_per_epoch_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_;  ///< when the page is written again
  Clock::time_point last_ = start_;
  bool ended_ = false;
};

}  // namespace train
