// How far long work is: a bar with rate and time left on a terminal, plain lines elsewhere, nothing
// where messages are quiet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "train/program/messages.h"
#include "train/program/time_left.h"

namespace train {

/// What one line of progress says.
struct ProgressLine {
  std::string label;
  std::uint64_t done = 0, total = 0;
  double elapsed = 0;          ///< seconds
  std::optional<double> left;  ///< seconds
  std::optional<double> rate;  ///< units a second
  std::string message = {};
};

/// With a bar, in at most `columns` of a terminal. Where room is scarce, the bar goes first, then
/// the rate; label and message are cut in the middle; the time left stays.
std::string progress_bar(const ProgressLine& line, int columns);
/// The same as a line of a log, of any length.
std::string progress_text(const ProgressLine& line);
/// The same for a program, as messages.h describes it.
std::string progress_json(const ProgressLine& line);

class Progress {
 public:
  /// Shown through `messages`, so that what they say meanwhile stands above the bar.
  Progress(std::string label, std::uint64_t total, Messages& messages);
  /// Work of several kinds; units before `first` were done by an earlier run.
  Progress(std::string label, std::vector<WorkPart> parts, Messages& messages,
           std::uint64_t first = 0);
  /// Ends a bar's line.
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::uint64_t done, const std::string& message = "");
  /// Of the units left, in seconds; none before the first one.
  std::optional<double> left() const { return left_.seconds(); }

 private:
  std::string label_;
  Messages& messages_;
  TimeLeft left_;
  double start_;
};

}  // namespace train
