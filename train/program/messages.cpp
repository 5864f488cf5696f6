#include "train/program/messages.h"

#include <unistd.h>

#include <cstdio>

#include "nn/core/error.h"

namespace train {

Messages::Messages(Say say, bool strict)
    : say_(say), strict_(strict), terminal_(isatty(STDERR_FILENO) == 1) {}

Messages::~Messages() { end_line(); }

void Messages::line(const std::string& text) {
  std::fprintf(stderr, "%s%s\n", open_line_ ? "\r\033[K" : "", text.c_str());
  open_line_ = false;
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

void Messages::show(const std::string& text) {
  if (!shows_progress()) return;
  std::fprintf(stderr, "%s%s%s", terminal_ ? "\r\033[K" : "", text.c_str(), terminal_ ? "" : "\n");
  std::fflush(stderr);
  open_line_ = terminal_;
}

void Messages::end_line() {
  if (open_line_) std::fputc('\n', stderr);
  open_line_ = false;
}

}  // namespace train
