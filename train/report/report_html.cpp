// Reports as one page: what it shows without scripts, and the data that its script shows.
#include <nlohmann/json.hpp>

#include "data/draw/markup.h"
#include "nn/core/error.h"
#include "train/report/headline.h"
#include "train/report/report.h"
#include "train/report/report_page.h"
#include "train/report/report_tables.h"
#include "train/view/view_files.h"

namespace train {
namespace {

std::string element(const std::string& tag, const std::string& content,
                    const std::string& style = "") {
  return "<" + tag + (style.empty() ? "" : " class=\"" + style + "\"") + ">" + content + "</" +
         tag + ">\n";
}

std::string text_in(const std::string& tag, const std::string& text,
                    const std::string& style = "") {
  return element(tag, data::escaped(text), style);
}

std::string html_cell(const std::string& tag, const std::string& attributes, const Cell& cell) {
  std::string text = "<" + tag + attributes + ">" + data::escaped(cell.text);
  if (!cell.interval.empty()) text += " <span class=\"interval\">" + cell.interval + "</span>";
  return text + "</" + tag + ">";
}

std::string html_table(const Table& table) {
  std::string text = text_in("h3", table.title);
  if (!table.note.empty()) text += text_in("p", table.note, "note");
  text += "<div class=\"wide\"><table>\n<thead><tr>";
  for (const std::string& name : table.header) {
    text += html_cell("th", " scope=\"col\"", {name, ""});
  }
  text += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    const bool own = !row.empty() && row[0].text == method_label(kMethodModel);
    text += own ? "<tr class=\"own\">" : "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += i == 0 ? html_cell("th", " scope=\"row\"", row[i]) : html_cell("td", "", row[i]);
    }
    text += "</tr>\n";
  }
  return text + "</tbody>\n</table></div>\n";
}

std::string result(const ScanReport& r, bool named) {
  const Verdict verdict = verdict_of(r);
  std::string text;
  if (named) text += text_in("p", r.scan, "scan");
  for (const std::string& s : cautions(r)) text += text_in("p", s, "caution");
  text += text_in("p", verdict_words(verdict) + ".", "verdict") + text_in("p", headline(r), "main");
  std::string rest;
  for (const std::string& s : details(r)) rest += (rest.empty() ? "" : " ") + s;
  if (!rest.empty()) text += text_in("p", rest);
  std::string style = "result";
  // No colour for numbers that do not mean what they seem to.
  if (cautions(r).empty() && verdict == Verdict::better) style += " better";
  if (cautions(r).empty() && verdict == Verdict::worse) style += " worse";
  return element("div", "\n" + text, style);
}

using Facts = std::vector<std::pair<std::string, std::string>>;

std::string facts_table(const Facts& facts) {
  std::string text = "<div class=\"wide\"><table class=\"facts\">\n<tbody>\n";
  for (const auto& [name, value] : facts) {
    text += "<tr><th scope=\"row\">" + data::escaped(name) + "</th><td>" + data::escaped(value) +
            "</td></tr>\n";
  }
  return text + "</tbody>\n</table></div>\n";
}

std::string regions_text(const ScanReport& r) {
  std::string text;
  for (const data::Region& region : r.regions.parts) {
    text += (text.empty() ? "" : ", ") + region.name + " " + std::to_string(region.first) + " to " +
            std::to_string(region.last);
  }
  return text + (r.regions.head ? "" : " (not recognised as a head)");
}

std::string tested(const ScanReport& r) {
  const nn::index last = r.regions.parts.back().last;
  Facts facts{
      {"Scan", r.scan},
      {"Tested", std::to_string(r.slices) + " of its " + std::to_string(last + 1) +
                     " slices were predicted from others and compared with what was "
                     "measured"},
      {"Slices", std::to_string(r.width) + " x " + std::to_string(r.height) + " pixels" +
                     (r.spacing > 0 ? ", " + data::fixed(r.spacing, 2) + " mm apart" : "")},
      {"Factor",
       std::to_string(r.factor) + ", known slices " +
           (r.spacing > 0 ? data::fixed(r.spacing * static_cast<double>(r.factor), 2) + " mm apart"
                          : std::to_string(r.factor) + " slices apart") +
           (r.in_passes ? "; the network halved gaps again and again" : "")},
      {"Trained on", r.trained_on ? "yes, this scan was in the training" : "no"},
      {"Regions, by slice", regions_text(r)}};
  for (const std::string& w : r.warnings) facts.emplace_back("Warning", w);
  return facts_table(facts);
}

