#include "train/program/messages.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "nn/core/error.h"

namespace train {
namespace {

/// Where one line is redrawn in place: not where a log is kept.
int terminal_columns() {
  if (isatty(STDERR_FILENO) != 1) return 0;
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const int said = columns != nullptr ? std::atoi(columns) : 0;
  return said > 0 ? said : 80;
}

double steady_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace

Screen standard_error() { return {stderr, terminal_columns, steady_seconds}; }

Messages::Messages(Say say, bool strict, Screen screen)
    : say_(say), strict_(strict), screen_(std::move(screen)) {}

Messages::~Messages() { end_line(); }

void Messages::line(const std::string& text) {
  std::fprintf(screen_.file, "%s%s\n", open_line_ ? "\r\033[K" : "", text.c_str());
  open_line_ = false;
  if (columns() > 0) next_ = 0;  // a bar comes back below it
}

void Messages::note(const std::string& text) {
  if (say_ == Say::everything) line(text);
}

void Messages::warn(const std::string& text) {
  warnings_.push_back(text);
  if (say_ != Say::nothing) line("warning: " + text);
}

void Messages::warn(const std::vector<std::string>& lines, const std::string& where) {
  const std::string prefix = where.empty() ? "" : where + ": ";
  for (std::string text : lines) warn(text.insert(0, prefix));
}

void Messages::require_none() const {
  if (!strict_ || warnings_.empty()) return;
  const std::size_t count = warnings_.size();
  throw nn::Error(nn::Fault::warned, "--strict",
                  count == 1 ? "a warning" : std::to_string(count) + " warnings", "none",
                  "nothing was written; leave --strict out to accept what the warnings say");
}

int Messages::columns() const { return std::max(0, screen_.columns() - 1); }

bool Messages::wants_progress(bool last) const {
  if (say_ != Say::everything) return false;
  return (last && columns() > 0) || seconds() >= next_;
}

void Messages::show(const std::string& text) {
  const bool terminal = columns() > 0;
  std::fprintf(screen_.file, "%s%s%s", terminal ? "\r\033[K" : "", text.c_str(),
               terminal ? "" : "\n");
  std::fflush(screen_.file);
  open_line_ = terminal;
  next_ = seconds() + (terminal ? 0.2 : 10.0);
}

void Messages::end_line() {
  if (open_line_) std::fputc('\n', screen_.file);
  open_line_ = false;
}

}  // namespace train
