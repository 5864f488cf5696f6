// The parts of report.html that its JSON has not: what the page draws. And the pages as tools/web
// builds them.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "train/report/report.h"

namespace train {

/// Pixels of all pictures of one method in one page: 50 slices of 512 x 512 are reduced by 2, and
/// the page then has about 10 MB.
inline constexpr double kPagePixels = 4.5e6;

/// tools/web/src/report/data.ts, PageData: for each scan the scores of each slice and what its
/// pictures are, then the losses of the training.
nlohmann::ordered_json to_page_data(const Report& report);

nlohmann::ordered_json to_series_json(const std::vector<data::Series>& all);

/// The pictures of one scan, each slice on a line of its own: in base64 a gzip file of 16-bit
/// integers, of which all low bytes come first and then all high bytes. The integers are the truth,
/// the model minus the truth, and the best method without a network minus the truth; each of the
/// three row by row, and of each pixel the difference from the pixel before.
std::string picture_lines(const ScanReport& report);

/// "report" or "live": the page of that name before anything is put into it.
std::string page_template(const std::string& name);

/// The page with a text in the place of a mark, `<!--ct2ct-NAME-->`, which it must have once.
void fill_in(std::string& page, const std::string& name, const std::string& text);

/// An element of the page that holds data, whose text ends no element.
std::string data_element(const std::string& id, const std::string& type, const std::string& text);

}  // namespace train
