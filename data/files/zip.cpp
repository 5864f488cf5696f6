#include "data/files/zip.h"

#include <zip.h>

#include <algorithm>

#include "nn/core/error.h"

namespace data {
namespace {

constexpr std::uint64_t kFirstPart = std::uint64_t{1} << 20;
constexpr std::int64_t kMostEntries = 65536;

struct Close {
  void operator()(zip_file_t* f) const { zip_fclose(f); }
};

}  // namespace

ZipArchive::ZipArchive(const std::string& path) : path_(path) {
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
  archive_ = std::shared_ptr<zip_t>(z, zip_discard);

  const std::int64_t count = zip_get_num_entries(z, 0);
  nn::require(count <= kMostEntries, path, std::to_string(count) + " entries in the zip",
              "at most " + std::to_string(kMostEntries));
  for (std::int64_t i = 0; i < count; ++i) {
    zip_stat_t stat;
    zip_stat_init(&stat);
    const auto at = static_cast<std::uint64_t>(i);
    const bool ok = zip_stat_index(z, at, 0, &stat) == 0 && (stat.valid & ZIP_STAT_NAME) != 0 &&
                    (stat.valid & ZIP_STAT_SIZE) != 0;
    nn::require(ok, path, "an entry without name or size in the zip", "a whole zip file");
    const std::string name = stat.name;
    if (name.ends_with("/")) continue;
    entries_.push_back({name, stat.size, at});
  }
}

std::vector<std::byte> ZipArchive::read(const Entry& entry, std::uint64_t count) const {
  const std::string where = path_ + "/" + entry.name;
  count = std::min(count, entry.size);
  const std::unique_ptr<zip_file_t, Close> file(zip_fopen_index(archive_.get(), entry.at, 0));
  nn::require(file != nullptr, where,
              "cannot be unpacked (" + std::string(zip_strerror(archive_.get())) + ")",
              "a plain, unencrypted entry");
  // Memory grows with what comes, not with what the zip declares.
  std::vector<std::byte> bytes;
  std::uint64_t done = 0;
  while (done < count) {
    if (done == bytes.size()) bytes.resize(std::min(count, std::max(2 * done, kFirstPart)));
    const zip_int64_t got = zip_fread(file.get(), bytes.data() + done, bytes.size() - done);
    nn::require(got >= 0, where,
                "damaged data in the zip (" + std::string(zip_file_strerror(file.get())) + ")",
                "a whole zip file", "copy or download it again");
    if (got == 0) break;
    done += static_cast<std::uint64_t>(got);
  }
  // libzip compares the checksum when it meets the end of the entry.
  std::byte beyond{};
  const zip_int64_t rest = done == count ? zip_fread(file.get(), &beyond, 0) : 0;
  nn::require(rest >= 0, where, "damaged data in the zip", "a whole zip file");
  bytes.resize(done);
  return bytes;
}

std::vector<std::byte> ZipArchive::read_all(const Entry& entry, std::uint64_t most) const {
  nn::require(entry.size <= most, path_ + "/" + entry.name,
              std::to_string(entry.size) + " bytes when unpacked",
              "at most " + std::to_string(most), "no file of a scan is so large");
  return read(entry, entry.size);
}

}  // namespace data
