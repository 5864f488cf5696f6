#include "data/dicom/fragments.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

#include "nn/core/error.h"

namespace data {
namespace {

using Item = std::span<const std::uint8_t>;
/// Number of the first fragment of each frame.
using Firsts = std::vector<std::size_t>;

std::uint32_t little_endian(Item bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{bytes[at + i]} << (8 * i);
  return value;
}

bool starts_with(Item bytes, std::string_view mark) {
  return bytes.size() >= mark.size() && std::memcmp(bytes.data(), mark.data(), mark.size()) == 0;
}

/// A frame of RLE begins with 16 words: the number of segments, where each begins (the first after
/// these words), and zeros (PS3.5, G.5).
bool starts_with_rle_header(Item bytes, std::size_t segments) {
  constexpr std::size_t kWords = 16;
  if (bytes.size() < 4 * kWords || segments >= kWords) return false;
  if (little_endian(bytes, 0) != segments || little_endian(bytes, 4) != 4 * kWords) return false;
  for (std::size_t i = segments + 1; i < kWords; ++i) {
    if (little_endian(bytes, 4 * i) != 0) return false;
  }
  return true;
}

bool may_begin_a_frame(Item fragment, Codec codec, std::size_t rle_segments) {
  switch (codec) {
    case Codec::rle:
      return starts_with_rle_header(fragment, rle_segments);
    case Codec::jpeg:
    case Codec::jpeg_ls:
      return starts_with(fragment, "\xFF\xD8");
    case Codec::jpeg2000:  // a code stream, or the file format JP2
      return starts_with(fragment, "\xFF\x4F") ||
             starts_with(fragment, std::string_view("\0\0\0\x0CjP  ", 8));
    default:
      return false;
  }
}

/// Whether what stands before fragment `next` ends with the mark that ends an image, FF D9 in JPEG
/// and JPEG 2000, but for zeros that pad. Inside compressed data that mark cannot occur; RLE has
/// none.
bool image_ends_before(std::span<const Item> fragments, std::size_t next, Codec codec) {
  if (codec == Codec::rle) return true;
  bool padding = true;
  bool d9 = false;
  for (std::size_t f = next; f-- > 0;) {
    for (std::size_t i = fragments[f].size(); i-- > 0;) {
      const std::uint8_t byte = fragments[f][i];
      if (padding && byte == 0) continue;
      padding = false;
      if (d9) return byte == 0xFF;
      if (byte != 0xD9) return false;
      d9 = true;
    }
  }
  return false;
}

/// A table's offsets count from the first fragment's item tag; each item has 8 bytes before its
/// value.
Firsts by_offsets(std::span<const std::uint64_t> offsets, std::span<const Item> fragments,
                  std::size_t frames, const std::string& where) {
  nn::require(offsets.size() == frames, where,
              "an offset table of " + std::to_string(offsets.size()) + " entries",
              std::to_string(frames) + ", one for each frame", kDamaged);
  Firsts firsts;
  std::uint64_t at = 0;
  for (std::size_t f = 0; f < fragments.size() && firsts.size() < frames; ++f) {
    if (offsets[firsts.size()] == at) firsts.push_back(f);
    at += 8 + fragments[f].size();
  }
  nn::require(firsts.size() == frames && firsts.front() == 0, where,
              "an offset of " + std::to_string(offsets[firsts.size() % frames]) + " for frame " +
                  std::to_string(firsts.size() % frames + 1),
              "the beginnings of fragments, the first at 0, in ascending order", kDamaged);
  return firsts;
}

Firsts by_marks(std::span<const Item> fragments, std::size_t frames, Codec codec,
                std::size_t rle_segments, const std::string& where) {
  Firsts firsts;
  for (std::size_t f = 0; f < fragments.size(); ++f) {
    const bool begins = f == 0 || (may_begin_a_frame(fragments[f], codec, rle_segments) &&
                                   image_ends_before(fragments, f, codec));
    if (begins) firsts.push_back(f);
  }
  nn::require(firsts.size() == frames, where,
              std::to_string(fragments.size()) + " fragments of " + std::to_string(frames) +
                  " frames without an offset table, of which " + std::to_string(firsts.size()) +
                  " can begin a frame",
              "a table, or fragments of which it is clear where a frame begins",
              "export the series again, one fragment a frame or without compression");
  return firsts;
}

std::vector<std::uint64_t> basic_offsets(Item item, const std::string& where) {
  nn::require(item.size() % 4 == 0, where,
              "an offset table of " + std::to_string(item.size()) + " bytes", "4 for each frame",
              kDamaged);
  std::vector<std::uint64_t> offsets;
  for (std::size_t i = 0; i < item.size(); i += 4) offsets.push_back(little_endian(item, i));
  return offsets;
}

void check_lengths(const std::vector<std::uint64_t>& lengths,
                   const std::vector<std::vector<std::uint8_t>>& frames, const std::string& where) {
  nn::require(lengths.size() == frames.size(), where,
              "an extended offset table with " + std::to_string(lengths.size()) + " lengths",
              std::to_string(frames.size()) + ", one for each frame", kDamaged);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    nn::require(lengths[i] <= frames[i].size(), where,
                "frame " + std::to_string(i + 1) + " of " + std::to_string(lengths[i]) +
                    " bytes by the extended offset table",
                "at most the " + std::to_string(frames[i].size()) + " of its fragments", kDamaged);
  }
}

}  // namespace

std::vector<std::vector<std::uint8_t>> joined_frames(const PixelItems& pixels, nn::index frames,
                                                     Codec codec, std::size_t rle_segments,
                                                     const std::string& where) {
  const auto count = static_cast<std::size_t>(frames);
  std::span<const Item> fragments(pixels.items);
  Item table;
  // A table begins with the offset 0 of the first frame, which no compressed frame does.
  if (!fragments.empty() && !may_begin_a_frame(fragments.front(), codec, rle_segments)) {
    table = fragments.front();
    fragments = fragments.subspan(1);
  }
  nn::require(
      fragments.size() >= count, where,
      std::to_string(fragments.size()) + " fragments of compressed data",
      count == 1 ? "at least 1" : "at least one for each of " + std::to_string(count) + " frames",
      kDamaged);
  Firsts firsts;
  bool by_extended = false;
  if (count == 1) {
    firsts = {0};
  } else if (fragments.size() == count) {
    for (std::size_t f = 0; f < count; ++f) firsts.push_back(f);
  } else if (!table.empty()) {
    firsts = by_offsets(basic_offsets(table, where), fragments, count, where);
  } else if (pixels.extended_offsets) {
    by_extended = true;
    firsts = by_offsets(*pixels.extended_offsets, fragments, count, where);
  } else {
    firsts = by_marks(fragments, count, codec, rle_segments, where);
  }
  std::vector<std::vector<std::uint8_t>> joined(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t end = i + 1 < count ? firsts[i + 1] : fragments.size();
    for (std::size_t f = firsts[i]; f < end; ++f) {
      joined[i].insert(joined[i].end(), fragments[f].begin(), fragments[f].end());
    }
    nn::require(!joined[i].empty(), where, "no compressed data in frame " + std::to_string(i + 1),
                "an image", kDamaged);
  }
  if (by_extended && pixels.extended_lengths)
    check_lengths(*pixels.extended_lengths, joined, where);
  return joined;
}

}  // namespace data
