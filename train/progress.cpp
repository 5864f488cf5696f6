#include "train/progress.h"

#include <unistd.h>
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

Progress::Progress(std::string label, std::uint64_t total, bool quiet)
    : label_(std::move(label)),
      total_(total),
      quiet_(quiet),
      terminal_(isatty(STDERR_FILENO) == 1),
      start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (open_line_) std::fputc('\n', stderr);
}

void Progress::update(std::uint64_t done, const std::string& message) {
  if (quiet_) return;
  const auto now = std::chrono::steady_clock::now();
  const double since = std::chrono::duration<double>(now - last_shown_).count();
  const bool last = done >= total_;
  if (!last && since < (terminal_ ? 0.2 : 10.0)) return;
  last_shown_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const std::uint64_t here = done > first_ ? done - first_ : 0;
  std::string left = "--";
  if (here > 0) {
    left = as_time(elapsed / static_cast<double>(here) * static_cast<double>(total_ - done));
  }
  const double fraction =
      total_ > 0 ? static_cast<double>(done) / static_cast<double>(total_) : 1.0;
  std::string bar;
  if (terminal_) {
    constexpr int kWidth = 24;
    const int full = static_cast<int>(fraction * kWidth);
    bar = "[" + std::string(static_cast<std::size_t>(full), '=') +
          std::string(static_cast<std::size_t>(kWidth - full), ' ') + "] ";
  }
  std::fprintf(stderr, "%s%s %s%llu/%llu  %s, %s left  %s%s", terminal_ ? "\r\033[K" : "",
               label_.c_str(), bar.c_str(), static_cast<unsigned long long>(done),
               static_cast<unsigned long long>(total_), as_time(elapsed).c_str(), left.c_str(),
               message.c_str(), terminal_ ? "" : "\n");
  std::fflush(stderr);
  open_line_ = terminal_;
}

void Progress::say(const std::string& line) {
  if (quiet_) return;
  std::fprintf(stderr, "%s%s\n", open_line_ ? "\r\033[K" : "", line.c_str());
  open_line_ = false;
  last_shown_ = {};
}

}  // namespace train
