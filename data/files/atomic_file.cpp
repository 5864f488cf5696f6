#include "data/files/atomic_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>
#include <utility>

#include "nn/core/error.h"

namespace data {
namespace {

namespace fs = std::filesystem;
using nn::Error;
using nn::Fault;

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

fs::path parent_of(const std::string& path) {
  const fs::path parent = fs::path(path).parent_path();
  return parent.empty() ? fs::path(".") : parent;
}

/// A name in the same folder (a rename must not cross file systems) that nobody else uses. The name
/// holds the process's number. A killed process of the same number may have left a file there.
std::string temporary_name(const std::string& path) {
  static std::atomic<unsigned> counter{0};
  std::error_code ignored;
  while (true) {
    const std::string name = "." + fs::path(path).filename().string() + "." +
                             std::to_string(::getpid()) + "." + std::to_string(counter++) + ".tmp";
    const fs::path temporary = parent_of(path) / name;
    if (!fs::exists(fs::symlink_status(temporary, ignored))) return temporary.string();
  }
}

/// Whether `name` is one of temporary_name() for a file called `file`.
bool is_temporary_of(const std::string& name, const std::string& file) {
  const std::string prefix = "." + file + ".";
  const std::string suffix = ".tmp";
  if (name.size() < prefix.size() + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix)) {
    return false;
  }
  const std::string middle =
      name.substr(prefix.size(), name.size() - prefix.size() - suffix.size());
  const std::size_t dot = middle.find('.');
  const auto digits = [](const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  };
  return dot != std::string::npos && digits(middle.substr(0, dot)) &&
         digits(middle.substr(dot + 1));
}

/// Marks what a living process writes, as long as `descriptor` is open: remove_leftovers(). Best
/// effort: not every file system has locks.
void mark_in_use(int descriptor) { ::flock(descriptor, LOCK_EX | LOCK_NB); }

void require_parent(const std::string& path) {
  nn::require(!path.empty(), "output", "an empty name", "a name");
  std::error_code ignored;
  nn::require(fs::is_directory(parent_of(path), ignored), path, "its folder does not exist",
              "an existing folder", "make the folder first");
}

[[noreturn]] void fail(const std::string& path, const std::string& what, int error) {
  // What the user can change about the request is an input error; the rest is the machine's.
  const bool input = error == EACCES || error == EPERM || error == EROFS || error == ENOENT ||
                     error == ENOTDIR || error == ENAMETOOLONG;
  throw Error(input ? Fault::input : Fault::job, path, what + ": " + std::strerror(error), "",
              error == ENOSPC ? "free some disk space" : "choose another output");
}

void flush_folder(const fs::path& folder) {
  // Best effort: not every file system lets a folder be flushed, and the data are safe already.
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

void check_file_destination(const std::string& path, bool force) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (!fs::exists(status)) return;
  nn::require(fs::is_regular_file(status), path, "exists and is not a plain file",
              "the name of a file", "choose another output");
  nn::require(force, path, "exists already", "a new name", "give --force to replace it");
}

bool is_numbered(const std::string& name, const std::string& prefix, const std::string& suffix) {
  if (name.size() <= prefix.size() + suffix.size() || !name.starts_with(prefix) ||
      !name.ends_with(suffix)) {
    return false;
  }
  return std::all_of(name.begin() + static_cast<std::ptrdiff_t>(prefix.size()),
                     name.end() - static_cast<std::ptrdiff_t>(suffix.size()),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

}  // namespace

AtomicFile::AtomicFile(const std::string& path, bool force) : path_(path), force_(force) {
  require_parent(path_);
  check_file_destination(path_, force_);
  temporary_ = temporary_name(path_);
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail(path_, "cannot be written", errno);
  mark_in_use(descriptor_);
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
  if (!before_.empty()) ::unlink(before_.c_str());
}

void AtomicFile::write(const void* bytes, std::size_t count) {
  const char* from = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t done = ::write(descriptor_, from, std::min(count, std::size_t{1} << 30));
    if (done < 0) {
      if (errno == EINTR) continue;
      fail(path_, "cannot be written", errno);
    }
    from += done;
    count -= static_cast<std::size_t>(done);
  }
}

void AtomicFile::close_file() {
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail(path_, "cannot be written", errno);
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail(path_, "cannot be written", errno);
}

void AtomicFile::rename() {
  check_file_destination(path_, force_);  // it may have appeared in the meantime
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) fail(path_, "cannot be renamed", errno);
  temporary_.clear();
  flush_folder(parent_of(path_));
}

void AtomicFile::commit() {
  close_file();
  rename();
}

void AtomicFile::commit_revocably() {
  close_file();
  check_file_destination(path_, force_);  // before what stands there is put aside
  std::error_code ignored;
  if (fs::exists(path_, ignored)) {
    before_ = temporary_name(path_);
    fs::create_hard_link(path_, before_, ignored);
    // Where a file cannot have two names it is away for a moment.
    if (ignored && std::rename(path_.c_str(), before_.c_str()) != 0) {
      const int error = errno;
      before_.clear();
      fail(path_, "cannot be replaced", error);
    }
  }
  try {
    rename();
  } catch (const Error&) {
    if (!before_.empty()) undo();
    throw;
  }
}

void AtomicFile::undo() {
  if (before_.empty()) {
    ::unlink(path_.c_str());
  } else if (std::rename(before_.c_str(), path_.c_str()) == 0) {
    // Nothing was renamed where both were names of one file.
    ::unlink(before_.c_str());
  }
  before_.clear();  // where it could not be put back it must at least not be removed
}

