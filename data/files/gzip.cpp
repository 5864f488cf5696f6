#include "data/files/gzip.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <vector>

#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;

constexpr std::size_t kChunk = std::size_t{1} << 20;

// Level 4 writes CT three times as fast as zlib's default 6 for about 2 % more bytes.
constexpr int kLevel = 4;

}  // namespace

GzipReader::GzipReader(const std::string& path) : path_(path) {
  file_ = gzopen(path.c_str(), "rb");
  nn::require(file_ != nullptr, path, std::string("cannot be opened: ") + std::strerror(errno),
              "a readable file");
  gzbuffer(file_, 1U << 18);
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error) {
    const bool plain = gzdirect(file_) != 0;
    const std::uintmax_t limit = std::numeric_limits<std::size_t>::max() / 2048;
    most_bytes_ = static_cast<std::size_t>(std::min<std::uintmax_t>(size, limit));
    if (!plain) most_bytes_ *= 1032;
  }
}

GzipReader::~GzipReader() { gzclose_r(file_); }

std::size_t GzipReader::read(void* bytes, std::size_t count) {
  char* to = static_cast<char*>(bytes);
  std::size_t done = 0;
  while (done < count) {
    const auto ask = static_cast<unsigned>(std::min(count - done, kChunk));
    const int got = gzread(file_, to + done, ask);
    if (got > 0) done += static_cast<std::size_t>(got);
    if (got == static_cast<int>(ask)) continue;
    int code = Z_OK;
    const std::string text = gzerror(file_, &code);
    if (code == Z_MEM_ERROR) throw Error(Fault::job, path_, "no memory to read it", "");
    if (code == Z_BUF_ERROR) {
      truncated_ = true;
    } else if (code != Z_OK && code != Z_STREAM_END) {
      throw Error(Fault::input, path_, "damaged gzip data (" + text + ")", "a whole file",
                  "copy or download it again");
    }
    break;
  }
  return done;
}

std::size_t GzipReader::skip(std::size_t count) {
  std::vector<char> scrap(std::min(count, kChunk));
  std::size_t done = 0;
  while (done < count) {
    const std::size_t ask = std::min(count - done, scrap.size());
    const std::size_t got = read(scrap.data(), ask);
    done += got;
    if (got < ask) break;
  }
  return done;
}

GzipWriter::GzipWriter(Sink sink) : sink_(std::move(sink)) {
  // 15 + 16: largest window, gzip wrapper; zlib then writes a header with time 0 and no name.
  if (deflateInit2(&stream_, kLevel, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw Error(Fault::job, "gzip", "no memory to compress", "");
  }
}

GzipWriter::~GzipWriter() { deflateEnd(&stream_); }

void GzipWriter::run(int flush) {
  std::array<unsigned char, 1 << 16> out;
  do {
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<unsigned>(out.size());
    deflate(&stream_, flush);  // cannot fail: the stream is consistent and there is room
    sink_(out.data(), out.size() - stream_.avail_out);
  } while (stream_.avail_out == 0);
}

void GzipWriter::write(const void* bytes, std::size_t count) {
  const auto* from = static_cast<const unsigned char*>(bytes);
  while (count > 0) {
    const std::size_t part = std::min(count, kChunk);
    stream_.next_in = const_cast<unsigned char*>(from);  // zlib's type; it only reads
    stream_.avail_in = static_cast<unsigned>(part);
    run(Z_NO_FLUSH);
    from += part;
    count -= part;
  }
}

void GzipWriter::finish() { run(Z_FINISH); }

}  // namespace data
