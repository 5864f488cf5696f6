// Reading files that may be compressed and making compressed bytes, by zlib.
#pragma once

#include <zlib.h>

#include <cstddef>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace data {

/// Bytes that are read from the first to the last, from a file that may be compressed.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  /// Reads up to `count` bytes and returns how many there were; fewer at the end of the file or of
  /// truncated compressed data. Input error when the compressed data are damaged.
  virtual std::size_t read(void* bytes, std::size_t count) = 0;
  /// Reads and drops up to `count` bytes.
  std::size_t skip(std::size_t count);
  /// True after a short read() that ended within a compressed stream.
  bool truncated() const { return truncated_; }
  /// No more than this many bytes can come out of the file: its size, or 1032 times that, which is
  /// the most that deflate can do (zlib, "Maximum Compression Factor"). Asked before allocating.
  std::size_t most_bytes() const { return most_bytes_; }

 protected:
  ByteSource() = default;
  /// Of a file of `size` bytes.
  void set_most_bytes(std::size_t size, bool compressed);

  bool truncated_ = false;

 private:
  std::size_t most_bytes_ = 0;
};

/// A whole file. Its content decides whether it is compressed by gzip.
class GzipReader final : public ByteSource {
 public:
  /// Input error when the file cannot be opened.
  explicit GzipReader(const std::string& path);
  ~GzipReader() override;

  std::size_t read(void* bytes, std::size_t count) override;

 private:
  std::string path_;
  gzFile file_ = nullptr;
};

/// A file from one of its bytes on, for formats whose header says whether the rest is compressed.
class FilePart final : public ByteSource {
 public:
  /// `compressed`: by gzip, in one or more members, or by zlib; the first bytes decide which.
  /// Input error when the file cannot be opened, or ends before `offset`.
  FilePart(const std::string& path, std::size_t offset, bool compressed);
  ~FilePart() override;

  std::size_t read(void* bytes, std::size_t count) override;

 private:
  std::size_t read_plain(void* bytes, std::size_t count);
  bool begin_next_member();

  std::string path_;
  std::ifstream file_;
  bool compressed_;
  bool ended_ = false;  ///< the compressed data have been read to their end
  z_stream stream_{};
  std::vector<unsigned char> in_;
};

/// The content of a gzip file of one member in memory. Input error at `where` for anything else,
/// and unless its length and checksum are those that its end says.
std::string unpack_gzip(std::string_view packed, const std::string& where);

/// What stands around compressed bytes.
enum class Wrapper { gzip, zlib };

/// Compresses as one stream, a gzip member without name or time, so that the same bytes give the
/// same file.
class GzipWriter {
 public:
  using Sink = std::function<void(const void* bytes, std::size_t count)>;

  explicit GzipWriter(Sink sink, Wrapper wrapper = Wrapper::gzip);
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
