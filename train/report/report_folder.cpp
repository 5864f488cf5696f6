#include "train/report/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "data/files/atomic_file.h"

namespace train {
namespace {

std::string montage_name(std::size_t scan, std::size_t scans) {
  return scans == 1 ? "montage.png" : "montage_" + std::to_string(scan + 1) + ".png";
}

/// Names that a report on any number of scans may have, so that one can replace another.
std::vector<std::string> report_files(std::size_t scans) {
  std::vector<std::string> names{"metrics.json", "slices.csv", "report.md", "report.html",
                                 montage_name(0, 1)};
  for (std::size_t i = 0; i < std::max(scans, std::size_t{100}); ++i) {
    names.push_back(montage_name(i, 2));
  }
  return names;
}

}  // namespace

void check_report_folder(const std::string& path, std::size_t scans, bool force) {
  const data::AtomicFolder probe(path, report_files(scans), force);
}

std::string report_json_text(const Report& report) {
  using Handler = nlohmann::ordered_json::error_handler_t;
  return to_report_json(report).dump(2, ' ', false, Handler::replace) + "\n";
}

void write_report(data::OutputSet& outputs, const std::string& path, const Report& report) {
  const data::AtomicFolder& folder = outputs.folder(path, report_files(report.scans.size()));
  const auto write = [&](const std::string& name, const auto& content) {
    data::write_file(folder.folder() + "/" + name, content.data(), content.size(), false);
  };
  for (std::size_t i = 0; i < report.scans.size(); ++i) {
    write(montage_name(i, report.scans.size()), montage_file(report.scans[i]).png);
  }
  write("metrics.json", report_json_text(report));
  write("slices.csv", to_report_csv(report));
  write("report.md", to_report_text(report));
  write("report.html", to_report_html(report));
}

}  // namespace train
