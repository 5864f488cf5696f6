#include "train/view/scan_record.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <string_view>

#include "data/files/sha256.h"
#include "data/io/read.h"
#include "data/io/write.h"
#include "data/volume/placement.h"
#include "nn/core/error.h"

namespace train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using nn::index;

constexpr std::uintmax_t kMostBytes = 64 << 20;  // a record of 30,000 slices has 20 MB

/// Input error for what cannot be read or is far too large.
std::string whole_text(const std::string& path) {
  std::error_code none;
  const std::uintmax_t size = fs::file_size(path, none);
  nn::require(!none, path, "no file that can be read", "a record, as interpolate writes it");
  nn::require(size <= kMostBytes, path, std::to_string(size) + " bytes", "a record below 64 MB");
  std::ifstream in(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(in), {}};
  nn::require(!in.bad() && text.size() == size, path, "a file that cannot be read", "a record");
  return text;
}

std::string text_field(const Json& j, const char* name) {
  const auto at = j.find(name);
  return at != j.end() && at->is_string() ? at->get<std::string>() : "";
}

/// One line of CSV (RFC 4180, without line breaks inside of fields).
std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += c;
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

std::optional<double> number_in(const std::string& text) {
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return {};
  return value;
}

/// The hash that the record gives for an output; with an ending for the first one of such a name.
struct NamedHash {
  std::string path, sha256;
};

NamedHash table_of(const Json& record) {
  const auto outputs = record.find("outputs");
  if (outputs == record.end() || !outputs->is_array()) return {};
  for (const Json& o : *outputs) {
    const std::string path = text_field(o, "path");
    if (path.ends_with(".slices.csv")) return {path, text_field(o, "sha256")};
  }
  return {};
}

bool has_output(const Json& record, const std::string& sha256) {
  const auto outputs = record.find("outputs");
  if (outputs == record.end() || !outputs->is_array()) return false;
  return std::any_of(outputs->begin(), outputs->end(),
                     [&](const Json& o) { return text_field(o, "sha256") == sha256; });
}

/// Input error unless the file is the record of the interpolation that wrote `scan`.
Json record_in(const std::string& path, const data::Volume& scan) {
  Json j = Json::parse(whole_text(path), nullptr, false);
  const bool known = j.is_object() && text_field(j, "command") == "interpolate" &&
                     j.contains("record") && j["record"] == 1;
  nn::require(known, path, "another file",
              "the record of an interpolation, as interpolate writes "
              "it beside its output",
              "leave --record out, or name that file");
  nn::require(has_output(j, data::input_files(scan).sha256), path,
              "the record of other files than " + scan.source, "the record of these, by their hash",
              "leave --record out, or name the record beside the scan");
  return j;
}

/// The table that the record names, in the record's own folder.
std::vector<SliceKind> table_beside(const std::string& record_file, const Json& record,
                                    index slices) {
  const NamedHash named = table_of(record);
  nn::require(!named.path.empty(), record_file, "no table of slices among the outputs",
              "NAME.slices.csv", "methods cannot be shown without it");
  const fs::path name = fs::path(named.path).filename();
  const std::string table = (fs::path(record_file).parent_path() / name).string();
  const std::string text = whole_text(table);
  nn::require(data::sha256_of(text.data(), text.size()) == named.sha256, table,
              "another hash than the record has", "the table as interpolate wrote it");
  return read_slice_table(text, slices, table);
}

/// Where the record of a scan lies that interpolate has written.
std::string record_beside(const data::Volume& scan) {
  if (scan.format == "phantom") return "";
  const data::OutputFormat format = scan.nifti   ? data::OutputFormat::nifti
                                    : scan.dicom ? data::OutputFormat::dicom
                                                 : data::OutputFormat::png;
  const std::string path = data::beside(scan.source, format, ".record.json");
  std::error_code none;
  return fs::is_regular_file(path, none) ? path : "";
}

