#include "train/program/messages.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <utility>

#include "train/program/progress.h"
#include "train/program/text.h"

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

bool as_json = false;  // what standard_error() is

std::string json_text(const nlohmann::ordered_json& j) {
  return j.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

nlohmann::ordered_json parts_of(const nn::Error& e) {
  return {{"where", e.where()},
          {"got", e.got()},
          {"expected", e.expected()},
          {"hint", e.hint()},
          {"text", e.what()}};
}

double steady_seconds() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

}  // namespace

Screen standard_error() {
  if (as_json) return {stderr, [] { return 0; }, steady_seconds, true};
  return {stderr, terminal_columns, steady_seconds};
}

void set_json_messages(bool json) { as_json = json; }
bool json_messages() { return as_json; }

std::string to_error_json(const nn::Error& error) {
  return json_text({{"error", parts_of(error)}, {"exit_code", error.exit_code()}});
}

Messages::Messages(Say say, bool strict, Screen screen)
    : say_(say), strict_(strict), screen_(std::move(screen)) {}

Messages::~Messages() { end_line(); }

void Messages::line(const char* kind, const std::string& text) {
  if (screen_.json) {
    std::fprintf(screen_.file, "%s\n", json_text({{*kind == '\0' ? "note" : kind, text}}).c_str());
    return;
  }
  const char* between = *kind == '\0' ? "" : ": ";
  std::fprintf(screen_.file, "%s%s%s%s\n", open_line_ ? "\r\033[K" : "", kind, between,
               text.c_str());
  open_line_ = false;
  if (columns() > 0) next_ = 0;  // a bar comes back below it
}

void Messages::note(const std::string& text) {
  if (say_ == Say::everything) line("", text);
}

void Messages::warn(const std::string& text) {
  warnings_.push_back(text);
  if (say_ != Say::nothing) line("warning", text);
}

void Messages::warn(const std::vector<std::string>& lines, const std::string& where) {
  const std::string prefix = where.empty() ? "" : where + ": ";
  for (std::string text : lines) warn(text.insert(0, prefix));
}

void Messages::failed(const std::string& scan, const nn::Error& error) {
  end_line();
  if (screen_.json) {
    nlohmann::ordered_json j{{"scan", scan}};
    j.update(parts_of(error));
    std::fprintf(screen_.file, "%s\n", json_text({{"failed", j}}).c_str());
  } else {
    std::fprintf(screen_.file, "ct2ct: %s failed: %s\n", scan.c_str(), error.what());
  }
}

void Messages::busy(const std::string& text) {
  if (!wants_progress(true)) return;
  if (screen_.json) show(progress_json({text, 0, 1, 0, {}, {}}));
  if (columns() > 0) show(cut_to(text, columns()));
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
  return (last && (json() || columns() > 0)) || seconds() >= next_;
}

void Messages::show(const std::string& text) {
  const bool terminal = columns() > 0;
  std::fprintf(screen_.file, "%s%s%s", terminal ? "\r\033[K" : "", text.c_str(),
               terminal ? "" : "\n");
  std::fflush(screen_.file);
  open_line_ = terminal;
  next_ = seconds() + (terminal || screen_.json ? 0.2 : 10.0);
}

void Messages::end_line() {
  if (open_line_) std::fputc('\n', screen_.file);
  open_line_ = false;
}

}  // namespace train
