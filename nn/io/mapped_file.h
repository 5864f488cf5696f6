// A file as read-only memory: a page is fetched when it is first touched, and can be given back.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nn {

class MappedFile {
 public:
  /// Throws an input error if the path cannot be opened or is no regular file. Where the file
  /// system cannot map files, or `map` is false, the bytes are read instead.
  explicit MappedFile(const std::string& path, bool map = true);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::byte* data() const { return data_; }
  /// Number of bytes when the file was opened.
  std::size_t size() const { return size_; }
  /// Whether all bytes are still there. If the file was cut short, its lost pages must not be
  /// touched: the system would end the program. A file that another is renamed over loses nothing.
  bool whole() const;
  /// Gives the pages fetched so far back to the system. A page is fetched again when it is touched.
  void release() const;

 private:
  struct Descriptor {
    int number;
    ~Descriptor();
  };

  Descriptor descriptor_;
  bool mapped_ = false;
  std::size_t size_ = 0;
  const std::byte* data_ = nullptr;
  std::vector<std::byte> read_;  ///< the bytes where they are not mapped
};

}  // namespace nn
