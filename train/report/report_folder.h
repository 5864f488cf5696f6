// The folder that holds a report: report.html, report.md, metrics.json, slices.csv and a montage
// for each scan.
#pragma once

#include <cstddef>
#include <string>

#include "data/files/output_set.h"
#include "train/report/report.h"

namespace train {

/// Input error, before the long work, when `path` exists and may not be replaced.
void check_report_folder(const std::string& path, std::size_t scans, bool force);

/// Adds the folder to the set.
void write_report(data::OutputSet& outputs, const std::string& path, const Report& report);

/// to_report_json() as text. File names may hold bytes that are no UTF-8: they become U+FFFD.
std::string report_json_text(const Report& report);

}  // namespace train
