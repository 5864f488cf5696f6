#include "data/pictures/picture.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <memory>
#include <utility>

#include "data/pictures/jpeg_read.h"
#include "data/volume/volume.h"
#include "nn/core/error.h"

#define STBI_NO_STDIO
#include <stb_image.h>

namespace data {
namespace {

using nn::Error;
using nn::Fault;
using nn::index;

using Bytes = std::span<const std::byte>;

constexpr std::array<unsigned char, 8> kPngSignature{0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};
constexpr std::size_t kMostFileBytes = std::size_t{1} << 28;

unsigned byte_at(Bytes b, std::size_t i) { return std::to_integer<unsigned>(b[i]); }

bool is_png(Bytes b) {
  return b.size() >= kPngSignature.size() &&
         std::memcmp(b.data(), kPngSignature.data(), kPngSignature.size()) == 0;
}

bool is_jpeg(Bytes b) {
  return b.size() >= 3 && byte_at(b, 0) == 0xFF && byte_at(b, 1) == 0xD8 && byte_at(b, 2) == 0xFF;
}

[[noreturn]] void truncated(const std::string& name, const char* kind, std::size_t got) {
  throw Error(Fault::input, name,
              "a " + std::string(kind) + " file cut off after " + std::to_string(got) + " bytes",
              "a whole file", "copy or download it again");
}

/// Walks the chunks (length, type, data, CRC-32; PNG specification, section 5) to the end mark.
/// Returns the Exif data (chunk eXIf), empty without any.
Bytes check_png(Bytes b, const std::string& name) {
  Bytes exif;
  const auto number = [&](std::size_t i) {
    return byte_at(b, i) << 24 | byte_at(b, i + 1) << 16 | byte_at(b, i + 2) << 8 |
           byte_at(b, i + 3);
  };
  std::size_t at = kPngSignature.size();
  while (true) {
    if (b.size() - at < 12) truncated(name, "PNG", b.size());
    const std::size_t length = number(at);
    if (length > b.size() - at - 12) truncated(name, "PNG", b.size());
    const auto* type = reinterpret_cast<const unsigned char*>(b.data() + at + 4);
    const auto sum = crc32(0, type, static_cast<unsigned>(length + 4));
    nn::require(sum == number(at + 8 + length), name, "a PNG file with a wrong checksum",
                "an undamaged file", "copy or download it again");
    if (std::memcmp(type, "IEND", 4) == 0) return exif;
    if (std::memcmp(type, "eXIf", 4) == 0) exif = b.subspan(at + 8, length);
    at += length + 12;
  }
}

/// Walks the markers (ITU-T T.81, annex B) to the end of the image. Segments are skipped by their
/// length, since a preview in one of them has an end mark of its own. Returns the Exif data
/// (segment APP1, "Exif", two zeros; Exif 2.3, 4.7.2), empty without any.
Bytes check_jpeg(Bytes b, const std::string& name) {
  constexpr std::size_t kBefore = 8;  // length and mark
  Bytes exif;
  std::size_t at = 2;
  bool in_scan = false;
  while (at + 1 < b.size()) {
    if (byte_at(b, at) != 0xFF) {
      nn::require(in_scan, name, "a damaged JPEG file", "a whole file");
      ++at;
      continue;
    }
    const unsigned marker = byte_at(b, at + 1);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    at += 2;
    if (marker == 0xD9) return exif;                                                 // end of image
    if (marker == 0 || marker == 1 || (marker >= 0xD0 && marker <= 0xD8)) continue;  // no length
    if (at + 2 > b.size()) break;
    const std::size_t length = byte_at(b, at) << 8 | byte_at(b, at + 1);
    if (marker == 0xE1 && exif.empty() && length > kBefore && length <= b.size() - at &&
        std::memcmp(b.data() + at + 2, "Exif\0\0", 6) == 0) {
      exif = b.subspan(at + kBefore, length - kBefore);
    }
    at += length;
    in_scan = marker == 0xDA;
  }
  truncated(name, "JPEG", b.size());
}

/// What is known of a picture before it is decoded: the file's own columns and rows.
struct Info {
  int width = 0;
  int height = 0;
  bool deep = false;
  int orientation = kUpright;

