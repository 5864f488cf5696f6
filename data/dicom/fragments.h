// Fragments of compressed frames (PS3.5, A.4): which of them make a frame. Only files of
// data/dicom/ include this.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "data/dicom/syntax.h"
#include "nn/core/shape.h"

namespace data {

/// The items of a pixel sequence, and what else says where frames begin.
struct PixelItems {
  /// The first is the basic offset table, which may be empty. A file may also lack it: then it is
  /// a fragment already.
  std::vector<std::span<const std::uint8_t>> items;
  /// Extended Offset Table (7FE0,0001) and its lengths (7FE0,0002), PS3.3, C.7.6.3.1.8.
  std::optional<std::vector<std::uint64_t>> extended_offsets;
  std::optional<std::vector<std::uint64_t>> extended_lengths;
};

/// The compressed data of each of `frames` frames, its fragments joined, in order. As many
/// fragments as frames: one each, whatever the tables say, since no frame is without. One frame:
/// all of them. Else the basic offset table, else the extended one, else the marks of `codec` at
/// which a frame begins and ends. `rle_segments`: bytes of a pixel, which is what a frame of RLE
/// begins with. Input error at `where` when a table does not fit the fragments, when nothing says
/// where frames begin, and for a frame without data.
std::vector<std::vector<std::uint8_t>> joined_frames(const PixelItems& pixels, nn::index frames,
                                                     Codec codec, std::size_t rle_segments,
                                                     const std::string& where);

}  // namespace data
