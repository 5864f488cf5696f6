// How long work is shown: a bar with the time left on a terminal, plain lines elsewhere, nothing
// when quiet. Written to standard error, so that standard output stays a result.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace train {

class Progress {
 public:
  Progress(std::string label, std::uint64_t total, bool quiet);
  /// Ends a bar's line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Work that was done before this program started; the speed leaves it out.
  void start_at(std::uint64_t done) { first_ = done; }
  void update(std::uint64_t done, const std::string& message = "");
  /// A line of its own, above the bar.
  void say(const std::string& line);

 private:
  std::string label_;
  std::uint64_t total_;
  bool quiet_;
  bool terminal_;
  bool open_line_ = false;
  std::uint64_t first_ = 0;
  std::chrono::steady_clock::time_point start_, last_shown_;
};

}  // namespace train
