#include "train/view/view_files.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "data/files/atomic_file.h"
#include "data/files/output_set.h"
#include "nn/core/error.h"
#include "train/fill/record.h"
#include "train/program/version.h"
#include "train/view/page_volume.h"
#include "train/view/scan_record.h"

namespace train {
namespace {

using Json = nlohmann::ordered_json;
using nn::index;

constexpr std::string_view kDataMark = "<!--ct2ct-data-->";
constexpr double kMapStep = 0.125;  // docs/audit/uncertainty.md
constexpr std::size_t kLongestText = 200;

/// A field of a record, if it is a number, a truth value or a short text.
Json plain(const Json& j, const char* name) {
  const auto at = j.is_object() ? j.find(name) : j.end();
  if (!j.is_object() || at == j.end()) return {};
  if (at->is_number() || at->is_boolean()) return *at;
  if (!at->is_string() || at->get_ref<const std::string&>().size() > kLongestText) return {};
  return *at;
}

Json part(const Json& j, const char* name) {
  return j.is_object() && j.contains(name) ? j[name] : Json();
}

std::optional<double> mean_of(const Json& list) {
  if (!list.is_array() || list.empty()) return {};
  double sum = 0;
  for (const Json& x : list) {
    if (!x.is_number()) return {};
    sum += x.get<double>();
  }
  return sum / static_cast<double>(list.size());
}

/// Of each method's check, as tenths of the pixels are alike in number: "61.0, 58.2", in HU.
Json map_check(const Json& record) {
  std::string text;
  const Json methods = part(part(record, "uncertainty"), "methods");
  if (!methods.is_array()) return {};
  for (const Json& m : methods) {
    const Json check = part(m, "check");
    const auto expected = mean_of(part(check, "expected_by_tenths"));
    const auto observed = mean_of(part(check, "observed_by_tenths"));
    if (!expected || !observed) continue;
    char both[64];
    std::snprintf(both, sizeof both, "%.1f, %.1f", *expected, *observed);
    text += (text.empty() ? "" : "; ") + std::string(both);
  }
  return text.empty() ? Json() : Json(text);
}

/// The verdict of the self-check in both languages of the page, {en, es}; null in older records.
Json verdict_sentences(const Json& record) {
  constexpr std::size_t kLongest = 4000;  // a scan may have many gaps of another method
  const Json sentence = part(part(record, "verdict"), "sentence");
  const Json en = part(sentence, "en"), es = part(sentence, "es");
  if (!en.is_string() || !es.is_string()) return {};
  if (en.get_ref<const std::string&>().size() > kLongest) return {};
  if (es.get_ref<const std::string&>().size() > kLongest) return {};
  return {{"en", en}, {"es", es}};
}

/// What the page shows of a record: no path, no name, no command line.
Json to_page_record(const Json& record) {
  const Json inputs = part(record, "inputs");
  const Json program = part(record, "program"), options = part(record, "options");
  const Json version = plain(program, "version");
  return {{"program", version.is_string() ? Json("ct2ct " + version.get<std::string>()) : Json()},
          {"commit", plain(program, "commit")},
          {"date", plain(record, "date")},
          {"method", plain(options, "method")},
          {"factor", plain(options, "factor")},
          {"slices_before", plain(record, "slices_before")},
          {"slices", plain(record, "slices")},
          {"self_check", plain(part(record, "self_check"), "used")},
          {"verdict", verdict_sentences(record)},
          {"trained_for", plain(part(record, "trained_for"), "known")},
          {"uncertainty", map_check(record)},
          {"model_sha256", plain(part(record, "model"), "sha256")},
          {"input_sha256",
           inputs.is_array() && !inputs.empty() ? plain(inputs[0], "scan_sha256") : Json()}};
}

/// How many slices each method made, with the lowest, middle and highest expected error.
Json to_made_by(const std::vector<SliceKind>& kinds) {
  std::map<std::string, std::pair<index, std::vector<double>>> made;
  for (const SliceKind& s : kinds) {
    if (s.kind != SliceKind::Kind::synthetic) continue;
    auto& [count, errors] = made[s.method];
    ++count;
    if (s.expected_error) errors.push_back(*s.expected_error);
  }
  Json list = Json::array();
  for (auto& [method, entry] : made) {
    auto& [count, errors] = entry;
    Json j{{"method", method}, {"slices", count}};
    std::sort(errors.begin(), errors.end());
    if (!errors.empty()) {
      j["expected_error"] = {errors.front(), errors[errors.size() / 2], errors.back()};
    }
    list.push_back(std::move(j));
  }
  return list;
}

Json named(const std::string& name, const data::Window& w) {
  return {{"name", name}, {"low", w.low}, {"high", w.high}};
}

/// The window shown at first, then those that a scan in HU can also be shown with.
Json to_windows(const data::Volume& scan, const std::optional<data::AskedWindow>& asked,
                const data::ShownWindow& shown) {
  const bool own = scan.dicom && scan.dicom->window && !asked;
  Json windows = Json::array();
  windows.push_back(named(asked ? "asked" : own ? "scan" : "usual", shown.window));
  if (scan.unit != data::Unit::hu) return windows;
  for (const char* name : {"brain", "bone", "soft", "lung"}) {
    windows.push_back(named(name, data::asked_window(name).window.window()));
  }
  if (asked && scan.dicom && scan.dicom->window) {
    windows.push_back(named("scan", scan.dicom->window->window()));
  }
  return windows;
}

/// The value below which 99 of 100 voxels are that have one.
double highest_shown(const data::Volume& map) {
  std::vector<float> values;
  for (index k = 0; k < map.slices(); ++k) {
    const nn::Tensor slice = map.slice(k);
    for (index i = 0; i < slice.numel(); ++i) {
      if (slice.data()[i] > 0) values.push_back(static_cast<float>(slice.data()[i]));
    }
  }
  if (values.empty()) return 1;
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 99 / 100);
  std::nth_element(values.begin(), at, values.end());
  return std::max(1.0, std::ceil(static_cast<double>(*at)));
}

data::Volume read_map(const std::string& path, const data::Volume& scan) {
  data::ReadOptions read;
  read.axis = scan.slice_axis;
  data::Volume map = data::read_volume(path, read);
  bool alike = map.dims == scan.dims;
  for (std::size_t row = 0; alike && row < 3; ++row) {
    for (std::size_t c = 0; c < 4; ++c) {
      alike = alike && std::fabs(map.affine[row][c] - scan.affine[row][c]) < 0.01;
    }
  }
  nn::require(alike, path, "a map on other voxels than those of " + scan.source,
              "the map that --uncertainty wrote with this scan");
  return map;
}

/// Everything that the page holds.
struct Content {
  std::vector<data::Volume> scans;
  std::vector<std::vector<SliceKind>> kinds;  ///< of each scan
  std::optional<ScanRecord> record;           ///< of the last scan
  std::optional<data::Volume> map;
  data::ShownWindow shown;
  index reduction = 1;
};

Content read_content(const ViewOptions& o, Messages& messages) {
  Content c;
  c.scans.push_back(data::read_volume(o.scan, o.read));
  if (!o.after.empty()) {
    data::ReadOptions read;  // what interpolate has written needs no other option
    read.axis = o.read.axis;
    c.scans.push_back(data::read_volume(o.after, read));
  }
  const data::Volume& first = c.scans.front();
  const data::Volume& last = c.scans.back();
  nn::require(last.unit == first.unit, last.source, data::to_string(last.unit),
              data::to_string(first.unit) + " as in " + first.source);
  for (const data::Volume& v : c.scans) messages.warn(v.warnings, v.source);
  const bool two = c.scans.size() > 1;
  c.record = find_record(last, o.record, messages);
  if (two) c.kinds.push_back(slice_kinds(first, nullptr, find_record(first, "", messages)));
  c.kinds.push_back(slice_kinds(last, two ? &first : nullptr, c.record));
  if (!o.uncertainty.empty()) c.map = read_map(o.uncertainty, last);
  c.shown = data::window_of(first, o.window);
  std::vector<const data::Volume*> all;
  for (const data::Volume& v : c.scans) all.push_back(&v);
  c.reduction = page_reduction(all);
  return c;
}

std::string element(const std::string& id, const std::string& type, const std::string& text) {
  return "<script type=\"" + type + "\" id=\"" + id + "\">" + text + "</script>\n";
}

/// The elements that the page reads: texts first, then the volumes.
std::string elements_of(const ViewOptions& o, const Content& c) {
  Json infos = Json::array();
  std::string volumes;
  for (std::size_t i = 0; i < c.scans.size(); ++i) {
    const std::string id = "ct2ct-volume-" + std::to_string(i);
    PageVolume v = page_volume(c.scans[i], c.kinds[i], id, c.reduction);
    infos.push_back(std::move(v.info));
    volumes += element(id, "text/plain", v.base64);
  }
  Json uncertainty;
  if (c.map) {
    PageVolume v = page_volume(*c.map, c.kinds.back(), "ct2ct-errors", c.reduction, kMapStep);
    uncertainty = {{"volume", std::move(v.info)}, {"highest", highest_shown(*c.map)}};
    volumes += element("ct2ct-errors", "text/plain", v.base64);
  }
  const Json windows = to_windows(c.scans.front(), o.window, c.shown);
  const Json page{{"version", 1},
                  {"program", std::string("ct2ct ") + kVersion},
                  {"volumes", std::move(infos)},
                  {"uncertainty", std::move(uncertainty)},
                  {"windows", windows},
                  {"window", windows[0]},
                  {"made_by", to_made_by(c.kinds.back())},
                  {"record", c.record ? to_page_record(c.record->json) : Json()}};
  return element("ct2ct-page", "application/json", to_page_text(page)) + volumes;
}

std::string page_of(const ViewOptions& o, const Content& c) {
  std::string page = view_template();
  const std::size_t at = page.find(kDataMark);
  nn::require(at != std::string::npos, "view", "a page without a place for data",
              "the page that tools/web builds");
  page.replace(at, kDataMark.size(), elements_of(o, c));
  return page;
}

ViewDone summary_of(const Content& c, std::size_t bytes) {
  ViewDone done;
  done.bytes = bytes;
  done.slices_before = c.scans.size() > 1 ? c.scans.front().slices() : 0;
  done.slices = c.scans.back().slices();
  for (const SliceKind& s : c.kinds.back()) {
    done.synthetic += s.kind == SliceKind::Kind::synthetic ? 1 : 0;
    done.unknown += s.kind == SliceKind::Kind::unknown ? 1 : 0;
  }
  done.reduction = c.reduction;
  return done;
}

Json options_of(const ViewOptions& o, const Content& c, const Json& more) {
  const auto given = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  Json j{{"uncertainty", given(o.uncertainty)}, {"record", given(o.record)}};
  j.update(to_read_json(o.read));
  j["axis"] = c.scans.back().slice_axis;
  j.update(more);
  return j;
}

}  // namespace

