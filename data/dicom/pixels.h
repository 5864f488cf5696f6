// Stored values of one image: decompressed, cut to BitsStored, with their sign.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/dicom/image.h"

namespace data {

/// rows * columns values of `image` from its file. An image of unsigned values has them as
/// 0..65535, a signed one as -32768..32767. MONOCHROME1 is turned round: v becomes the largest
/// value of BitsStored minus v (-1 - v where values are signed). Input error at `where` when the
/// transfer syntax is not supported, the data are damaged, or their number is not exactly what the
/// header says. Frames are decoded one at a time.
std::vector<std::int32_t> stored_values(DcmFileFormat& file, const DicomImage& image,
                                        const std::string& where);

/// Decodes a JPEG 2000 code stream of one component with OpenJPEG into rows * columns words. Words
/// of a stream that is signed are in two's complement; `precision` gets its bits per value.
std::vector<std::uint16_t> decode_jpeg2000(std::span<const std::uint8_t> stream, nn::index rows,
                                           nn::index columns, bool& stream_signed, int& precision,
                                           const std::string& where);

/// Height and width that a JPEG or JPEG-LS stream says it has; nothing when it says none.
std::optional<std::array<nn::index, 2>> jpeg_size(std::span<const std::uint8_t> stream);

}  // namespace data
