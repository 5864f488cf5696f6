// A file as read-only memory: a page is fetched when it is first touched, and can be given back.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nn {

class MappedFile {
 public:
  /// Throws an input error for what cannot be opened or is no file. Where the file system maps
  /// nothing, or `map` is false, the bytes are read instead.
  explicit MappedFile(const std::string& path, bool map = true);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::byte* data() const { return data_; }
  /// Bytes when it was opened.
  std::size_t size() const { return size_; }
  /// Whether all bytes are still there. A mapped page that the file has lost must not be touched:
  /// the system would end the program. A file that another is renamed over loses nothing.
  bool whole() const;
  /// Gives back the pages fetched so far; one that is touched again is fetched again.
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
