// Reports as Markdown.
#include <algorithm>

#include "train/report/headline.h"
#include "train/report/report.h"
#include "train/report/report_tables.h"

namespace train {
namespace {

/// Characters on a terminal.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

/// A name in one line that is no markup.
std::string plain(const std::string& name) {
  std::string text;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto code = static_cast<unsigned char>(name[i]);
    const bool tag = name[i] == '<' && i + 1 < name.size() && name[i + 1] != ' ';
    if (tag || name[i] == '|') text += '\\';
    text += code < 0x20 || code == 0x7F ? '?' : name[i];
  }
  return text;
}

std::string text_of(const Cell& cell) {
  return plain(cell.text) + (cell.interval.empty() ? "" : " " + cell.interval);
}

}  // namespace

std::string to_markdown(const Table& table) {
  std::vector<std::vector<std::string>> rows{table.header, {}};
  rows[1].assign(table.header.size(), "---");
  for (const auto& row : table.rows) {
    rows.emplace_back();
    for (const Cell& c : row) rows.back().push_back(text_of(c));
  }
  std::vector<std::size_t> widths(table.header.size(), 3);
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    text += "|";
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += " " + row[i] + std::string(widths[i] - width_of(row[i]), ' ') + " |";
    }
    text += "\n";
  }
  return text;
}

std::string to_report_text(const Report& report) {
  std::string text;
  const auto add_table = [&](const Table& table) {
    text += "### " + table.title + "\n\n";
    if (!table.note.empty()) text += table.note + "\n\n";
    text += to_markdown(table) + "\n";
  };
  for (const ScanReport& r : report.scans) {
    text += "## " + plain(r.scan) + ": " + std::to_string(r.slices) + " slices, protocol " +
            r.protocol + ", factor " + std::to_string(r.factor) +
            (r.in_passes ? ", in passes" : "") + "\n\n";
    for (const std::string& s : cautions(r)) text += s + "\n\n";
    text += headline(r);
    for (const std::string& s : details(r)) text += " " + s;
    text += " Synthetic slices, for research; 95 % bootstrap intervals throughout.\n\n";
    for (const Table& table : scan_tables(r)) add_table(table);
  }
  if (report.scans.size() > 1) add_table(overview(report.scans));
  return text;
}

}  // namespace train
