#include "train/app/places.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "data/files/files.h"
#include "train/app/holdings.h"
#include "train/app/refused.h"

namespace train::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostEntries = 2000;
constexpr std::size_t kMostLooked = 20000;  // names that are read before a folder is cut
constexpr std::size_t kMostInside = 20000;  // names below its folders
constexpr std::size_t kLongestPath = 4096;

/// Without links; empty where nothing stands there or it cannot be looked at.
std::string canonical(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return error ? "" : real.string();
}

bool wanted(const std::string& name, Purpose purpose) {
  if (purpose == Purpose::save) return false;
  if (purpose == Purpose::model) return name.ends_with(".safetensors");
  return may_be_scan(name);
}

std::string time_of(const fs::directory_entry& entry) {
  std::error_code error;
  const auto at = entry.last_write_time(error);
  if (error) return "";
  const auto seconds =
      std::chrono::floor<std::chrono::seconds>(std::chrono::file_clock::to_sys(at));
  const std::time_t t = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  char text[32];
  if (gmtime_r(&t, &parts) == nullptr) return "";
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

bool below(const std::string& path, const std::string& root) {
  return root == "/" || path == root || path.starts_with(root + "/");
}

bool is_part(std::string_view part) {
  if (part.empty() || part == "." || part == ".." || part.size() > 255) return false;
  return std::none_of(part.begin(), part.end(), [](char c) {
    const auto code = static_cast<unsigned char>(c);
    return code < 0x20 || code == 0x7F || c == '/';
  });
}

}  // namespace

Purpose purpose_from(const std::string& word) {
  if (word.empty()) return Purpose::scan;
  if (word == "model") return Purpose::model;
  allow(word == "save", 400, "for", "'" + word + "'", "model or save");
  return Purpose::save;
}

bool is_relative_path(std::string_view path) {
  if (path.size() > 1024 || std::count(path.begin(), path.end(), '/') >= 32) return false;
  while (true) {
    const std::size_t slash = path.find('/');
    if (!is_part(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

bool is_file_name(std::string_view name) {
  return is_part(name) && name.front() != '.' && name.size() <= 200;
}

bool is_phantom(std::string_view path) {
  constexpr std::string_view kBegin = "phantom:";
  if (!path.starts_with(kBegin)) return false;
  path.remove_prefix(kBegin.size());
  return !path.empty() && path.size() <= 10 &&
         std::all_of(path.begin(), path.end(), data::is_digit);
}

Places::Places(const std::vector<std::string>& folders) {
  const auto add = [&](const std::string& real) {
    std::error_code error;
    if (real.empty() || !fs::is_directory(real, error)) return false;
    if (!holds(real)) roots_.push_back(real);
    return true;
  };
  for (const std::string& f : folders) {
    nn::require(add(canonical(f)), "--folder " + f, "no folder that can be read",
                "an existing folder");
  }
  if (!folders.empty()) return;
  const char* home = std::getenv("HOME");
  if (home != nullptr && *home == '/') add(canonical(home));
  add(canonical("."));
  for (const char* media : {"/media", "/mnt", "/run/media"}) add(canonical(media));
}

bool Places::holds(const std::string& path) const {
  return std::any_of(roots_.begin(), roots_.end(),
                     [&](const std::string& root) { return below(path, root); });
}

std::string Places::allowed(const std::string& path) const {
  if (is_phantom(path)) return path;
  const bool plain =
      path.starts_with("/") && path.size() <= kLongestPath && path.find('\0') == std::string::npos;
  allow(plain, 400, "path", plain ? path : "no path from the root", "a path that begins with /", "",
        "no_path");
  std::string real = canonical(path);
  // A path outside gets the same answer whether something stands there or not.
  const std::string parent = real.empty() ? canonical(fs::path(path).parent_path().string()) : real;
  allow(!parent.empty() && holds(parent), 403, path, "a path outside of the folders",
        "a path inside of them", "start ct2ct app with --folder DIR to name others", "outside");
  allow(!real.empty(), 404, path, "nothing that can be read", "an existing file or folder", "",
        "not_there");
  return real;
}

std::string Places::allowed_or_below(const std::string& path, const std::string& own) const {
  std::string real = canonical(path);
  if (!real.empty() && real != own && below(real, own)) return real;
  return allowed(path);
}

std::string Places::allowed_folder(const std::string& path) const {
  std::string real = allowed(path);
  std::error_code error;
  allow(fs::is_directory(real, error), 400, path, "no folder", "a folder", "", "no_folder");
  return real;
}

Json Places::roots() const {
  Json list = Json::array();
  for (const std::string& root : roots_) {
    const std::string name = fs::path(root).filename().string();
    list.push_back({{"name", name.empty() ? root : name}, {"path", root}});
  }
  return list;
}

Json Places::list(const std::string& path, Purpose purpose) const {
  const std::string real = allowed_folder(path);
  std::error_code error;
  fs::directory_iterator at(real, fs::directory_options::skip_permission_denied, error);
  allow(!error, 403, path, "a folder that cannot be read", "one that can", "", "closed_folder");
  std::vector<Json> folders, files;
  std::size_t looked = 0, inside = kMostInside;
  for (; at != fs::directory_iterator() && looked < kMostLooked; at.increment(error)) {
    if (error) break;
    ++looked;
    const std::string name = at->path().filename().string();
    if (name.starts_with(".")) continue;
    std::error_code none;
    if (at->is_symlink(none)) {
      const std::string target = canonical(at->path().string());
      if (target.empty() || !holds(target)) continue;
    }
    const bool folder = at->is_directory(none);
    if (!folder && (!at->is_regular_file(none) || !wanted(name, purpose))) continue;
    const std::uintmax_t bytes = folder ? 0 : at->file_size(none);
    (folder ? folders : files)
        .push_back({{"name", name},
                    {"path", at->path().string()},
                    {"kind", folder ? "folder" : "file"},
                    {"bytes", none ? 0 : bytes},
                    {"modified", time_of(*at)}});
    if (folder && purpose == Purpose::scan) {
      folders.back()["holds"] = to_json(holdings_of(at->path().string(), inside));
    }
  }
  Json entries = Json::array();
  for (std::vector<Json>* kind : {&folders, &files}) {
    std::sort(kind->begin(), kind->end(), [](const Json& a, const Json& b) {
      return data::natural_less(a["name"].get_ref<const std::string&>(),
                                b["name"].get_ref<const std::string&>());
    });
    for (Json& e : *kind) {
      if (entries.size() < kMostEntries) entries.push_back(std::move(e));
    }
  }
  const std::size_t found = folders.size() + files.size();
  const std::string parent = fs::path(real).parent_path().string();
  std::size_t here = kMostLooked;
  return {{"path", real},
          {"holds", purpose == Purpose::scan ? to_json(holdings_of(real, here)) : Json()},
          {"parent", parent != real && holds(parent) ? Json(parent) : Json()},
          {"entries", std::move(entries)},
          {"truncated", found > kMostEntries || looked >= kMostLooked}};
}

}  // namespace train::app
