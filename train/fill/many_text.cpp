#include <algorithm>
#include <array>
#include <cstdio>

#include "train/fill/many_scans.h"

namespace train {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::array<std::string, 5>;

const char* word_of(ScanState state) {
  switch (state) {
    case ScanState::made:
      return "made";
    case ScanState::already_there:
      return "already there";
    case ScanState::failed:
      break;
  }
  return "failed";
}

/// "model", or with the number of slices where there are several methods.
std::string methods_text(const Json& made_by) {
  if (!made_by.is_object() || made_by.empty()) return "-";
  if (made_by.size() == 1) return made_by.begin().key();
  std::string text;
  for (const auto& [method, count] : made_by.items()) {
    text += (text.empty() ? "" : ", ") + method + " " + count.dump();
  }
  return text;
}

Row row_of_scan(const ScanResult& r) {
  char seconds[32];
  std::snprintf(seconds, sizeof seconds, "%.1f", r.seconds);
  const bool failed = r.state == ScanState::failed;
  return {r.task.name,
          failed ? "-" : std::to_string(r.slices_before) + " -> " + std::to_string(r.slices),
          failed ? "-" : methods_text(r.made_by), seconds,
          failed ? std::string("failed: ") + (r.error ? r.error->what() : "")
          : r.state == ScanState::already_there ? r.out + ", already there"
                                                : r.out};
}

/// Characters of UTF-8, which take one column each in most scripts.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string line_of_row(const Row& row, const std::array<std::size_t, 5>& widths) {
  std::string line;
  for (std::size_t c = 0; c < row.size(); ++c) {
    const std::string space(widths[c] - width_of(row[c]), ' ');
    const bool number = c == 3;
    const bool last = c + 1 == row.size();
    line += number ? space + row[c] : row[c] + (last ? "" : space);
    if (!last) line += "  ";
  }
  return line + "\n";
}

Json error_json(const nn::Error& e) {
  return {{"where", e.where()}, {"got", e.got()},   {"expected", e.expected()},
          {"hint", e.hint()},   {"text", e.what()}, {"exit_code", e.exit_code()}};
}

Json scan_json(const ScanResult& r) {
  const auto known = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  const bool failed = r.state == ScanState::failed;
  return {{"scan", r.task.scan},
          {"series", known(r.task.series)},
          {"name", r.task.name},
          {"state", word_of(r.state)},
          {"out", known(r.out)},
          {"record", known(r.record)},
          {"slices_before", failed ? Json() : Json(r.slices_before)},
          {"slices", failed ? Json() : Json(r.slices)},
          {"made_by", failed ? Json() : r.made_by},
          {"seconds", r.seconds},
          {"warnings", r.warnings},
          {"error", r.error ? error_json(*r.error) : Json()}};
}

}  // namespace

std::string to_text(const ManyResult& result) {
  std::vector<Row> rows{{"scan", "slices", "made by", "seconds", "output"}};
  for (const ScanResult& r : result.scans) rows.push_back(row_of_scan(r));
  std::array<std::size_t, 5> widths{};
  for (const Row& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], width_of(row[c]));
  }
  std::string text;
  for (const Row& row : rows) text += line_of_row(row, widths);
  const Part& part = result.options.part;
  const std::size_t there = result.count(ScanState::already_there);
  const std::size_t made = result.count(ScanState::made);
  text += std::to_string(made) + " made, " + std::to_string(there) + " already there, " +
          std::to_string(result.count(ScanState::failed)) +
          " failed: " + std::to_string(result.scans.size()) +
          (result.scans.size() == 1 ? " scan" : " scans");
  if (part.count > 1) {
    text += ", part " + std::to_string(part.index) + "/" + std::to_string(part.count) + " of " +
            std::to_string(result.of_all);
  }
  return text + ", in " + result.options.out_dir + " (synthetic slices are for research)\n";
}

Json to_json(const ManyResult& result) {
  Json scans = Json::array();
  for (const ScanResult& r : result.scans) scans.push_back(scan_json(r));
  const ManyOptions& o = result.options;
  const std::size_t failed = result.count(ScanState::failed);
  return {{"many_scans", 1},
          {"command_line", o.command_line},
          {"out_dir", o.out_dir},
          {"part", {{"index", o.part.index}, {"count", o.part.count}}},
          {"scans_of_all_parts", result.of_all},
          {"made", result.count(ScanState::made)},
          {"already_there", result.count(ScanState::already_there)},
          {"failed", failed},
          {"exit_code", failed > 0 ? 1 : 0},
          {"scans", scans}};
}

}  // namespace train
