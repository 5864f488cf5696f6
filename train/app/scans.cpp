#include "train/app/scans.h"

#include <chrono>
#include <filesystem>
#include <fstream>

#include "data/files/atomic_file.h"
#include "data/files/files.h"
#include "data/files/sha256.h"
#include "data/io/read.h"
#include "train/app/child.h"
#include "train/app/job.h"
#include "train/app/refused.h"

namespace train::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostRecent = 12;
constexpr std::uintmax_t kMostText = 64 << 20;

/// One path has one id, so that a scan which is opened again is the same one.
std::string id_of(const std::string& path) {
  return data::sha256_of(path.data(), path.size()).substr(0, 16);
}

/// The last error that a run has said, as an error of a request.
[[noreturn]] void refuse_with(const Json& error, const std::string& path) {
  if (!error.is_object()) {
    throw Refused(400, path, "the program that reads it has ended without a result", "a scan", "",
                  "reader_ended");
  }
  const auto part = [&](const char* name) { return error.at(name).get<std::string>(); };
  throw Refused(400, part("where"), part("what"), part("expected"), part("hint"));
}

/// What `ct2ct info` prints of a scan, also of one that it can only list.
Json info_of(const std::string& path) {
  Child child;
  Job said;  // for its error alone
  const ChildEnd end = child.run({"info", path, "--json", "--messages=json"}, "/",
                                 [&](const std::string& line) { hear(said, line, 0); });
  Json info = Json::parse(end.out, nullptr, false);
  if (!info.is_object() || info.value("kind", "") == "model") refuse_with(said.error, path);
  const bool listed =
      info.contains("series") || info.contains("stacks") || info.contains("volumes");
  if (end.code != 0 && !listed) refuse_with(said.error, path);
  return info;
}

}  // namespace

std::string text_of_file(const std::string& path) {
  std::error_code none;
  const std::uintmax_t size = fs::file_size(path, none);
  if (none || size > kMostText) return "";
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void put_file(const std::string& path, const std::string& text) {
  data::write_file(path, text.data(), text.size(), true);
}

Scans::Scans(std::string state) : state_(std::move(state)) {
  for (const char* part : {"/scans", "/dropped"}) fs::create_directories(state_ + part);
}

Json Scans::open(const std::string& path) {
  const auto before = std::chrono::steady_clock::now();
  const std::string id = id_of(path);
  Json scan{{"id", id}, {"path", path}, {"name", data::name_of(path)}};
  scan.update(scan_from_info(info_of(path), id));
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - before;
  scan["takes_s"] = took.count();
  {
    const std::lock_guard lock(drawing_);
    fs::remove_all(folder(id));  // pictures of what stood there before
    fs::create_directories(folder(id));
    put_file(folder(id) + "/scan.json", to_text(scan));
  }
  remember(path);
  return scan;
}

Json Scans::find(const std::string& id) const {
  allow(is_id(id), 404, "scan", "no id", "an id that open has given");
  Json scan = Json::parse(text_of_file(folder(id) + "/scan.json"), nullptr, false);
  allow(scan.is_object(), 404, "scan " + id, "nothing", "a scan that was opened", "open it again");
  return scan;
}

void Scans::remember(const std::string& path) {
  const std::lock_guard lock(mutex_);
  Json settings = Json::parse(text_of_file(state_ + "/settings.json"), nullptr, false);
  if (!settings.is_object()) settings = Json::object();
  Json list = Json::array({{{"path", path}, {"when", data::utc_now()}}});
  const auto old = settings.find("recent");
  if (old != settings.end() && old->is_array()) {
    for (const Json& r : *old) {
      if (r.is_object() && r.value("path", path) != path && list.size() < kMostRecent) {
        list.push_back(r);
      }
    }
  }
  settings["recent"] = std::move(list);
  put_file(state_ + "/settings.json", to_text(settings));
}

Json Scans::recent() const {
  const std::lock_guard lock(mutex_);
  const Json settings = Json::parse(text_of_file(state_ + "/settings.json"), nullptr, false);
  const bool there = settings.is_object() && settings.contains("recent");
  return there ? settings["recent"] : Json::array();
}

std::string Scans::thumbnail(const std::string& id, std::size_t series) {
  const Json scan = find(id);
  const Json& items = scan.at("series");
  allow(series < items.size(), 404, "picture", std::to_string(series),
        "a series of the scan, counted from 0");
  std::string file = folder(id) + "/" + std::to_string(series) + ".png";
  const std::lock_guard lock(drawing_);
  std::error_code none;
  if (fs::is_regular_file(file, none)) return file;
  const Json& key = items[series].at("key");
  std::vector<std::string> arguments{"reformat",      scan.at("path").get<std::string>(),
                                     "--plane=axial", "--size=256",
                                     "--out=" + file, "--quiet",
                                     "--force",       "--messages=json"};
  for (const std::string& option :
       series_options(key.is_null() ? std::nullopt : std::optional(key.get<std::string>()))) {
    arguments.push_back(option);
  }
  const ChildEnd end = Child().run(arguments, "/", [](const std::string&) {});
  allow(end.code == 0, 404, "picture", "a series that cannot be drawn", "one that can be read");
  return file;
}

}  // namespace train::app
