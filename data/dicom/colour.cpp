#include "data/dicom/pixels.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

/// 0 to `most` stretched to 0..255, rounded.
std::uint8_t level(unsigned value, unsigned most) {
  return static_cast<std::uint8_t>((value * 255 + most / 2) / most);
}

std::uint8_t rounded(double value) {
  return static_cast<std::uint8_t>(std::floor(std::clamp(value, 0.0, 255.0) + 0.5));
}

/// The inverse of PS3.3, C.7.6.3.1.2, in place.
void to_rgb(std::uint8_t* p) {
  const double y = p[0];
  const double cb = p[1] - 128.0;
  const double cr = p[2] - 128.0;
  p[0] = rounded(y + 1.402 * cr);
  p[1] = rounded(y - 0.344136 * cb - 0.714136 * cr);
  p[2] = rounded(y + 1.772 * cb);
}

std::vector<std::uint8_t> grey_levels(ParsedDicom& file, const DicomImage& image,
                                      const std::string& where) {
  const std::vector<std::int32_t> values = stored_values(file, image, where);
  const std::int32_t lowest = image.is_signed ? -(1 << (image.bits_stored - 1)) : 0;
  const unsigned most = (1U << static_cast<unsigned>(image.bits_stored)) - 1;
  std::vector<std::uint8_t> levels;
  levels.reserve(values.size());
  for (const std::int32_t v : values) {
    const std::uint8_t shown = level(static_cast<unsigned>(v - lowest), most);
    levels.push_back(image.monochrome1 ? static_cast<std::uint8_t>(255 - shown) : shown);
  }
  return levels;
}

std::vector<std::uint8_t> from_samples(ParsedDicom& file, const DicomImage& image,
                                       const std::string& where) {
  const Samples samples = samples_of(file, image, where);
  const std::size_t pixels = samples.words.size() / 3;
  const unsigned most = (1U << static_cast<unsigned>(samples.bits)) - 1;
  std::vector<std::uint8_t> rgb(samples.words.size());
  for (std::size_t i = 0; i < pixels; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      const unsigned word = samples.words[samples.by_plane ? c * pixels + i : 3 * i + c];
      rgb[3 * i + c] = level((word >> static_cast<unsigned>(samples.shift)) & most, most);
    }
    if (samples.photometric == "YBR_FULL") to_rgb(&rgb[3 * i]);
  }
  return rgb;
}

/// One colour of a palette: the levels, and which index the first one is for.
struct Table {
  std::int32_t first = 0;
  std::vector<std::uint8_t> levels;

  /// What lies outside has the nearest end's colour (PS3.3, C.7.6.3.1.5).
  std::uint8_t at(std::int32_t value) const {
    const auto last = static_cast<std::int32_t>(levels.size()) - 1;
    return levels[static_cast<std::size_t>(std::clamp(value - first, 0, last))];
  }
};

/// Descriptor (PS3.3, C.7.6.3.1.5): number of entries, where 0 means 65536; the first index; bits.
Table table_of(DcmDataset& d, const DcmTagKey& descriptor, const DcmTagKey& data, bool is_signed,
               const std::string& where) {
  const auto described = numbers_of<3>(d, descriptor);
  const Uint16* words = nullptr;
  unsigned long count = 0;
  const bool there = described && d.findAndGetUint16Array(data, words, &count).good();
  nn::require(there && words != nullptr, where, "PALETTE COLOR without a palette",
              "red, green and blue lookup tables, not in segments", "export the series as RGB");
  // Numbers of 16 bits, read as signed or not by their VR.
  const auto whole = [](double v) { return static_cast<std::int32_t>(v) & 0xFFFF; };
  const int entries = whole((*described)[0]) == 0 ? 65536 : whole((*described)[0]);
  const int bits = whole((*described)[2]);
  Table table;
  table.first = whole((*described)[1]);
  if (is_signed && table.first > 32767) table.first -= 65536;
  // Entries of 8 bits are packed in pairs, or have a word each in files of old.
  const auto wanted = static_cast<unsigned long>(entries);
  const bool packed = bits == 8 && count == (wanted + 1) / 2;
  nn::require((bits == 8 || bits == 16) && (packed || count == wanted), where,
              "a palette of " + std::to_string(entries) + " entries of " + std::to_string(bits) +
                  " bits in " + std::to_string(count) + " words",
              "8 or 16 bits, and as many words as they fill", "export the series as RGB");
  for (unsigned long i = 0; i < wanted; ++i) {
    const unsigned word = words[packed ? i / 2 : i];
    const bool upper = bits == 16 || (packed && i % 2 == 1);
    table.levels.push_back(static_cast<std::uint8_t>(upper ? word >> 8U : word & 0xFFU));
  }
  return table;
}

std::vector<std::uint8_t> from_palette(ParsedDicom& file, const DicomImage& image,
                                       const std::string& where) {
  DcmDataset& d = *file.getDataset();
  const auto table = [&](const DcmTagKey& descriptor, const DcmTagKey& data) {
    return table_of(d, descriptor, data, image.is_signed, where);
  };
  const std::array<Table, 3> tables{
      table(DCM_RedPaletteColorLookupTableDescriptor, DCM_RedPaletteColorLookupTableData),
      table(DCM_GreenPaletteColorLookupTableDescriptor, DCM_GreenPaletteColorLookupTableData),
      table(DCM_BluePaletteColorLookupTableDescriptor, DCM_BluePaletteColorLookupTableData)};
  const std::vector<std::int32_t> values = stored_values(file, image, where);
  std::vector<std::uint8_t> rgb;
  rgb.reserve(3 * values.size());
  for (const std::int32_t v : values) {
    for (const Table& t : tables) rgb.push_back(t.at(v));
  }
  return rgb;
}

}  // namespace

GreyPicture picture_of(ParsedDicom& file, const DicomImage& image, const std::string& where) {
  Image8 decoded{image.columns, image.rows, 3, {}};
  if (image.samples == 3) {
    decoded.bytes = from_samples(file, image, where);
  } else if (image.photometric == "PALETTE COLOR") {
    decoded.bytes = from_palette(file, image, where);
  } else {
    decoded.channels = 1;
    decoded.bytes = grey_levels(file, image, where);
  }
  return grey_picture(decoded);
}

}  // namespace data
