// The tables of a report, once for all its forms: Markdown and HTML show the same cells.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "train/evaluate/evaluate.h"

namespace train {

struct Cell {
  std::string text;
  std::string interval;  ///< "[1.20, 1.40]" or empty
};

/// The first column names the row.
struct Table {
  std::string title;
  std::string note;  ///< what a reader must know; may be empty
  std::vector<std::string> header;
  std::vector<std::vector<Cell>> rows;
};

/// Of one scan: methods against the truth, against cubic, by SSIM, by region, by t, by tissue, and
/// by texture, as far as the scan has them.
std::vector<Table> scan_tables(const ScanReport& report);

/// How much of small lesions each method shows, and how many spots it makes up.
Table lesion_table(const LesionReport& lesions);

/// Means over scans, each counting alike; none where a scan has no such number.
struct Overall {
  double over_cubic = 0;             ///< model over cubic, PSNR full, dB
  std::optional<double> soft;        ///< the same in soft tissue
  std::optional<double> mae_change;  ///< of the MAE in the body against cubic's, percent
  double slices_won = 0;             ///< percent
};
Overall overall(const std::vector<ScanReport>& scans);

/// One row a scan and their mean; meant for two or more.
Table overview(const std::vector<ScanReport>& scans);

/// Columns padded to one width, so that it reads well on a terminal, too.
std::string to_markdown(const Table& table);

}  // namespace train
