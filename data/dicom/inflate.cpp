#include "data/dicom/plain.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <memory>

#include "nn/core/error.h"

namespace data {
namespace {

constexpr std::size_t kMostInflated = std::size_t{64} << 20;
constexpr std::size_t kMostRatio = 64;

struct EndInflate {
  void operator()(z_stream* s) const { inflateEnd(s); }
};

}  // namespace

Inflated inflated(std::span<const std::byte> packed, const std::string& where) {
  constexpr char kHint[] = "the file is truncated or damaged: copy or export it again";
  const std::size_t most = std::max(kMostInflated, kMostRatio * packed.size());
  z_stream stream{};
  // Negative: no zlib header, as PS3.5, A.5 wants it.
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    throw nn::Error(nn::Fault::job, where, "no memory to unpack", "");
  }
  const std::unique_ptr<z_stream, EndInflate> end(&stream);
  // zlib's type; it only reads. A file of a scan has less than 2^31 bytes.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  Inflated out;
  std::vector<std::byte> chunk(std::size_t{1} << 18);
  int state = Z_OK;
  while (state == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    state = inflate(&stream, Z_NO_FLUSH);
    const std::size_t got = chunk.size() - stream.avail_out;
    nn::require(out.bytes.size() + got <= most, where,
                "a deflated data set of more than " + std::to_string(most >> 20) + " MiB",
                "an image", "unpack it first, for instance with dcmconv +te");
    out.bytes.insert(out.bytes.end(), chunk.begin(),
                     chunk.begin() + static_cast<std::ptrdiff_t>(got));
  }
  nn::require(state == Z_STREAM_END, where, "damaged or truncated deflated data",
              "a whole data set", kHint);
  out.used = packed.size() - stream.avail_in;
  return out;
}

}  // namespace data
