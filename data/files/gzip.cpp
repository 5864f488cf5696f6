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

void ByteSource::set_most_bytes(std::size_t size, bool compressed) {
  most_bytes_ = std::min(size, std::numeric_limits<std::size_t>::max() / 2048);
  if (compressed) most_bytes_ *= 1032;
}

GzipReader::GzipReader(const std::string& path) : path_(path) {
  file_ = gzopen(path.c_str(), "rb");
  nn::require(file_ != nullptr, path, std::string("cannot be opened: ") + std::strerror(errno),
              "a readable file");
  gzbuffer(file_, 1U << 18);
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (!error) set_most_bytes(static_cast<std::size_t>(size), gzdirect(file_) == 0);
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

std::size_t ByteSource::skip(std::size_t count) {
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

FilePart::FilePart(const std::string& path, std::size_t offset, bool compressed)
    : path_(path), file_(path, std::ios::binary), compressed_(compressed) {
  nn::require(file_.good(), path, "cannot be opened", "a readable file");
  file_.seekg(0, std::ios::end);
  const auto size = static_cast<std::size_t>(file_.tellg());
  nn::require(offset <= size, path, std::to_string(size) + " bytes",
              "at least " + std::to_string(offset), "the file is truncated: copy it again");
  file_.seekg(static_cast<std::streamoff>(offset));
  set_most_bytes(size - offset, compressed);
  if (!compressed) return;
  in_.resize(std::size_t{1} << 16);
  // 15 + 32: largest window, zlib or gzip by the first bytes.
  if (inflateInit2(&stream_, 15 + 32) != Z_OK) {
    throw Error(Fault::job, path, "no memory to read it", "");
  }
}

FilePart::~FilePart() {
  if (compressed_) inflateEnd(&stream_);
}

std::size_t FilePart::read_plain(void* bytes, std::size_t count) {
  file_.read(static_cast<char*>(bytes), static_cast<std::streamsize>(count));
  return static_cast<std::size_t>(file_.gcount());
}

/// After the end of a stream: false unless another gzip member follows.
bool FilePart::begin_next_member() {
  if (stream_.avail_in < 2) {  // what is left and what follows
    std::copy_n(stream_.next_in, stream_.avail_in, in_.data());
    const std::size_t more = read_plain(in_.data() + stream_.avail_in, in_.size() / 2);
    stream_.next_in = in_.data();
    stream_.avail_in += static_cast<unsigned>(more);
  }
  if (stream_.avail_in < 2 || stream_.next_in[0] != 0x1F || stream_.next_in[1] != 0x8B) {
    return false;
  }
  return inflateReset(&stream_) == Z_OK;
}

std::size_t FilePart::read(void* bytes, std::size_t count) {
  if (!compressed_) return read_plain(bytes, count);
  auto* to = static_cast<unsigned char*>(bytes);
  std::size_t done = 0;
  while (done < count && !ended_ && !truncated_) {
    if (stream_.avail_in == 0) {
      stream_.next_in = in_.data();
      stream_.avail_in = static_cast<unsigned>(read_plain(in_.data(), in_.size()));
    }
    const std::size_t ask = std::min(count - done, kChunk);
    stream_.next_out = to + done;
    stream_.avail_out = static_cast<unsigned>(ask);
    const bool at_end = stream_.avail_in == 0;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    done += ask - stream_.avail_out;
    if (code == Z_STREAM_END) {
      ended_ = !begin_next_member();
    } else if (code == Z_MEM_ERROR) {
      throw Error(Fault::job, path_, "no memory to read it", "");
    } else if (code == Z_BUF_ERROR && at_end) {
      truncated_ = true;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      throw Error(Fault::input, path_, "damaged compressed data", "a whole file",
                  "copy or download it again");
    }
  }
  return done;
}

std::string unpack_gzip(std::string_view packed, const std::string& where) {
  std::string out;
  std::vector<char> chunk(kChunk);
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) throw Error(Fault::job, where, "no memory", "");
  // zlib's type; it only reads.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<unsigned>(packed.size());
  int code = Z_OK;
  while (code == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<unsigned>(chunk.size());
    code = inflate(&stream, Z_NO_FLUSH);
    out.append(chunk.data(), chunk.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  nn::require(code == Z_STREAM_END && stream.avail_in == 0, where, "damaged compressed data",
              "a whole gzip file");
  return out;
}

GzipWriter::GzipWriter(Sink sink, Wrapper wrapper) : sink_(std::move(sink)) {
  // Largest window; + 16 for gzip, where zlib then writes a header with time 0 and no name.
  const int window = wrapper == Wrapper::gzip ? 15 + 16 : 15;
  if (deflateInit2(&stream_, kLevel, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
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
