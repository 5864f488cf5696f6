// One picture: PNG (8 or 16 bits) and JPEG in, the same kinds of PNG out. stb_image decodes PNG,
// libjpeg JPEG. Both accept some damaged files in silence (PNG checksums, cut-off JPEG), so the
// bytes are checked first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/volume/window.h"
#include "nn/core/tensor.h"

namespace data {

/// Rows from top to bottom, channels interleaved.
struct Image8 {
  nn::index width = 0;
  nn::index height = 0;
  int channels = 1;  ///< 1 grey, 3 red green blue
  std::vector<std::uint8_t> bytes;
};

/// In grey levels of 0..255: more than what JPEG leaves of grey, less than any colour of letters.
inline constexpr unsigned kColourful = 30;

/// Grey levels; colour has become luma (ITU-R BT.601: 0.299 R + 0.587 G + 0.114 B, rounded).
struct GreyPicture {
  nn::index width = 0;
  nn::index height = 0;
  bool deep = false;                  ///< the file has 16 bits per channel
  bool colour = false;                ///< the file has colour channels that differ somewhere
  std::vector<std::uint16_t> values;  ///< 0..65535 if deep, else 0..255
  /// 1 where the largest and the smallest colour channel differ by more than kColourful, for each
  /// pixel; empty where there is no such pixel.
  std::vector<std::uint8_t> colourful;
  bool turned = false;       ///< Exif turned or mirrored it
  bool transparent = false;  ///< some of it is transparent, more or less
};

struct PictureSize {
  nn::index width = 0;
  nn::index height = 0;
};

/// True for the first bytes of a PNG or JPEG file.
bool looks_like_picture(std::span<const std::byte> bytes);

/// Width and height as decode_grey() gives them, from the header alone; its errors but for what
/// only the pixels tell.
PictureSize picture_size(std::span<const std::byte> file, const std::string& name);

/// The grey picture of one that is decoded already.
GreyPicture grey_picture(const Image8& image);

/// Decodes a whole file in memory; `name` is for errors. Input error when it is no PNG or JPEG of
/// grey or colour, is damaged or truncated, or is larger than kMaxAxis.
///
/// The picture is what a viewer shows: turned and mirrored as its Exif orientation says
/// (data/pictures/jpeg_read.h), and what is transparent lies over black, so the colour that it
/// hides is never seen.
GreyPicture decode_grey(std::span<const std::byte> file, const std::string& name);

/// The same with its colours and 8 bits, 16-bit values divided by 257 and rounded down.
Image8 decode_picture(std::span<const std::byte> file, const std::string& name);

/// Reads and decodes a picture file with its colours.
Image8 read_picture(const std::string& path);

/// (1, H, W, C) of grey levels 0..255.
nn::Tensor to_tensor(const Image8& image);

/// A PNG file of 1 or 3 channels in memory, `bytes` as in Image8.
std::vector<unsigned char> encode_png(nn::index width, nn::index height, int channels,
                                      std::span<const std::uint8_t> bytes);

/// Writes a PNG of 1 or 3 channels, `bytes` as in Image8. Input error when `path` exists and not
/// `force`.
void write_png(const std::string& path, nn::index width, nn::index height, int channels,
               std::span<const std::uint8_t> bytes, bool force);

/// Writes a 16-bit grey PNG, one value a pixel.
void write_png16(const std::string& path, nn::index width, nn::index height,
                 std::span<const std::uint16_t> values, bool force);

/// (1, H, W, C) to grey levels, channels interleaved: `low` and below is 0, `high` and above is
/// 255, linear and rounded half up between.
std::vector<std::uint8_t> to_grey(const nn::Tensor& slice, const Window& window);

/// Grey levels 0..255 to 0..65535: 257 times the level, rounded to the nearest; the exact inverse
/// of reading a 16-bit picture.
std::vector<std::uint16_t> to_grey16(const nn::Tensor& slice);

}  // namespace data