void require_ending(const std::string& path, const std::vector<std::string>& endings) {
  std::string expected;
  for (const std::string& e : endings) {
    if (path.ends_with(e)) return;
    expected += (expected.empty() ? "" : " or ") + e;
  }
  const std::string own = fs::path(path).extension().string();
  nn::require(false, path, own.empty() ? "a name without an ending" : "a name that ends in " + own,
              "one that ends in " + expected, "nothing else is written here");
}

void require_folder_name(const std::string& path) {
  constexpr std::array kOfFiles{".bmp",  ".csv",         ".dcm", ".dicom", ".gif", ".gz",   ".hdr",
                                ".html", ".ima",         ".img", ".jpeg",  ".jpg", ".json", ".mha",
                                ".mhd",  ".nhdr",        ".nii", ".nrrd",  ".obj", ".pdf",  ".ply",
                                ".png",  ".safetensors", ".stl", ".svg",   ".tar", ".tif",  ".tiff",
                                ".txt",  ".webp",        ".zip"};
  const std::string own = fs::path(path).extension().string();
  std::string lower = own;
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const bool file = std::find(kOfFiles.begin(), kOfFiles.end(), lower) != kOfFiles.end();
  nn::require(!file, path, "a name that ends in " + own + ", where a folder is written",
              "a name that no file has",
              "for a folder of this name put a slash after it: " + path + "/");
}

void write_file(const std::string& path, const void* bytes, std::size_t count, bool force) {
  AtomicFile file(path, force);
  file.write(bytes, count);
  file.commit();
}

void remove_leftovers(const std::string& path) {
  const std::string plain = without_trailing_slash(path);
  const std::string file = fs::path(plain).filename().string();
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(parent_of(plain), error)) {
    if (is_temporary_of(entry.path().filename().string(), file)) found.push_back(entry.path());
  }
  for (const fs::path& leftover : found) {
    const int descriptor = ::open(leftover.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor < 0) continue;
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) fs::remove_all(leftover, error);
    ::close(descriptor);
  }
}

AtomicFolder::AtomicFolder(const std::string& path, const std::string& prefix,
                           const std::string& suffix, bool force)
    : AtomicFolder(
          path,
          [prefix, suffix](const std::string& name) { return is_numbered(name, prefix, suffix); },
          prefix + "*" + suffix, force) {}

AtomicFolder::AtomicFolder(const std::string& path, const std::vector<std::string>& names,
                           bool force)
    : AtomicFolder(
          path,
          [names = std::set<std::string>(names.begin(), names.end())](const std::string& name) {
            return names.contains(name);
          },
          "files that are written now", force) {}

AtomicFolder::AtomicFolder(const std::string& path, Ours ours, const std::string& expected,
                           bool force)
    : path_(without_trailing_slash(path)),
      ours_(std::move(ours)),
      expected_(expected),
      force_(force) {
  require_folder_name(path);
  require_parent(path_);
  check_destination();
  temporary_ = temporary_name(path_);
  std::error_code error;
  fs::create_directory(temporary_, error);
  if (error) {
    const int code = error.value();
    temporary_.clear();
    fail(path_, "cannot be made", code);
  }
  descriptor_ = ::open(temporary_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor_ >= 0) mark_in_use(descriptor_);
}

AtomicFolder::~AtomicFolder() {
  if (descriptor_ >= 0) ::close(descriptor_);
  std::error_code ignored;
  if (!temporary_.empty()) fs::remove_all(temporary_, ignored);
  if (!before_.empty()) fs::remove_all(before_, ignored);
}

void AtomicFolder::check_destination() const {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path_, error);
  if (!fs::exists(status)) return;
  nn::require(fs::is_directory(status), path_, "exists and is not a folder", "a new name",
              "choose another output");
  for (const auto& entry : fs::directory_iterator(path_, error)) {
    nn::require(force_, path_, "exists already and is not empty", "a new name",
                "give --force to replace it");
    const std::string name = entry.path().filename().string();
    nn::require(fs::is_regular_file(entry.symlink_status()) && ours_(name), path_,
                "holds '" + name + "' and will not be replaced",
                "a folder of " + expected_ + " only", "choose another output");
  }
  if (error) fail(path_, "cannot be listed", error.value());
}

void AtomicFolder::commit_revocably() {
  flush_folder(temporary_);
  check_destination();
  std::error_code error;
  if (fs::exists(path_)) {
    const std::string aside = temporary_name(path_);
    fs::rename(path_, aside, error);
    if (error) fail(path_, "cannot be replaced", error.value());
    before_ = aside;
  }
  fs::rename(temporary_, path_, error);
  if (error) {
    const int code = error.value();
    if (!before_.empty()) fs::rename(before_, path_, error);
    before_.clear();
    fail(path_, "cannot be renamed", code);
  }
  temporary_.clear();
  flush_folder(parent_of(path_));
}

void AtomicFolder::undo() {
  const std::string aside = temporary_name(path_);
  std::error_code ignored;
  fs::rename(path_, aside, ignored);
  if (!ignored) temporary_ = aside;
  if (!ignored && !before_.empty()) fs::rename(before_, path_, ignored);
  before_.clear();  // where it could not be put back it must at least not be removed
}

void AtomicFolder::commit() {
  commit_revocably();
  std::error_code ignored;
  if (!before_.empty()) fs::remove_all(before_, ignored);
  before_.clear();
}

}  // namespace data
