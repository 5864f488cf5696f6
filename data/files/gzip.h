// Reading files that may be gzip-compressed (content decides) and making gzip bytes, by zlib.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <functional>
#include <string>

namespace data {

class GzipReader {
 public:
  /// Input error when the file cannot be opened.
  explicit GzipReader(const std::string& path);
  ~GzipReader();
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;

  /// Reads up to `count` bytes and returns how many there were; fewer at the end of the file or of
  /// truncated gzip data. Input error when the compressed data are damaged.
  std::size_t read(void* bytes, std::size_t count);
  /// Reads and drops up to `count` bytes.
  std::size_t skip(std::size_t count);
  /// True after a short read() that ended within a gzip stream.
  bool truncated() const { return truncated_; }
  /// No more than this many bytes can come out of the file: its size, or 1032 times that, which is
  /// the most that deflate can do (zlib, "Maximum Compression Factor"). Asked before allocating.
  std::size_t most_bytes() const { return most_bytes_; }

 private:
  std::string path_;
  gzFile file_ = nullptr;
  bool truncated_ = false;
  std::size_t most_bytes_ = 0;
};

/// Compresses as one gzip member without name or time, so that the same bytes give the same file.
class GzipWriter {
 public:
  using Sink = std::function<void(const void* bytes, std::size_t count)>;

  explicit GzipWriter(Sink sink);
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  void write(const void* bytes, std::size_t count);
  void finish();

 private:
  void run(int flush);

  Sink sink_;
  z_stream stream_{};
};

}  // namespace data