std::string scan_section(const ScanReport& r) {
  std::string text = text_in("h2", r.scan) + result(r, false);
  text += text_in("p", protocol_meaning(r)) + tested(r);
  for (const Table& table : scan_tables(r)) text += html_table(table);
  return text;
}

std::string model_section(const Report& report) {
  const ModelCard& m = report.model;
  const TrainingRecord& t = m.training;
  std::string text = text_in("h2", "The model");
  Facts facts{{"File", m.file},
              {"SHA-256", m.sha256},
              {"Recipe", m.recipe.name + ", protocol " + data::to_string(m.recipe.protocol)},
              {"Parameters", std::to_string(m.parameters) + " in the generator"},
              {"Training", std::to_string(t.steps) + " of " + std::to_string(t.total_steps) +
                               " steps, seed " + std::to_string(t.seed)},
              {"Written by", "ct2ct " + m.version}};
  const auto add_scan = [&](const std::string& when, const SourceInfo& s) {
    facts.emplace_back(when, s.name + ", " + std::to_string(s.slices) + " slices of " +
                                 std::to_string(s.width) + " x " + std::to_string(s.height) +
                                 (s.unit == data::to_string(data::Unit::hu)
                                      ? ", " + data::fixed(s.slice_spacing, 2) + " mm apart"
                                      : "") +
                                 "; SHA-256 " + s.sha256);
  };
  for (const SourceInfo& s : t.sources) add_scan("Trained on", s);
  if (!t.from.empty()) facts.emplace_back("Started from", "model with SHA-256 " + t.from);
  for (const SourceInfo& s : t.before) add_scan("Trained on before", s);
  text += facts_table(facts);
  return text + element("details", text_in("summary", "The whole recipe") +
                                       text_in("pre", nlohmann::json(m.recipe).dump(2)));
}

std::string reading_section() {
  std::string text = text_in("h2", "How to read this page");
  for (const char* line :
       {"Everything is measured against slices that the scanner measured and the methods did not "
        "see. None of the numbers says that a slice is fit for diagnosis.",
        "PSNR in dB is a mean squared error on a logarithmic scale: 3 dB more are half of it. It "
        "depends on its window: full -1024 to 2048 HU, soft -100 to 200 HU, bone 200 to 1500 HU. "
        "Compare only within one window and one scan.",
        "Intervals in square brackets are 95 % bootstrap intervals over slices. They speak of this "
        "scan only: other patients, scanners and kernels are not in them. Neighbouring slices are "
        "alike, so the true intervals are wider and the true p-values larger.",
        "A smoother slice can have a smaller error than a faithful one. The last table says "
        "whether noise and sharpness are those of the scan.",
        "metrics.json has all of these numbers, slices.csv those of each slice; "
        "docs/audit/metrics.md of "
        "ct2ct defines them."}) {
    text += text_in("p", line);
  }
  return text;
}

/// The report without scripts.
std::string still(const Report& report) {
  std::string text;
  const bool several = report.scans.size() > 1;
  if (several) {
    for (const ScanReport& r : report.scans) text += result(r, true);
    text += html_table(overview(report.scans));
  }
  for (const ScanReport& r : report.scans) text += scan_section(r);
  return text + model_section(report) + reading_section();
}

}  // namespace

std::string to_report_html(const Report& report) {
  nn::require(!report.scans.empty(), "report", "no scans", "at least one");
  const std::string json = "application/json";
  std::string data = data_element("ct2ct-report", json, to_page_text(to_report_json(report))) +
                     data_element("ct2ct-page", json, to_page_text(to_page_data(report)));
  for (std::size_t i = 0; i < report.scans.size(); ++i) {
    data += data_element("ct2ct-pictures-" + std::to_string(i), "text/plain",
                         "\n" + picture_lines(report.scans[i]));
  }
  std::string page = page_template("report");
  fill_in(page, "data", data);  // before the text, in which a name could look like a mark
  fill_in(page, "still", still(report));
  return page;
}

}  // namespace train
