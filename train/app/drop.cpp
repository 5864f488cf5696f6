#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "train/app/guard.h"
#include "train/app/refused.h"
#include "train/app/scans.h"

namespace train::app {
namespace {

namespace fs = std::filesystem;

/// A new id, for folders of ours.
std::string new_drop() {
  std::string id;
  for (const char c : random_text(12)) {
    id += c == '_' ? '0' : static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  }
  return id;
}

std::uint64_t free_bytes(const std::string& folder) {
  struct statvfs disk {};
  if (::statvfs(folder.c_str(), &disk) != 0) return 0;
  return std::uint64_t{disk.f_bavail} * disk.f_frsize;
}

}  // namespace

Json Scans::begin_drop(const DropRequest& request) {
  std::uint64_t sum = 0;
  Drop drop{request.name, {}};
  for (const DropFile& f : request.files) {
    sum += f.bytes;
    drop.files[f.path] = f.bytes;
  }
  const std::uint64_t left = free_bytes(state_);
  allow(sum < left, 413, request.name, std::to_string(sum) + " bytes",
        "less than the " + std::to_string(left) + " that are free on the disk",
        "open it by its path; nothing is copied then", "drop_too_large");
  const std::string id = new_drop();
  fs::create_directories(state_ + "/dropped/" + id);
  const std::lock_guard lock(mutex_);
  drops_[id] = std::move(drop);
  return {{"id", id}, {"put", "/api/drop/" + id}};
}

Scans::Part Scans::part(const std::string& id, const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto drop = drops_.find(id);
  allow(drop != drops_.end(), 404, "drop", "an id that was not given", "that of a drop");
  const auto file = drop->second.files.find(path);
  allow(file != drop->second.files.end(), 404, "drop", "a file that was not announced",
        "one of the list");
  // The list was checked: no part of such a path leads out.
  const std::string folder = state_ + "/dropped/" + id + "/" + drop->second.name;
  const bool single = drop->second.files.size() == 1 && path == drop->second.name;
  const std::string target = single ? folder : folder + "/" + path;
  std::error_code none;
  allow(!fs::exists(target, none), 409, path, "a file that is there already", "each file once");
  fs::create_directories(fs::path(target).parent_path(), none);
  return {target, file->second};
}

Scans::Part::Part(std::string path, std::uint64_t bytes)
    : path_(std::move(path)),
      temporary_((fs::path(path_).parent_path() / ("." + random_text(6))).string()),
      bytes_(bytes) {
  file_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  allow(file_ >= 0, 400, path_, "a file that cannot be made", "other names of files and folders",
        "", "drop_names");
}

Scans::Part::~Part() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(temporary_.c_str());
}

void Scans::Part::write(const char* data, std::size_t size) {
  allow(size <= bytes_ - done_, 413, path_, "more bytes than were announced",
        std::to_string(bytes_));
  for (std::size_t at = 0; at < size;) {
    const ssize_t n = ::write(file_, data + at, size - at);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      throw nn::Error(nn::Fault::job, path_, "cannot be written", "", "is the disk full?");
    at += static_cast<std::size_t>(n);
  }
  done_ += size;
}

void Scans::Part::finish() {
  allow(done_ == bytes_, 400, path_, std::to_string(done_) + " bytes",
        std::to_string(bytes_) + " as announced");
  ::close(file_);
  file_ = -1;
  std::error_code error;
  fs::rename(temporary_, path_, error);
  allow(!error, 400, path_, "a file that cannot be named", "other names of files and folders", "",
        "drop_names");
}

Json Scans::end_drop(const std::string& id) {
  Drop drop;
  {
    const std::lock_guard lock(mutex_);
    const auto at = drops_.find(id);
    allow(at != drops_.end(), 404, "drop", "an id that was not given", "that of a drop");
    drop = at->second;
  }
  const std::string path = state_ + "/dropped/" + id + "/" + drop.name;
  const bool single = drop.files.size() == 1 && drop.files.begin()->first == drop.name;
  std::error_code none;
  for (const auto& [name, bytes] : drop.files) {
    allow(fs::exists(single ? fs::path(path) : fs::path(path) / name, none), 409, name,
          "a file that has not come", "all files of the drop first");
  }
  Json scan = open(path);
  const std::lock_guard lock(mutex_);
  drops_.erase(id);
  return scan;
}

void Scans::remove_old_drops(const std::vector<std::string>& used) const {
  std::vector<std::string> kept = used;
  for (const Json& r : recent()) {
    if (r.is_object()) kept.push_back(r.value("path", ""));
  }
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(state_ + "/dropped", none)) {
    const std::string folder = entry.path().string() + "/";
    const bool needed = std::any_of(kept.begin(), kept.end(), [&](const std::string& path) {
      return path.starts_with(folder);
    });
    if (!needed) fs::remove_all(entry.path(), none);
  }
}

}  // namespace train::app
