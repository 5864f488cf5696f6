#include "data/files/files.h"

#include <sys/stat.h>
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "data/files/zip.h"
#include "nn/core/error.h"

namespace data {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 65536;
// An enhanced object holds a whole scan in one file.
constexpr std::uintmax_t kMostScanFileBytes = std::uintmax_t{1} << 31;

std::vector<std::byte> bytes_of_file(const fs::path& path, bool whole) {
  const std::string where = path.string();
  std::ifstream file(path, std::ios::binary);
  nn::require(file.good(), where, "cannot be opened", "a readable file");
  std::error_code error;
  std::uintmax_t size = fs::file_size(path, error);
  nn::require(!error, where, "cannot be read: " + error.message(), "a readable file");
  if (!whole) size = std::min<std::uintmax_t>(size, kDicomHeadBytes);
  nn::require(size <= kMostScanFileBytes, where, std::to_string(size) + " bytes",
              "at most " + std::to_string(kMostScanFileBytes), "no file of a scan is so large");
  std::vector<std::byte> bytes(size);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  nn::require(static_cast<std::uintmax_t>(file.gcount()) == size, where,
              std::to_string(file.gcount()) + " bytes", std::to_string(size),
              "the file cannot be read to its end");
  return bytes;
}

/// Of a path below the source.
bool is_hidden(const std::string& name) {
  const fs::path path(name);
  return std::any_of(path.begin(), path.end(), [](const fs::path& part) {
    const std::string text = part.string();
    return text == "__MACOSX" || (text.starts_with(".") && text != "." && text != "..");
  });
}

void sort_and_check(FileList& list) {
  nn::require(list.names.size() <= kMostFiles, list.source, "more than 65536 files",
              "at most 65536", "name the folder of one study");
  if (list.names.empty() && !list.left_out.empty()) {
    std::vector<std::string> names;
    names.reserve(list.left_out.size());
    for (const SkippedFile& l : list.left_out) names.push_back(l.file);
    throw nn::Error(
        nn::Fault::input, list.source,
        "nothing that can be read (" + shortened(names) + ": " + list.left_out.front().reason + ")",
        "files of a scan");
  }
  std::sort(list.names.begin(), list.names.end(), natural_less);
}

FileList list_zip(const std::string& path) {
  const auto archive = std::make_shared<const ZipArchive>(path);
  auto entries = std::make_shared<std::map<std::string, ZipArchive::Entry>>();
  for (const ZipArchive::Entry& entry : archive->entries()) {
    // Of two entries of one name the later one stays, as when the zip is unpacked.
    if (!is_hidden(entry.name)) entries->insert_or_assign(entry.name, entry);
  }
  FileList list;
  list.source = path;
  list.zip = true;
  for (const auto& [name, entry] : *entries) list.names.push_back(name);
  list.head = [archive, entries](const std::string& name) {
    return archive->read(entries->at(name), kDicomHeadBytes);
  };
  list.load = [archive, entries](const std::string& name) {
    return archive->read_all(entries->at(name), kMostScanFileBytes);
  };
  list.size = [entries](const std::string& name) { return entries->at(name).size; };
  sort_and_check(list);
  return list;
}

/// Why a link leads nowhere, and what to do about it.
std::string reason_of_dangling(const fs::path& link) {
  std::error_code ignored;
  const bool annex =
      fs::read_symlink(link, ignored).string().find("annex/objects") != std::string::npos;
  return std::string("a link to a file that is not there") +
         (annex ? " (git annex get fetches its content)" : "");
}

/// Lists a folder with all below it.
class FolderWalk {
 public:
  explicit FolderWalk(FileList& list) : list_(list), root_(list.source) {}

  void run() {
    std::error_code error;
    const fs::directory_iterator readable(root_, error);
    nn::require(!error, list_.source, "cannot be listed: " + error.message(), "a readable folder");
    // A link to a folder above closes a circle, too.
    for (fs::path above = fs::canonical(root_, error); above.has_relative_path();) {
      above = above.parent_path();
      enter(above);
    }
    read(root_);
    // Linked folders come last: a folder that is also there by itself keeps its own name.
    for (std::size_t i = 0; i < links_.size(); ++i) {
      const fs::path link = links_[i];
      read(link);
    }
  }

 private:
  std::string name_of_entry(const fs::path& path) const {
    return path.lexically_relative(root_).generic_string();
  }

  /// False for a folder that was read before, under whatever name.
  bool enter(const fs::path& folder) {
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) return true;  // reading it says why
    return entered_.insert({status.st_dev, status.st_ino}).second;
  }