std::string to_page_text(const Json& json) {
  const std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  std::string safe;
  for (const char ch : text) {
    switch (ch) {
      case '<':
        safe += "\\u003c";
        break;
      case '>':
        safe += "\\u003e";
        break;
      case '&':
        safe += "\\u0026";
        break;
      default:
        safe += ch;
    }
  }
  return safe;
}

ViewDone write_view(const ViewOptions& o, const std::vector<std::string>& command_line,
                    const Json& more_options, Messages& messages) {
  nn::require(o.out.ends_with(".html"), "--out", "'" + o.out + "'", "a name that ends in .html");
  const std::string record_file = record_path(o.out);
  for (const std::string& path : {o.out, record_file}) const data::AtomicFile probe(path, o.force);
  const Content c = read_content(o, messages);
  messages.require_none();
  Record record("view", command_line);
  for (const data::Volume& v : c.scans) record.add_input(v);
  if (c.map) record.add_input(*c.map);
  record.set_options(options_of(o, c, more_options));
  const std::string page = page_of(o, c);
  const ViewDone done = summary_of(c, page.size());
  record.set_result({{"out", o.out},
                     {"synthetic", done.synthetic},
                     {"unknown", done.unknown},
                     {"reduction", done.reduction},
                     {"window", to_window_json(c.shown)}});
  data::OutputSet outputs(o.force);
  outputs.put(o.out, page);
  record.write(outputs, record_file, messages);
  outputs.commit();
  return done;
}

}  // namespace train
