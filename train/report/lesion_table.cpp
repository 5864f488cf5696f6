// What the test of small lesions found, as a table and as JSON.
#include <nlohmann/json.hpp>

#include "data/draw/markup.h"
#include "train/report/report.h"
#include "train/report/report_tables.h"

namespace train {
namespace {

std::string percent_text(double share) { return data::fixed(100 * share, 0) + " %"; }

Cell shown_cell(const std::optional<LesionSummary>& s) {
  if (!s) return {"-", ""};
  const data::Summary& c = s->contrast;
  return {percent_text(c.mean),
          "[" + data::fixed(100 * c.lo, 0) + ", " + data::fixed(100 * c.hi, 0) + "]"};
}

nlohmann::ordered_json lesion_json(const LesionRow& row) {
  nlohmann::ordered_json j{{"slice", row.slice},
                           {"shape", row.lesion.tube ? "tube" : "ball"},
                           {"diameter_mm", row.lesion.diameter},
                           {"contrast_hu", row.lesion.contrast},
                           {"row", row.lesion.row},
                           {"column", row.lesion.column},
                           {"position_mm", row.lesion.z},
                           {"seen", kSeenNames.at(static_cast<std::size_t>(row.seen))}};
  for (std::size_t m = 0; m < kMethods.size(); ++m) {
    j["methods"][kMethods.at(m)] = {{"contrast", row.methods.at(m).contrast},
                                    {"volume", row.methods.at(m).volume}};
  }
  return j;
}

}  // namespace

Table lesion_table(const LesionReport& lesions) {
  Table table{
      "Small lesions",
      "Contrast shown of made-up lesions in the hidden slices, in percent of the true one, "
      "by how the known slices hold them. 100 % is right; of a lesion that has ended before "
      "the hidden slice, 0 %. A false spot is brighter or darker by 15 HU than in the true "
      "slice and in both known ones.",
      {"method", "seen well", "seen partly", "not seen", "ended: ghost", "false spots"},
      {}};
  for (std::size_t m = 0; m < kMethods.size(); ++m) {
    std::vector<Cell> row{{method_label(m), ""}};
    for (const Seen seen : {Seen::well, Seen::partly, Seen::nowhere, Seen::elsewhere}) {
      row.push_back(shown_cell(lesions.summary(m, seen)));
    }
    row.push_back(
        {std::to_string(lesions.false_spots.at(m)) + " of " + std::to_string(lesions.places), ""});
    table.rows.push_back(std::move(row));
  }
  return table;
}

nlohmann::ordered_json to_lesions_json(const LesionReport& lesions) {
  using Json = nlohmann::ordered_json;
  Json all = Json::array();
  for (const LesionRow& row : lesions.rows) all.push_back(lesion_json(row));
  Json spots;
  for (std::size_t m = 0; m < kMethods.size(); ++m) {
    spots[kMethods.at(m)] = lesions.false_spots.at(m);
  }
  return {{"places", lesions.places},
          {"false_spot_hu", kFalseSpot},
          {"false_spots", std::move(spots)},
          {"lesions", std::move(all)}};
}

}  // namespace train
