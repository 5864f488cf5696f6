// JPEG files in memory, by libjpeg. Only for picture.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace data {

// How a picture has to be turned, as its Exif data say: the entry Orientation (TIFF 6.0, tag
// 0x0112; Exif 2.3, 4.6.4) of the first directory. Nothing else of it is read.

/// The first row is the top and the first column the left side.
inline constexpr int kUpright = 1;

/// The orientation, 1 to 8. `tiff` is a TIFF header and its directory: what follows "Exif" in a
/// JPEG, or a PNG's eXIf chunk. kUpright where it says nothing valid, as viewers assume.
int exif_orientation(std::span<const std::byte> tiff);

/// True where rows of the stored picture are columns of the upright one.
inline bool swaps_axes(int orientation) { return orientation >= 5; }

/// The stored pixel, counted row by row, that is shown in column x and row y of the upright
/// picture. `columns` and `rows` are the size of the stored picture.
std::size_t stored_pixel(std::size_t x, std::size_t y, std::size_t columns, std::size_t rows,
                         int orientation);

struct JpegSize {
  int width, height, channels;  ///< channels: 1 grey, 3 red green blue
};

/// Input error when it is no JPEG of grey or colour.
JpegSize jpeg_size(std::span<const std::byte> file, const std::string& name);

/// Rows from top to bottom, channels interleaved. Whatever libjpeg warns of is an input error: it
/// would go on with grey where data are missing. The caller has checked the size.
std::vector<std::uint8_t> decode_jpeg(std::span<const std::byte> file, const std::string& name);

}  // namespace data
