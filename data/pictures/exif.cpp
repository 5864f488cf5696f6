#include "data/pictures/jpeg_read.h"

#include <cstring>

namespace data {
namespace {

/// Numbers of either byte order; 0 beyond the end.
class TiffBytes {
 public:
  explicit TiffBytes(std::span<const std::byte> bytes) : bytes_(bytes) {}

  /// Reads the header: "II" or "MM", 42 and the place of the first directory. 0 if it is no TIFF.
  std::size_t directory() {
    if (bytes_.size() < 8) return 0;
    if (std::memcmp(bytes_.data(), "II", 2) != 0 && std::memcmp(bytes_.data(), "MM", 2) != 0) {
      return 0;
    }
    little_ = bytes_[0] == std::byte{'I'};
    return number(2, 2) == 42 ? number(4, 4) : 0;
  }

  std::size_t number(std::size_t at, std::size_t count) const {
    if (at > bytes_.size() || count > bytes_.size() - at) return 0;
    std::size_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      value = value << 8 | std::to_integer<std::size_t>(bytes_[at + (little_ ? count - 1 - i : i)]);
    }
    return value;
  }

 private:
  std::span<const std::byte> bytes_;
  bool little_ = false;
};

}  // namespace

int exif_orientation(std::span<const std::byte> tiff) {
  constexpr std::size_t kOrientation = 0x0112;
  constexpr std::size_t kShort = 3;  // the type: 16 bits
  constexpr std::size_t kEntryBytes = 12;
  TiffBytes in(tiff);
  const std::size_t directory = in.directory();
  if (directory == 0) return kUpright;
  const std::size_t entries = in.number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t at = directory + 2 + i * kEntryBytes;
    if (in.number(at, 2) != kOrientation || in.number(at + 2, 2) != kShort) continue;
    const std::size_t value = in.number(at + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : kUpright;
  }
  return kUpright;
}

std::size_t stored_pixel(std::size_t x, std::size_t y, std::size_t columns, std::size_t rows,
                         int orientation) {
  const std::size_t column = swaps_axes(orientation) ? y : x;
  const std::size_t row = swaps_axes(orientation) ? x : y;
  const bool from_right =
      orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_below =
      orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  return (from_below ? rows - 1 - row : row) * columns +
         (from_right ? columns - 1 - column : column);
}

}  // namespace data
