#include "data/dicom/files.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>

#include "data/pictures.h"
#include "data/zip.h"
#include "nn/core/error.h"

namespace data {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 65536;
// An enhanced object holds a whole scan in one file.
constexpr std::uintmax_t kMostFileBytes = std::uintmax_t{1} << 31;

std::vector<std::byte> read_file(const fs::path& path, bool whole) {
  const std::string where = path.string();
  std::ifstream file(path, std::ios::binary);
  nn::require(file.good(), where, "cannot be opened", "a readable file");
  std::error_code error;
  std::uintmax_t size = fs::file_size(path, error);
  nn::require(!error, where, "cannot be read: " + error.message(), "a readable file");
  if (!whole) size = std::min<std::uintmax_t>(size, kDicomHeadBytes);
  nn::require(size <= kMostFileBytes, where, std::to_string(size) + " bytes",
              "at most " + std::to_string(kMostFileBytes), "no file of a scan is so large");
  std::vector<std::byte> bytes(size);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  nn::require(static_cast<std::uintmax_t>(file.gcount()) == size, where,
              std::to_string(file.gcount()) + " bytes", std::to_string(size),
              "the file cannot be read to its end");
  return bytes;
}

void sort_and_check(FileList& list) {
  nn::require(list.names.size() <= kMostFiles, list.source, "more than 65536 files",
              "at most 65536", "name the folder of one study");
  std::sort(list.names.begin(), list.names.end(), natural_less);
}

FileList list_zip(const std::string& path) {
  const auto archive = std::make_shared<const ZipArchive>(path);
  auto entries = std::make_shared<std::map<std::string, ZipArchive::Entry>>();
  FileList list{path, {}, {}, {}};
  for (const ZipArchive::Entry& entry : archive->entries()) {
    if (fs::path(entry.name).filename().string().starts_with(".")) continue;
    if (entries->insert({entry.name, entry}).second) list.names.push_back(entry.name);
  }
  list.head = [archive, entries](const std::string& name) {
    return archive->read(entries->at(name), kDicomHeadBytes);
  };
  list.load = [archive, entries](const std::string& name) {
    return archive->read_all(entries->at(name), kMostFileBytes);
  };
  sort_and_check(list);
  return list;
}

FileList list_folder(const std::string& path) {
  FileList list{path, {}, {}, {}};
  std::error_code error;
  for (fs::recursive_directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->path().filename().string().starts_with(".")) {
      if (entry->is_directory(ignored)) entry.disable_recursion_pending();
    } else if (entry->is_regular_file(ignored)) {
      list.names.push_back(entry->path().lexically_relative(path).generic_string());
      if (list.names.size() > kMostFiles) break;
    }
  }
  nn::require(!error, path, "cannot be listed: " + error.message(), "a readable folder");
  list.head = [path](const std::string& name) { return read_file(fs::path(path) / name, false); };
  list.load = [path](const std::string& name) { return read_file(fs::path(path) / name, true); };
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
  const std::vector<std::byte> head = read_file(path, false);
  if (head.size() >= 4 && std::memcmp(head.data(), "PK", 2) == 0) return list_zip(path);
  FileList list{path, {fs::path(path).filename().string()}, {}, {}};
  list.head = [path](const std::string&) { return read_file(path, false); };
  list.load = [path](const std::string&) { return read_file(path, true); };
  list.single = true;
  return list;
}

bool holds_dicom(const FileList& files) {
  return std::any_of(files.names.begin(), files.names.end(),
                     [&](const std::string& name) { return looks_like_dicom(files.head(name)); });
}

}  // namespace data
