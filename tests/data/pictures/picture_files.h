// Picture files that are built by hand for the tests of data/picture and data/pictures.
#pragma once

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace data_test {

inline std::string big_endian(std::uint32_t v) {
  return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
          static_cast<char>(v)};
}

inline std::string png_chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto sum = crc32(0, reinterpret_cast<const unsigned char*>(body.data()),
                         static_cast<unsigned>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size())) + body +
         big_endian(static_cast<std::uint32_t>(sum));
}

/// A PNG (PNG specification, sections 5 and 11) whose rows have no filter. `colour`: 0 grey, 2 red
/// green blue, 4 grey and alpha, 6 all four. `samples`: 16-bit values highest byte first.
inline std::string png_bytes(std::uint32_t width, std::uint32_t height, int bits, int colour,
                             const std::vector<std::uint8_t>& samples) {
  const std::size_t channels = colour == 0 ? 1 : colour == 2 ? 3 : colour == 4 ? 2 : 4;
  const std::size_t row =
      std::max(width * channels * static_cast<std::size_t>(bits / 8), std::size_t{1});
  std::string raw;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (i % row == 0) raw += '\0';
    raw += static_cast<char>(samples[i]);
  }
  std::string packed(compressBound(static_cast<unsigned long>(raw.size())), '\0');
  auto size = static_cast<unsigned long>(packed.size());
  compress(reinterpret_cast<unsigned char*>(packed.data()), &size,
           reinterpret_cast<const unsigned char*>(raw.data()),
           static_cast<unsigned long>(raw.size()));
  packed.resize(size);
  const std::string header = big_endian(width) + big_endian(height) + static_cast<char>(bits) +
                             static_cast<char>(colour) + std::string(3, '\0');
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", header) + png_chunk("IDAT", packed) +
         png_chunk("IEND", "");
}

/// Exif data whose only entry is the orientation, of type 3 (short), in either byte order
/// (TIFF 6.0).
inline std::string exif_bytes(int orientation, bool little) {
  const auto number = [&](int value, std::size_t count) {
    std::string bytes(count, '\0');
    for (std::size_t i = 0; i < count && i < 2; ++i) {
      bytes[little ? i : count - 1 - i] = static_cast<char>(value >> (8 * i) & 255);
    }
    return bytes;
  };
  return (little ? "II" : "MM") + number(42, 2) + number(8, 4) + number(1, 2) + number(0x0112, 2) +
         number(3, 2) + number(1, 4) + number(orientation, 2) + number(0, 2) + number(0, 4);
}

/// A PNG with these Exif data (chunk eXIf, PNG extensions 1.5) after its header.
inline std::string png_with_exif(std::string png, const std::string& exif) {
  return png.insert(33, png_chunk("eXIf", exif));
}

/// A JPEG with these Exif data in an APP1 segment.
inline std::string jpeg_with_exif(std::string jpeg, const std::string& exif) {
  const std::string body = std::string("Exif\0\0", 6) + exif;
  const std::size_t length = body.size() + 2;
  return jpeg.insert(2, std::string{'\xff', '\xe1', static_cast<char>(length >> 8),
                                    static_cast<char>(length & 255)} +
                            body);
}

/// An 8 x 8 JPEG, all 128: one quantisation table of ones, one-bit codes for "difference 0" and
/// "end of block", then those two bits (ITU-T T.81).
inline const std::string kJpeg = [] {
  const auto segment = [](int marker, const std::string& data) {
    return std::string{'\xff', static_cast<char>(marker), '\0',
                       static_cast<char>(data.size() + 2)} +
           data;
  };
  const std::string one_code = std::string(1, '\1') + std::string(16, '\0');
  return "\xff\xd8" + segment(0xDB, std::string(1, '\0') + std::string(64, '\1')) +
         segment(0xC0, std::string("\x08\0\x08\0\x08\x01\x01\x11\0", 9)) +
         segment(0xC4, std::string(1, '\x00') + one_code) +
         segment(0xC4, std::string(1, '\x10') + one_code) +
         segment(0xDA, std::string("\x01\x01\0\0\x3f\0", 6)) + "\x3f\xff\xd9";
}();

}  // namespace data_test
