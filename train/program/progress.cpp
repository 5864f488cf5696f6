#include "train/program/progress.h"

#include <cmath>
#include <cstdio>

namespace train {
namespace {

std::string as_time(double seconds) {
  const long s = std::lround(seconds);
  char text[32];
  if (s >= 3600) {
    std::snprintf(text, sizeof text, "%ldh%02ldm", s / 3600, s / 60 % 60);
  } else {
    std::snprintf(text, sizeof text, "%ldm%02lds", s / 60, s % 60);
  }
  return text;
}

}  // namespace

Progress::Progress(std::string label, std::uint64_t total, Messages& messages)
    : label_(std::move(label)),
      total_(total),
      messages_(messages),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() { messages_.end_line(); }

void Progress::update(std::uint64_t done, const std::string& message) {
  if (!messages_.shows_progress()) return;
  const bool terminal = messages_.terminal();
  const auto now = std::chrono::steady_clock::now();
  const double since = std::chrono::duration<double>(now - last_shown_).count();
  const bool last = done >= total_;
  if (!last && since < (terminal ? 0.2 : 10.0)) return;
  last_shown_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const std::uint64_t here = done > first_ ? done - first_ : 0;
  std::string left = "--";
  if (here > 0) {
    left = as_time(elapsed / static_cast<double>(here) * static_cast<double>(total_ - done));
  }
  std::string bar;
  if (terminal) {
    constexpr int kWidth = 24;
    const double fraction =
        total_ > 0 ? static_cast<double>(done) / static_cast<double>(total_) : 1.0;
    const int full = static_cast<int>(fraction * kWidth);
    bar = "[" + std::string(static_cast<std::size_t>(full), '=') +
          std::string(static_cast<std::size_t>(kWidth - full), ' ') + "] ";
  }
  messages_.show(label_ + " " + bar + std::to_string(done) + "/" + std::to_string(total_) + "  " +
                 as_time(elapsed) + ", " + left + " left  " + message);
}

}  // namespace train
