// TIFF stacks in (Aldus, "TIFF Revision 6.0", 1992): one file of many pages, or many files of one
// page or more; by libtiff. Read: one value per pixel, of 8, 16 or 32 bits with or without a sign
// or floating point of 32 or 64 bits; strips or tiles; uncompressed, LZW, Deflate or PackBits.
// Anything else is refused with a clear text. Built without CT2CT_TIFF the same functions refuse.
#pragma once

#include <cstddef>
#include <span>

#include "data/pictures/pictures.h"
#include "data/volume/volume.h"

namespace data {

/// True for the first bytes of a TIFF file, BigTIFF too.
bool looks_like_tiff(std::span<const std::byte> head);

/// Whether the first picture of a list is a TIFF file.
bool holds_tiff(const PictureList& list);

/// Width and height of the first page. Input error for a file that cannot be read.
PictureSize tiff_size(std::span<const std::byte> file, const std::string& name);

/// Reads all pages of all files, one a slice. Pages of reduced size, which are previews, are passed
/// over. Unsigned values of 8 and 16 bits are grey levels from 0 to 255, as in other pictures.
/// The unit of all other values is unknown. Where 0 is white, values without a sign are turned
/// round. Spacing is 1 mm, since resolutions in TIFF files are mostly made up. Input error when a
/// page is damaged, when pages differ in size or type, or when one of them is no TIFF.
Volume stack_tiffs(const PictureList& list);

}  // namespace data