std::vector<SliceKind> kinds_by_place(const data::Volume& scan, const data::Volume& before) {
  const data::Placement here(scan), there(before);
  const double tolerance = 0.01 * std::min(here.step(), there.step());
  std::vector<double> depths;  // of the slices that `before` has, along this scan's normal
  for (index k = 0; k < there.slices(); ++k) {
    depths.push_back(data::dot(here.normal(), there.origin(k)));
  }
  std::sort(depths.begin(), depths.end());
  std::vector<SliceKind> kinds;
  for (index k = 0; k < here.slices(); ++k) {
    const double depth = here.depth(k);
    const auto above = std::lower_bound(depths.begin(), depths.end(), depth - tolerance);
    if (above != depths.end() && *above <= depth + tolerance) {
      kinds.push_back({});
      continue;
    }
    SliceKind made{SliceKind::Kind::synthetic};
    if (above != depths.begin() && above != depths.end()) {
      const double low = *(above - 1);
      made.t = (depth - low) / (*above - low);
    }
    kinds.push_back(made);
  }
  return kinds;
}

}  // namespace

std::vector<SliceKind> read_slice_table(const std::string& text, index slices,
                                        const std::string& where) {
  std::map<std::string, std::size_t> columns;
  std::vector<SliceKind> kinds;
  std::size_t from = 0;
  while (from < text.size()) {
    const std::size_t end = std::min(text.find('\n', from), text.size());
    std::string_view line(text.data() + from, end - from);
    if (line.ends_with('\r')) line.remove_suffix(1);
    from = end + 1;
    const std::vector<std::string> fields = fields_of(line);
    if (columns.empty()) {
      for (std::size_t i = 0; i < fields.size(); ++i) columns[fields[i]] = i;
      for (const char* name : {"index", "kind", "t", "method", "expected_error_hu"}) {
        nn::require(columns.contains(name), where, "no column '" + std::string(name) + "'",
                    "a table of slices, as interpolate writes it");
      }
      continue;
    }
    const auto value = [&](const char* name) {
      const std::size_t i = columns[name];
      return i < fields.size() ? fields[i] : std::string();
    };
    const std::string kind = value("kind");
    const bool made = kind.starts_with("synthetic");
    nn::require(
        (made || kind.starts_with("real")) && value("index") == std::to_string(kinds.size()), where,
        "row " + std::to_string(kinds.size()) + " of kind '" + kind + "'",
        "rows in order, real or synthetic");
    SliceKind row;
    if (made) {
      row = {SliceKind::Kind::synthetic, number_in(value("t")), value("method"),
             number_in(value("expected_error_hu"))};
    }
    kinds.push_back(row);
  }
  nn::require(std::ssize(kinds) == slices, where, std::to_string(kinds.size()) + " rows",
              std::to_string(slices) + ", one for each slice");
  return kinds;
}

std::optional<ScanRecord> find_record(const data::Volume& scan, const std::string& path,
                                      Messages& messages) {
  const std::string file = path.empty() ? record_beside(scan) : path;
  if (file.empty()) return {};
  ScanRecord found;
  try {
    found.json = record_in(file, scan);
  } catch (const nn::Error& e) {
    if (!path.empty()) throw;
    messages.warn(e.where() + ": " + e.got() + "; it is left out");
    return {};
  }
  try {
    found.slices = table_beside(file, found.json, scan.slices());
  } catch (const nn::Error& e) {
    messages.warn(e.where() + ": " + e.got() + "; methods of single slices are not shown");
  }
  return found;
}

std::vector<SliceKind> slice_kinds(const data::Volume& scan, const data::Volume* before,
                                   const std::optional<ScanRecord>& record) {
  if (record && !record->slices.empty()) return record->slices;
  if (before != nullptr) return kinds_by_place(scan, *before);
  const bool doubtful = record.has_value() || !data::interpolated_before(scan).empty();
  return std::vector<SliceKind>(
      static_cast<std::size_t>(scan.slices()),
      SliceKind{doubtful ? SliceKind::Kind::unknown : SliceKind::Kind::real});
}

std::vector<data::SliceNote> notes_of(const std::vector<SliceKind>& kinds) {
  using Kind = data::SliceNote::Kind;
  std::vector<data::SliceNote> notes;
  for (const SliceKind& k : kinds) {
    const Kind kind = k.kind == SliceKind::Kind::real        ? Kind::measured
                      : k.kind == SliceKind::Kind::synthetic ? Kind::synthetic
                                                             : Kind::unknown;
    notes.push_back({kind, k.t, k.method});
  }
  return notes;
}

}  // namespace train
