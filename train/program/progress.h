// How long work is shown: a bar with the time left on a terminal, plain lines elsewhere, nothing
// where messages are quiet.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "train/program/messages.h"

namespace train {

class Progress {
 public:
  /// Shown through `messages`, so that what they say meanwhile stands above the bar.
  Progress(std::string label, std::uint64_t total, Messages& messages);
  /// Ends a bar's line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Work that was done before this program started; the speed leaves it out.
  void start_at(std::uint64_t done) { first_ = done; }
  void update(std::uint64_t done, const std::string& message = "");

 private:
  std::string label_;
  std::uint64_t total_;
  Messages& messages_;
  std::uint64_t first_ = 0;
  std::chrono::steady_clock::time_point start_, last_shown_;
};

}  // namespace train
