// JPEG files in memory, by libjpeg. Only for picture.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace data {

struct JpegSize {
  int width, height, channels;  ///< channels: 1 grey, 3 red green blue
};

/// Input error when it is no JPEG of grey or colour.
JpegSize jpeg_size(std::span<const std::byte> file, const std::string& name);

/// Rows from top to bottom, channels interleaved. Whatever libjpeg warns of is an input error: it
/// would go on with grey where data are missing. The caller has checked the size.
std::vector<std::uint8_t> decode_jpeg(std::span<const std::byte> file, const std::string& name);

}  // namespace data