  PictureSize shown() const {
    return swaps_axes(orientation) ? PictureSize{height, width} : PictureSize{width, height};
  }
};

Info check_picture(Bytes file, const std::string& name) {
  nn::require(file.size() <= kMostFileBytes, name, "a file larger than 256 MiB",
              "a picture of one slice");
  Info info;
  if (is_png(file)) {
    info.orientation = exif_orientation(check_png(file, name));
  } else if (is_jpeg(file)) {
    info.orientation = exif_orientation(check_jpeg(file, name));
  } else {
    throw Error(Fault::input, name, file.empty() ? "an empty file" : "not a picture",
                "a PNG or JPEG file");
  }
  const auto* bytes = reinterpret_cast<const stbi_uc*>(file.data());
  const int count = static_cast<int>(file.size());
  if (is_jpeg(file)) {
    const JpegSize size = jpeg_size(file, name);
    info.width = size.width;
    info.height = size.height;
  } else {
    int channels = 0;
    const bool known =
        stbi_info_from_memory(bytes, count, &info.width, &info.height, &channels) != 0;
    nn::require(known, name, "a picture that cannot be decoded",
                "PNG or JPEG of at most 8192 x 8192");
    info.deep = stbi_is_16_bit_from_memory(bytes, count) != 0;
  }
  checked_bytes({info.width, info.height, 1}, StoredType::uint16, name);
  return info;
}

/// Values of a picture, T for each channel, channels interleaved.
template <class T>
struct Decoded {
  std::vector<T> values;
  std::size_t channels = 1;
  bool transparent = false;
};

/// Decodes with the file's own number of channels.
template <class T>
Decoded<T> decode_stored(Bytes file, const std::string& name, const Info& info) {
  const std::size_t pixels =
      static_cast<std::size_t>(info.width) * static_cast<std::size_t>(info.height);
  if constexpr (sizeof(T) == 1) {
    if (is_jpeg(file)) {
      std::vector<T> values = decode_jpeg(file, name);
      const std::size_t channels = values.size() / pixels;
      return {std::move(values), channels};
    }
  }
  int width = 0;
  int height = 0;
  int channels = 0;
  const auto* bytes = reinterpret_cast<const stbi_uc*>(file.data());
  const int count = static_cast<int>(file.size());
  T* decoded = nullptr;
  if constexpr (sizeof(T) == 2) {
    decoded = stbi_load_16_from_memory(bytes, count, &width, &height, &channels, 0);
  } else {
    decoded = stbi_load_from_memory(bytes, count, &width, &height, &channels, 0);
  }
  const std::unique_ptr<T, void (*)(void*)> owner(decoded, stbi_image_free);
  if (decoded == nullptr) {
    throw Error(Fault::input, name,
                "a picture that cannot be decoded (" + std::string(stbi_failure_reason()) + ")",
                "a PNG or JPEG file");
  }
  const auto per_pixel = static_cast<std::size_t>(channels);
  return {{decoded, decoded + pixels * per_pixel}, per_pixel};
}

/// Puts pixels with an alpha channel (2 or 4 channels) over black: value * alpha / most, rounded.
template <class T>
void put_over_black(Decoded<T>& p) {
  if (p.channels != 2 && p.channels != 4) return;
  constexpr std::uint64_t kMost = std::numeric_limits<T>::max();
  const std::size_t left = p.channels - 1;
  const std::size_t pixels = p.values.size() / p.channels;
  for (std::size_t i = 0; i < pixels; ++i) {
    const std::uint64_t alpha = p.values[i * p.channels + left];
    p.transparent = p.transparent || alpha != kMost;
    for (std::size_t c = 0; c < left; ++c) {
      const std::uint64_t value = p.values[i * p.channels + c];
      p.values[i * left + c] = static_cast<T>((value * alpha + kMost / 2) / kMost);
    }
  }
  p.values.resize(pixels * left);
  p.channels = left;
}

/// As a viewer shows it, of size info.shown().
template <class T>
Decoded<T> decode(Bytes file, const std::string& name, const Info& info) {
  Decoded<T> p = decode_stored<T>(file, name, info);
  put_over_black(p);
  if (info.orientation == kUpright) return p;
  const auto columns = static_cast<std::size_t>(info.width);
  const auto rows = static_cast<std::size_t>(info.height);
  std::vector<T> turned;
  turned.reserve(p.values.size());
  const PictureSize shown = info.shown();
  for (std::size_t y = 0; y < static_cast<std::size_t>(shown.height); ++y) {
    for (std::size_t x = 0; x < static_cast<std::size_t>(shown.width); ++x) {
      const std::size_t from = p.channels * stored_pixel(x, y, columns, rows, info.orientation);
      for (std::size_t c = 0; c < p.channels; ++c) turned.push_back(p.values[from + c]);
    }
  }
  p.values = std::move(turned);
  return p;
}

template <class T>
void fill_grey(GreyPicture& out, const std::vector<T>& pixels, std::size_t channels) {
  for (std::size_t i = 0; i < out.values.size(); ++i) {
    const T* p = pixels.data() + i * channels;
    std::uint32_t grey = p[0];
    if (channels >= 3) {
      out.colour = out.colour || p[0] != p[1] || p[0] != p[2];
      const unsigned chroma = std::max({p[0], p[1], p[2]}) - std::min({p[0], p[1], p[2]});
      if (chroma > kColourful * (sizeof(T) == 2 ? 257U : 1U)) {
        if (out.colourful.empty()) out.colourful.resize(out.values.size());
        out.colourful[i] = 1;
      }
      grey = (299U * p[0] + 587U * p[1] + 114U * p[2] + 500U) / 1000U;
    }
    out.values[i] = static_cast<std::uint16_t>(grey);
  }
}

template <class T>
void decode_into(GreyPicture& out, Bytes file, const std::string& name, const Info& info) {
  const Decoded<T> p = decode<T>(file, name, info);
  out.transparent = p.transparent;
  fill_grey(out, p.values, p.channels);
}

}  // namespace

bool looks_like_picture(Bytes bytes) { return is_png(bytes) || is_jpeg(bytes); }

PictureSize picture_size(Bytes file, const std::string& name) {
  return check_picture(file, name).shown();
}

GreyPicture decode_grey(Bytes file, const std::string& name) {
  const Info info = check_picture(file, name);
  GreyPicture out;
  out.width = info.shown().width;
  out.height = info.shown().height;
  out.deep = info.deep;
  out.turned = info.orientation != kUpright;
  out.values.resize(static_cast<std::size_t>(out.width * out.height));
  if (out.deep) {
    decode_into<std::uint16_t>(out, file, name, info);
  } else {
    decode_into<std::uint8_t>(out, file, name, info);
  }
  return out;
}

GreyPicture grey_picture(const Image8& image) {
  GreyPicture out;
  out.width = image.width;
  out.height = image.height;
  out.values.resize(static_cast<std::size_t>(out.width * out.height));
  fill_grey(out, image.bytes, static_cast<std::size_t>(image.channels));
  return out;
}

Image8 decode_picture(Bytes file, const std::string& name) {
  const Info info = check_picture(file, name);
  Decoded<std::uint8_t> p = decode<std::uint8_t>(file, name, info);
  Image8 out;
  out.width = info.shown().width;
  out.height = info.shown().height;
  out.channels = static_cast<int>(p.channels);
  out.bytes = std::move(p.values);
  return out;
}

Image8 read_picture(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  nn::require(stream.good(), path, "no such file, or it may not be read", "a picture");
  const std::vector<char> file{std::istreambuf_iterator<char>(stream), {}};
  return decode_picture(std::as_bytes(std::span(file)), path);
}

nn::Tensor to_tensor(const Image8& image) {
  nn::Tensor t({1, image.height, image.width, image.channels});
  std::transform(image.bytes.begin(), image.bytes.end(), t.data(),
                 [](std::uint8_t level) { return static_cast<nn::real>(level); });
  return t;
}

std::vector<std::uint8_t> to_grey(const nn::Tensor& slice, const Window& window) {
  nn::require(window.high > window.low, "window",
              std::to_string(window.low) + " to " + std::to_string(window.high),
              "a lower and a higher value");
  std::vector<std::uint8_t> out;
  out.reserve(slice.values().size());
  for (const nn::real v : slice.values()) {
    const double level = (static_cast<double>(v) - window.low) / (window.high - window.low) * 255;
    out.push_back(static_cast<std::uint8_t>(std::floor(std::clamp(level, 0.0, 255.0) + 0.5)));
  }
  return out;
}

std::vector<std::uint16_t> to_grey16(const nn::Tensor& slice) {
  std::vector<std::uint16_t> out;
  out.reserve(slice.values().size());
  for (const nn::real v : slice.values()) {
    const double level = std::clamp(257 * static_cast<double>(v), 0.0, 65535.0);
    out.push_back(static_cast<std::uint16_t>(std::floor(level + 0.5)));
  }
  return out;
}

}  // namespace data
