#include "train/program/progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "train/program/text.h"

namespace train {
namespace {

constexpr int kWidestBar = 24;
constexpr int kNarrowestBar = 6;
constexpr int kShortestText = 8;  // of a label or message that was cut

std::string as_time(double seconds) {
  const long s = std::lround(std::min(seconds, 3.6e8));
  char text[32];
  if (s >= 3600) {
    std::snprintf(text, sizeof text, "%ldh%02ldm", s / 3600, s / 60 % 60);
  } else {
    std::snprintf(text, sizeof text, "%ldm%02lds", s / 60, s % 60);
  }
  return text;
}

/// "2.1/s", or "3.4/min" for slow work.
std::string as_rate(double per_second) {
  char text[32];
  const bool slow = per_second < 1;
  const double value = slow ? per_second * 60 : per_second;
  std::snprintf(text, sizeof text, value < 100 ? "%.1f/%s" : "%.0f/%s", value, slow ? "min" : "s");
  return text;
}

std::string count_of(const ProgressLine& line) {
  return std::to_string(line.done) + "/" + std::to_string(line.total);
}

std::string left_of(const ProgressLine& line) {
  return (line.left ? as_time(*line.left) : "--") + " left";
}

std::string bar_of(const ProgressLine& line, int width) {
  const double fraction =
      line.total > 0 ? static_cast<double>(line.done) / static_cast<double>(line.total) : 1.0;
  const int full = std::clamp(static_cast<int>(fraction * width), 0, width);
  return "[" + std::string(static_cast<std::size_t>(full), '=') +
         std::string(static_cast<std::size_t>(width - full), ' ') + "]";
}

/// Parts that are not empty, one space between them.
std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& p : parts) {
    if (!p.empty()) text += (text.empty() ? "" : " ") + p;
  }
  return text;
}

/// Names of files may hold what would move the cursor.
std::string on_one_line(std::string label) {
  for (char& c : label) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7F) c = '?';
  }
  return label;
}

}  // namespace

std::string progress_text(const ProgressLine& line) {
  return joined({line.label, count_of(line), as_time(line.elapsed) + ",",
                 line.rate ? as_rate(*line.rate) + "," : "", left_of(line), line.message});
}

std::string progress_bar(const ProgressLine& line, int columns) {
  const std::string rate = line.rate ? as_rate(*line.rate) : "";
  const auto room = [&](const std::string& text) { return columns - columns_of(text) - 1; };
  std::string all = joined({line.label, count_of(line), rate, left_of(line), line.message});
  if (const int bar = std::min(room(all) - 2, kWidestBar); bar >= kNarrowestBar) {
    return joined(
        {line.label, bar_of(line, bar), count_of(line), rate, left_of(line), line.message});
  }
  if (columns_of(all) <= columns) return all;
  const std::string fixed = joined({count_of(line), left_of(line)});
  const int least = std::min(columns_of(line.label), kShortestText);
  const std::string message = cut_to(line.message, room(fixed) - least - 1);
  const bool with_message = !line.message.empty() && columns_of(message) >= kShortestText;
  const int label = room(fixed) - (with_message ? columns_of(message) + 1 : 0);
  return cut_to(joined({cut_to(line.label, label), count_of(line), left_of(line),
                        with_message ? message : ""}),
                columns);
}

std::string progress_json(const ProgressLine& line) {
  using Json = nlohmann::ordered_json;
  const Json progress{{"label", line.label},
                      {"done", line.done},
                      {"total", line.total},
                      {"elapsed", line.elapsed},
                      {"left", line.left ? Json(*line.left) : Json()},
                      {"message", line.message}};
  return Json{{"progress", progress}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Progress::Progress(std::string label, std::uint64_t total, Messages& messages)
    : Progress(std::move(label), {{total, 1}}, messages) {}

Progress::Progress(std::string label, std::vector<WorkPart> parts, Messages& messages,
                   std::uint64_t first)
    : label_(on_one_line(std::move(label))),
      messages_(messages),
      left_(std::move(parts), first),
      start_(messages.seconds()) {}

Progress::~Progress() { messages_.end_line(); }

void Progress::update(std::uint64_t done, const std::string& message) {
  const double elapsed = messages_.seconds() - start_;
  left_.reach(elapsed, done);
  const bool last = done >= left_.total();
  if (!messages_.wants_progress(last)) return;
  const ProgressLine line{label_,          done,         left_.total(), elapsed,
                          left_.seconds(), left_.rate(), message};
  if (messages_.json()) return messages_.show(progress_json(line));
  const int columns = messages_.columns();
  messages_.show(columns > 0 ? progress_bar(line, columns) : progress_text(line));
}

}  // namespace train
