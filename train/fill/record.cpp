#include "train/fill/record.h"

#include <map>

#include "data/files/files.h"
#include "train/fill/build_info.h"
#include "train/predict/default_model.h"

namespace train {
namespace {

using Json = nlohmann::ordered_json;

Json to_files_json(const data::HashedPath& hashed) {
  Json files = Json::array();
  for (const data::HashedFile& f : hashed.files) {
    files.push_back({{"name", f.name}, {"sha256", f.sha256}});
  }
  return files;
}

}  // namespace

std::string record_path(const std::string& output) {
  std::string name = output;
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  return name + ".record.json";
}

Record::Record(std::string command, std::vector<std::string> command_line)
    : command_(std::move(command)), command_line_(std::move(command_line)) {}

void Record::add_input(const data::Volume& scan) {
  add_input(data::input_files(scan), scan.format, scan.sha256());
}

void Record::add_input(const data::HashedPath& files, const std::string& format,
                       const std::string& scan_sha256) {
  const auto known = [](const std::string& text) { return text.empty() ? Json() : Json(text); };
  inputs_.push_back({{"path", files.path},
                     {"format", format},
                     {"sha256", known(files.sha256)},
                     {"files", to_files_json(files)},
                     {"scan_sha256", known(scan_sha256)}});
}

void Record::set_model(const std::string& path) { set_model(path, sha256_of_model(path)); }

void Record::set_model(const std::string& path, const std::string& sha256) {
  model_ = {{"path", path}, {"sha256", sha256}};
}

Json Record::json(const data::OutputSet& outputs, const Messages& messages) const {
  Json j{{"record", kRecordVersion},
         {"command", command_},
         {"date", data::utc_now()},
         {"program", nlohmann::json(build_info())},
         {"command_line", command_line_},
         {"options", options_},
         {"inputs", inputs_},
         {"model", model_}};
  for (const auto& [key, value] : result_.items()) j[key] = value;
  j["warnings"] = messages.warnings();
  j["outputs"] = Json::array();
  for (const data::HashedPath& o : outputs.hashed()) {
    j["outputs"].push_back({{"path", o.path}, {"sha256", o.sha256}, {"files", to_files_json(o)}});
  }
  return j;
}

std::string Record::text(const data::OutputSet& outputs, const Messages& messages) const {
  // File names may hold bytes that are no UTF-8.
  return json(outputs, messages).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string Record::write(data::OutputSet& outputs, const std::string& path,
                          const Messages& messages) const {
  std::string all = text(outputs, messages);
  outputs.put(path, all);
  return all;
}

Json methods_json(const data::Volume& scan) {
  std::map<std::string, nn::index> made;
  for (nn::index k = 0; k < scan.slices(); ++k) {
    const data::SliceOrigin origin = scan.origin(k);
    if (origin.synthetic()) ++made[origin.method];
  }
  return {{"method", made.size() == 1 ? made.begin()->first : "several"}, {"made_by", made}};
}

Json to_read_json(const data::ReadOptions& read) {
  return {{"axis", read.axis >= 0 ? Json(read.axis) : Json()},
          {"volume", read.volume >= 0 ? Json(read.volume) : Json()},
          {"series", read.series.empty() ? Json() : Json(read.series)},
          {"by_instance_number", read.by_instance_number},
          {"merge_series", read.merge_series},
          {"spacing_xyz", read.spacing ? Json(*read.spacing) : Json()}};
}

Json to_window_json(const data::ShownWindow& shown) {
  return {{"low", shown.window.low}, {"high", shown.window.high}, {"why", shown.why}};
}

}  // namespace train
