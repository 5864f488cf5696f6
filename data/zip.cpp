// Pictures in a zip, by libzip; nothing is unpacked to the disk, so names in it cannot write
// anywhere.
#include <zip.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>

#include "data/pictures.h"
#include "nn/core/error.h"

namespace data {
namespace {

// Sizes are what the zip declares; libzip hands out no more than that.
constexpr std::uint64_t kMostEntryBytes = std::uint64_t{1} << 28;
constexpr std::int64_t kMostEntries = 65536;

struct Discard {
  void operator()(zip_t* z) const { zip_discard(z); }
};
struct Close {
  void operator()(zip_file_t* f) const { zip_fclose(f); }
};
using Archive = std::unique_ptr<zip_t, Discard>;
using Entry = std::unique_ptr<zip_file_t, Close>;

Archive open_archive(const std::string& path) {
  int code = 0;
  zip_t* z = zip_open(path.c_str(), ZIP_RDONLY | ZIP_CHECKCONS, &code);
  if (z == nullptr) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string text = zip_error_strerror(&error);
    zip_error_fini(&error);
    nn::require(false, path, "a zip that cannot be read (" + text + ")", "a whole zip file",
                "copy or download it again");
  }
  return Archive(z);
}

Entry open_entry(zip_t* archive, std::uint64_t at, const std::string& where) {
  Entry entry(zip_fopen_index(archive, at, 0));
  nn::require(entry != nullptr, where,
              "cannot be unpacked (" + std::string(zip_strerror(archive)) + ")",
              "a plain, unencrypted entry");
  return entry;
}

/// Reads up to `count` bytes.
std::vector<std::byte> read_entry(zip_t* archive, std::uint64_t at, std::uint64_t count,
                                  const std::string& where) {
  const Entry entry = open_entry(archive, at, where);
  std::vector<std::byte> bytes(count);
  std::uint64_t done = 0;
  while (done < count) {
    const zip_int64_t got = zip_fread(entry.get(), bytes.data() + done, count - done);
    nn::require(got >= 0, where,
                "damaged data in the zip (" + std::string(zip_file_strerror(entry.get())) + ")",
                "a whole zip file", "copy or download it again");
    if (got == 0) break;
    done += static_cast<std::uint64_t>(got);
  }
  // libzip compares the checksum when it meets the end of the entry.
  std::byte beyond{};
  const zip_int64_t rest = done == count ? zip_fread(entry.get(), &beyond, 0) : 0;
  nn::require(rest >= 0, where, "damaged data in the zip", "a whole zip file");
  bytes.resize(done);
  return bytes;
}

bool belongs_to_macos(const std::string& name) {
  return name.starts_with("__MACOSX/") || name.find("/__MACOSX/") != std::string::npos;
}

}  // namespace

PictureList list_picture_zip(const std::string& path) {
  const std::shared_ptr<zip_t> archive = open_archive(path);
  const std::int64_t count = zip_get_num_entries(archive.get(), 0);
  nn::require(count <= kMostEntries, path, std::to_string(count) + " entries in the zip",
              "at most " + std::to_string(kMostEntries));

  struct Found {
    std::uint64_t at;
    std::uint64_t size;
  };
  std::map<std::string, Found> pictures;
  PictureList list{path, "picture zip", {}, {}};
  for (std::int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    const auto at = static_cast<std::uint64_t>(i);
    const bool ok = zip_stat_index(archive.get(), at, 0, &stat) == 0 &&
                    (stat.valid & ZIP_STAT_NAME) != 0 && (stat.valid & ZIP_STAT_SIZE) != 0;
    nn::require(ok, path, "an entry without name or size in the zip", "a whole zip file");
    const std::string name = stat.name;
    if (name.ends_with("/") || belongs_to_macos(name)) continue;
    std::string where = path;
    where.append("/").append(name);
    const auto looks = [&] {
      const std::uint64_t head = std::min<std::uint64_t>(stat.size, 8);
      return looks_like_picture(read_entry(archive.get(), at, head, where));
    };
    if (named_like_picture(name) || looks()) {
      nn::require(
          stat.size <= kMostEntryBytes, where, std::to_string(stat.size) + " bytes when unpacked",
          "at most " + std::to_string(kMostEntryBytes), "no picture of a slice is so large");
      pictures[name] = {at, stat.size};
    } else {
      list.skipped.push_back(name);
    }
  }
  std::sort(list.skipped.begin(), list.skipped.end(), natural_less);
  nn::require(!pictures.empty(), path,
              list.skipped.empty() ? "an empty zip"
                                   : "a zip without pictures (" + shortened(list.skipped) + ")",
              "PNG or JPEG files", "unpack it and name what is in it");

  for (const auto& [name, found] : pictures) list.names.push_back(name);
  std::sort(list.names.begin(), list.names.end(), natural_less);
  list.load = [archive, pictures, path](const std::string& name) {
    const Found& f = pictures.at(name);
    return read_entry(archive.get(), f.at, f.size, path + "/" + name);
  };
  return list;
}

}  // namespace data
