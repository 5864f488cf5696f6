#include <filesystem>
#include <fstream>

#include "data/files/sha256.h"
#include "nn/core/error.h"
#include "train/fill/many_scans.h"

namespace train {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

bool stands(const std::string& path) {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(path, ignored));
}

/// The record in a file; null where there is none.
Json read_record(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  Json j = Json::parse(in, nullptr, /*allow_exceptions=*/false);
  const bool record = j.is_object() && j.value("record", Json()) == kRecordVersion &&
                      j.value("command", Json()) == "interpolate";
  return record ? j : Json();
}

/// Fields of an object without those named, unordered.
nlohmann::json without(const Json& object, const std::vector<std::string>& names) {
  nlohmann::json rest = object;
  for (const std::string& name : names) {
    if (rest.is_object()) rest.erase(name);
  }
  return rest;
}

nlohmann::json without_paths(const Json& inputs) {
  nlohmann::json all = nlohmann::json::array();
  for (const Json& input : inputs) all.push_back(without(input, {"path"}));
  return all;
}

/// In what the work that a record tells of differs from this one; empty where in nothing.
std::string other_work(const Json& record, const Json& decided) {
  const auto of = [](const Json& j, const char* key) { return j.value(key, Json()); };
  if (without_paths(of(record, "inputs")) != without_paths(of(decided, "inputs"))) {
    return "made from another input";
  }
  if (without(of(record, "model"), {"path"}) != without(of(decided, "model"), {"path"})) {
    return "made by another model";
  }
  const std::vector<std::string> no_matter{"force", "strict"};
  const nlohmann::json before = without(of(record, "options"), no_matter);
  const nlohmann::json now = without(of(decided, "options"), no_matter);
  for (const auto& [key, value] : now.items()) {
    if (!before.is_object() || before.value(key, nlohmann::json()) != value) {
      return "made with another value of the option '" + key + "'";
    }
  }
  return before == now ? "" : "made with other options";
}

std::string hash_of(const std::string& path, const Json& files) {
  if (!fs::is_directory(path)) return data::sha256_of_file(path);
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path)) {
    names.push_back(entry.path().filename().string());
  }
  if (names.size() != files.size()) return "";
  auto hashed = data::hashed_files(path, names);
  return data::sha256_of_list(hashed);
}

/// What is wrong with the files that a record names; empty where nothing is.
std::string other_files(const Json& record, const std::string& out) {
  const fs::path folder = fs::path(out).parent_path();
  const Json named = record.value("outputs", Json());
  if (!named.is_array() || named.empty()) return "its record names no output";
  for (const Json& output : named) {
    const fs::path path = folder / fs::path(output.at("path").get<std::string>()).filename();
    if (!stands(path.string())) return path.filename().string() + " is missing";
    const auto sha256 = output.at("sha256").get<std::string>();
    if (hash_of(path.string(), output.at("files")) != sha256) {
      return path.filename().string() + " has another hash than its record says";
    }
  }
  const fs::path first = fs::path(named.front().at("path").get<std::string>()).filename();
  return first == fs::path(out).filename() ? "" : "its record tells of another file";
}

std::string why_different(const Json& record, const Json& decided, const std::string& out,
                          bool is_there) {
  if (record.is_null()) return "has no record that can be read";
  try {
    if (std::string why = other_work(record, decided); !why.empty()) return why;
    return is_there ? other_files(record, out) : "";
  } catch (const nlohmann::json::exception&) {
    return "has a record whose fields are not those of this version";
  } catch (const nn::Error& e) {
    return e.what();
  } catch (const fs::filesystem_error& e) {
    return e.what();
  }
}

}  // namespace

Found what_stands(const std::vector<std::string>& outputs, const Json& decided_by) {
  std::string out = outputs.front();
  while (out.size() > 1 && out.back() == '/') out.pop_back();
  const bool is_there = stands(out);
  bool any = is_there;
  for (const std::string& path : outputs) any = any || stands(path);
  if (!any) return {};
  Found found;
  found.record = read_record(outputs.back());
  found.why = why_different(found.record, decided_by, out, is_there);
  found.standing = !found.why.empty() ? Standing::different
                   : is_there         ? Standing::valid
                                      : Standing::leftover;
  return found;
}

}  // namespace train
