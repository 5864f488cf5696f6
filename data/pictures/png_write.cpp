// PNG files, 8 and 16 bits, by libpng. Its errors are long jumps, so encode() holds no object with
// a destructor while libpng runs.
#include <png.h>

#include <csetjmp>
#include <exception>
#include <vector>

#include "data/files/atomic_file.h"
#include "data/pictures/picture.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::Error;
using nn::Fault;
using nn::index;

using PngBytes = std::vector<unsigned char>;

struct Pixels {
  index width, height;
  int channels, bits;
  const unsigned char* bytes;  // rows one after another; 16-bit values lowest byte first
};

/// libpng's callback; an exception must not pass through C.
void collect(png_structp png, png_bytep bytes, std::size_t count) {
  bool full = false;
  try {
    auto& out = *static_cast<PngBytes*>(png_get_io_ptr(png));
    out.insert(out.end(), bytes, bytes + count);
  } catch (const std::exception&) {
    full = true;
  }
  if (full) png_error(png, "no memory");
}

/// Without printing, as libpng's own would.
[[noreturn]] void jump_back(png_structp png, png_const_charp /*text*/) { png_longjmp(png, 1); }

void keep_quiet(png_structp /*png*/, png_const_charp /*text*/) {}

/// False when memory runs out, which is all that can go wrong.
bool encode(const Pixels& p, PngBytes* out) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, jump_back, keep_quiet);
  if (png == nullptr) return false;
  png_infop info = png_create_info_struct(png);
  if (info == nullptr || setjmp(png_jmpbuf(png)) != 0) {
    png_destroy_write_struct(&png, &info);
    return false;
  }
  png_set_write_fn(png, out, collect, nullptr);
  png_set_IHDR(png, info, static_cast<png_uint_32>(p.width), static_cast<png_uint_32>(p.height),
               p.bits, p.channels == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  if (p.bits == 16) png_set_swap(png);  // files have the highest byte first
  const index row = p.width * p.channels * (p.bits / 8);
  for (index y = 0; y < p.height; ++y) png_write_row(png, p.bytes + y * row);
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  return true;
}

PngBytes encoded(const std::string& where, const Pixels& p, std::size_t values) {
  const bool sane = p.width >= 1 && p.height >= 1 && p.width <= (1 << 20) &&
                    p.height <= (1 << 20) && (p.channels == 1 || p.channels == 3) &&
                    static_cast<index>(values) == p.width * p.height * p.channels &&
                    values < (std::size_t{1} << 30);
  if (!sane) {
    throw Error(Fault::job, where,
                std::to_string(values) + " values for " + std::to_string(p.width) + " x " +
                    std::to_string(p.height) + " x " + std::to_string(p.channels),
                "as many values, 1 or 3 channels");
  }
  PngBytes png;
  if (!encode(p, &png)) throw Error(Fault::job, where, "no memory to write a PNG", "");
  return png;
}

void write(const std::string& path, const Pixels& p, std::size_t values, bool force) {
  AtomicFile file(path, force);
  const PngBytes png = encoded(path, p, values);
  file.write(png.data(), png.size());
  file.commit();
}

}  // namespace

std::vector<unsigned char> encode_png(index width, index height, int channels,
                                      std::span<const std::uint8_t> bytes) {
  return encoded("picture", {width, height, channels, 8, bytes.data()}, bytes.size());
}

void write_png(const std::string& path, index width, index height, int channels,
               std::span<const std::uint8_t> bytes, bool force) {
  write(path, {width, height, channels, 8, bytes.data()}, bytes.size(), force);
}

void write_png16(const std::string& path, index width, index height,
                 std::span<const std::uint16_t> values, bool force) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
  write(path, {width, height, 1, 16, bytes}, values.size(), force);
}

}  // namespace data
