// Pixels that are not compressed. Only files of data/dicom/ include this.
//
// They may be followed by padding, which is left out: one byte where their number is odd, and, by
// "some older applications", more (PS3.5, 8.1.1): a row at most, or zeros for less than a frame.
// Two pixels of YBR_FULL_422 share what is not Y (PS3.3, C.7.6.3.1.2); each gets its own here, and
// the samples become YBR_FULL.
#pragma once

#include <dcmtk/config/osconfig.h>  // before any other header of DCMTK
#include <dcmtk/dcmdata/dcpixel.h>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/dicom/pixels.h"

namespace data {

// Deflated data sets (PS3.5, A.5: raw RFC 1951, without a header).

struct Inflated {
  std::vector<std::byte> bytes;
  std::size_t used = 0;  ///< of the packed bytes
};

/// Input error at `where` for damaged or truncated data, and for more than 64 MiB and 64 times the
/// packed size: deflate can claim 1032 times as much, CT images do not come near.
Inflated inflated(std::span<const std::byte> packed, const std::string& where);

/// By the header, which images_of() has checked.
nn::index frame_count(ParsedDicom& file);

/// The image's frame of all, in either byte order. Input error at `where` when there are too few
/// bytes, or more than pixels and padding.
void read_plain(Samples& out, DcmPixelData& data, const DicomImage& image, nn::index frames,
                const std::string& where);

/// A frame that fragments hold (PS3.5, A.4.11): bytes, little-endian. Errors of read_plain().
void read_plain_fragment(Samples& out, std::span<const std::uint8_t> stream,
                         const DicomImage& image, const std::string& where);

/// Bytes of padding after pixels that are not compressed, without the one that makes their number
/// even.
std::uint64_t padding_bytes(ParsedDicom& file, const DicomImage& image);

}  // namespace data