  void read(const fs::path& folder) {
    if (list_.names.size() > kMostFiles || !enter(folder)) return;
    std::error_code error;
    std::vector<fs::path> entries;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      if (!is_hidden(entry->path().filename().string())) entries.push_back(entry->path());
    }
    if (error) leave_out(folder, "a folder that cannot be listed (" + error.message() + ")");
    std::sort(entries.begin(), entries.end());
    for (const fs::path& entry : entries) take(entry);
  }

  void take(const fs::path& entry) {
    std::error_code ignored;
    const bool link = fs::is_symlink(fs::symlink_status(entry, ignored));
    const fs::file_status status = fs::status(entry, ignored);
    if (fs::is_directory(status)) {
      if (link) {
        links_.push_back(entry);
      } else {
        read(entry);
      }
    } else if (fs::is_regular_file(status)) {
      list_.names.push_back(name_of_entry(entry));
    } else {
      leave_out(entry, link && !fs::exists(status) ? reason_of_dangling(entry)
                                                   : "neither a file nor a folder");
    }
  }

  void leave_out(const fs::path& entry, const std::string& reason) {
    list_.left_out.push_back({name_of_entry(entry), reason});
  }

  FileList& list_;
  fs::path root_;
  std::set<std::pair<dev_t, ino_t>> entered_;
  std::vector<fs::path> links_;
};

FileList list_folder(const std::string& path) {
  FileList list;
  list.source = path;
  FolderWalk(list).run();
  list.head = [path](const std::string& name) {
    return bytes_of_file(fs::path(path) / name, false);
  };
  list.load = [path](const std::string& name) {
    return bytes_of_file(fs::path(path) / name, true);
  };
  list.size = [path](const std::string& name) -> std::uint64_t {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(fs::path(path) / name, error);
    return error ? 0 : size;
  };
  sort_and_check(list);
  return list;
}

}  // namespace

std::string FileList::where(const std::string& name) const {
  return single ? source : (fs::path(source) / name).string();
}

bool looks_like_dicom(std::span<const std::byte> head) {
  const auto byte = [&](std::size_t i) { return std::to_integer<unsigned>(head[i]); };
  if (head.size() >= 132 && std::memcmp(head.data() + 128, "DICM", 4) == 0) return true;
  if (head.size() < 12) return false;
  // Group 0002 is always little-endian; group 0008 may be big-endian.
  const bool little = (byte(0) == 2 || byte(0) == 8) && byte(1) == 0;
  const bool big = byte(0) == 0 && byte(1) == 8;
  if (!little && !big) return false;
  const auto capital = [&](std::size_t i) { return byte(i) >= 'A' && byte(i) <= 'Z'; };
  if (capital(4) && capital(5)) return true;
  // Implicit VR: the length of the first element, which is a short text or a group length.
  return little && byte(3) <= 0x20 && byte(5) == 0 && byte(6) == 0 && byte(7) == 0;
}

FileList list_files(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) return list_folder(path);
  const std::vector<std::byte> head = bytes_of_file(path, false);
  if (head.size() >= 4 && std::memcmp(head.data(), "PK", 2) == 0) return list_zip(path);
  FileList list;
  list.source = path;
  list.names = {fs::path(path).filename().string()};
  list.head = [path](const std::string&) { return bytes_of_file(path, false); };
  list.load = [path](const std::string&) { return bytes_of_file(path, true); };
  list.size = [path](const std::string&) -> std::uint64_t {
    std::error_code ignored;
    return fs::file_size(path, ignored);
  };
  list.single = true;
  return list;
}

bool holds_dicom(const FileList& files) {
  return std::any_of(files.names.begin(), files.names.end(), [&](const std::string& name) {
    try {
      return looks_like_dicom(files.head(name));
    } catch (const nn::Error&) {
      return false;
    }
  });
}

std::vector<std::string> left_out_lines(const std::vector<SkippedFile>& files) {
  std::map<std::string, std::vector<std::string>> by_reason;
  for (const SkippedFile& l : files) by_reason[l.reason].push_back(l.file);
  std::vector<std::string> lines;
  lines.reserve(by_reason.size());
  for (const auto& [reason, names] : by_reason) {
    lines.push_back("left out, " + reason + ": " + shortened(names));
  }
  return lines;
}

std::optional<std::time_t> fixed_time() {
  const char* text = std::getenv("SOURCE_DATE_EPOCH");
  if (text == nullptr) return std::nullopt;
  std::time_t seconds = 0;
  const char* end = text + std::strlen(text);
  const auto result = std::from_chars(text, end, seconds);
  nn::require(
      result.ec == std::errc() && result.ptr == end && seconds >= 0 && seconds < 253402300800,
      "SOURCE_DATE_EPOCH", std::string("'") + text + "'",
      "seconds since 1970, before the year 10000", "unset it for the wall clock");
  return seconds;
}

std::string utc_now() {
  const std::time_t now = fixed_time().value_or(std::time(nullptr));
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace data
