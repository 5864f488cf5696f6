// Entries of a zip, by libzip; nothing is unpacked to the disk, so names in it cannot write
// anywhere. Sizes are what the zip declares; libzip hands out no more than that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

struct zip;

namespace data {

class ZipArchive {
 public:
  struct Entry {
    std::string name;
    std::uint64_t size;  ///< bytes when unpacked
    std::uint64_t at;    ///< number in the archive
  };

  /// Input error when it is no whole zip, or has more than 65536 entries.
  explicit ZipArchive(const std::string& path);

  /// Files only, in the archive's order.
  const std::vector<Entry>& entries() const { return entries_; }

  /// The first `count` bytes of an entry, or all of them when it is shorter. Input error when the
  /// data are damaged or encrypted.
  std::vector<std::byte> read(const Entry& entry, std::uint64_t count) const;

  /// The whole entry; input error when it is larger than `most`, said before memory is asked for.
  std::vector<std::byte> read_all(const Entry& entry, std::uint64_t most) const;

 private:
  std::string path_;
  std::shared_ptr<zip> archive_;
  std::vector<Entry> entries_;
};

}  // namespace data
