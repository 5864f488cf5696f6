// What an evaluation writes: numbers for programs (JSON, CSV), tables for a terminal (Markdown),
// and a page for readers (HTML). All of them show the same numbers. None holds a path of the
// machine, a date or anything else that would differ the next time.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "data/draw/plot.h"
#include "train/evaluate/evaluate.h"
#include "train/report/model_card.h"
#include "train/report/montage.h"

namespace train {

struct Report {
  ModelCard model;
  std::vector<ScanReport> scans;
  std::vector<data::Series> losses;  ///< loss_series(); empty when nobody kept them
};

nlohmann::ordered_json to_report_json(const Report& report);

/// Tables in Markdown that read well on a terminal, too.
std::string to_report_text(const Report& report);

/// One line a slice and method, in the order of scans, slices and methods; RFC 4180. Columns:
/// docs/audit/metrics.md.
std::string to_report_csv(const Report& report);

/// One self-contained page without scripts. `montages`: one for each scan.
std::string to_report_html(const Report& report, std::span<const MontageFile> montages);

}  // namespace train
