// What an evaluation writes: numbers for programs (JSON, CSV), tables for a terminal (Markdown),
// and a page for readers (HTML). All of them show the same numbers. None holds a path of the
// machine, a date or anything else that would differ the next time.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "data/draw/plot.h"
#include "data/files/output_set.h"
#include "train/evaluate/evaluate.h"
#include "train/predict/model_file.h"
#include "train/report/montage.h"

namespace train {

// What a report says of the model that it is about.

struct ModelCard {
  std::string file;     ///< its name without the path: paths say too much about a user
  std::string sha256;   ///< of the file
  std::string version;  ///< of the ct2ct that wrote it
  nn::index parameters = 0;
  Recipe recipe;
  TrainingRecord training;
};

/// `path`: the file that `model` was loaded from.
ModelCard model_card(const std::string& path, const Model& model);

nlohmann::ordered_json to_card_json(const ModelCard& card);

struct Report {
  ModelCard model;
  std::vector<ScanReport> scans;
  std::vector<data::Series> losses;  ///< loss_series(); empty when nobody kept them
};

nlohmann::ordered_json to_report_json(const Report& report);
/// Field "lesions" of a scan: every lesion, and what each method shows of it.
nlohmann::ordered_json to_lesions_json(const LesionReport& lesions);

/// Tables in Markdown that read well on a terminal, too.
std::string to_report_text(const Report& report);

/// The same in short, for a terminal of 100 columns: one table of the methods, what limits its
/// meaning, and whether the model is ahead of the best method without a network.
std::string to_summary_text(const Report& report);

/// One line a slice and method, in the order of scans, slices and methods; RFC 4180. Columns:
/// docs/audit/metrics.md.
std::string to_report_csv(const Report& report);

/// One self-contained page, which tools/web builds and this fills. It holds report_json_text(), and
/// beside it what the page draws (report_page.h). Without scripts it shows the sentences and tables
/// of this report in English.
std::string to_report_html(const Report& report);

// The folder that holds a report: report.html, report.md, metrics.json, slices.csv and a montage
// for each scan.

/// Input error, before the long work, when `path` exists and may not be replaced.
void check_report_folder(const std::string& path, std::size_t scans, bool force);

/// Adds the folder to the set.
void write_report(data::OutputSet& outputs, const std::string& path, const Report& report);

/// to_report_json() as text. File names may hold bytes that are no UTF-8: they become U+FFFD.
std::string report_json_text(const Report& report);

}  // namespace train
