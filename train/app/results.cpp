#include <algorithm>
#include <filesystem>
#include <map>

#include "train/app/jobs.h"
#include "train/app/refused.h"

namespace train::app {
namespace {

namespace fs = std::filesystem;

Json field(const Json& j, const char* name) {
  const auto at = j.is_object() ? j.find(name) : j.end();
  return j.is_object() && at != j.end() ? *at : Json();
}

/// Measures of the self-check: a row for each, of the methods that were measured.
Json table_of(const Json& check) {
  Json rows = Json::array();
  std::map<std::string, std::size_t> row_of;
  const auto add = [&](const Json& measures) {
    if (!measures.is_array()) return;
    for (const Json& m : measures) {
      const std::string name = m.at("name").get<std::string>();
      if (!row_of.contains(name)) {
        row_of[name] = rows.size();
        rows.push_back({{"name", name},
                        {"slices", m.at("slices")},
                        {"network", nullptr},
                        {"registered", nullptr},
                        {"cubic", nullptr}});
      }
      Json& row = rows[row_of[name]];
      for (const auto& [theirs, ours] :
           {std::pair("model", "network"), std::pair("registered", "registered"),
            std::pair("cubic", "cubic")}) {
        if (m.contains(theirs)) row[ours] = m.at(theirs);
      }
    }
  };
  add(field(field(check, "registered"), "measures"));
  add(field(check, "measures"));
  return rows;
}

/// "model" is called the network, and slices of the scan are counted, too.
Json made_by(const Json& record) {
  Json made{{"real", field(record, "slices_before")}};
  const Json methods = field(record, "made_by");
  for (const auto& [method, count] : methods.items()) {
    std::string name = method.substr(0, method.find(' '));  // "registered (self-check)"
    if (name == "model" || name == "network") name = "network";
    made[name] = made.value(name, 0) + count.get<int>();
  }
  return made;
}

std::uintmax_t bytes_of(const std::string& path) {
  std::error_code none;
  if (fs::is_regular_file(path, none)) return fs::file_size(path, none);
  std::uintmax_t sum = 0;
  for (const auto& entry : fs::directory_iterator(path, none)) sum += entry.file_size(none);
  return sum;
}

struct Listed {
  const char* format;
  std::string path;  ///< below the job's folder
};

std::vector<Listed> all_outputs(const std::string& stem) {
  const std::string out = "/out/";
  return {{"nifti", out + stem + ".nii.gz"},      {"uncertainty", out + stem + "_errors.nii.gz"},
          {"gif", out + stem + ".gif"},           {"dicom", out + "dicom/" + stem},
          {"png", out + "png/" + stem},           {"record", out + stem + ".record.json"},
          {"slices", out + stem + ".slices.csv"}, {"page", "/view.html"}};
}

}  // namespace

Json interpolate_result(const Job& job, const std::string& folder) {
  const Json record =
      Json::parse(text_of_file(folder + "/out/" + job.stem + ".record.json"), nullptr, false);
  const Json check = field(record, "self_check"), verdict = field(record, "verdict");
  Json files = Json::array();
  for (const Listed& o : all_outputs(job.stem)) {
    const std::string path = folder + o.path;
    if (!fs::exists(path)) continue;
    files.push_back({{"format", o.format},
                     {"name", fs::path(path).filename().string()},
                     {"bytes", bytes_of(path)},
                     {"folder", fs::is_directory(path)}});
  }
  const bool view = fs::is_regular_file(folder + "/view.html");
  return {{"slices_before", field(record, "slices_before")},
          {"slices", field(record, "slices")},
          {"made_by", made_by(record)},
          {"verdict",
           {{"light", field(verdict, "light")},
            {"verdict", field(verdict, "word")},
            {"sentence", field(verdict, "sentence")},
            {"table", table_of(check)}}},
          {"uncertainty_hu", field(check, "expected_error")},
          {"record", record},
          {"folder", folder + "/out"},
          {"view", view ? Json("/jobs/" + job.id + "/view") : Json()},
          {"files", files},
          {"saved", Json::array()}};
}

std::string listed_file(const Job& job, const std::string& folder, const std::string& name) {
  for (const Listed& o : all_outputs(job.stem)) {
    std::string path = folder + o.path;
    if (fs::path(path).filename().string() == name && fs::is_regular_file(path)) return path;
  }
  throw Refused(404, "file", "a name that is not listed", "one of the job's files");
}

}  // namespace train::app
