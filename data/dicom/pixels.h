// Stored values of one image: decompressed, cut to BitsStored, with their sign.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "data/dicom/image.h"
#include "data/pictures/picture.h"

namespace data {

/// Samples of one image as its data have them: not yet cut to their bits, no sign given.
struct Samples {
  std::vector<std::uint16_t> words;  ///< rows * columns * DicomImage::samples
  /// What they mean; decoders of JPEG and JPEG 2000 turn luminance and chrominance into RGB. Never
  /// YBR_FULL_422, whose shared chrominance is given to each pixel.
  std::string photometric;
  bool by_plane = false;  ///< see DicomImage
  int bits = 16;          ///< of a sample
  int shift = 0;          ///< of its lowest bit
};

/// Input error at `where` when the transfer syntax is not supported, the data are damaged, or there
/// are fewer than the header says. Padding after data that are not compressed, less than a frame,
/// is left out (PS3.5, 8.1.1). Frames are decoded one at a time; the first call joins the fragments
/// of each.
Samples samples_of(ParsedDicom& file, const DicomImage& image, const std::string& where);

/// For images of one sample a pixel: rows * columns values of `image` from its file. An image of
/// unsigned values has them as 0..65535, a signed one as -32768..32767. MONOCHROME1 changes
/// nothing: it says how values are shown after the window (PS3.3, C.7.6.3.1.2). Errors of
/// samples_of().
std::vector<std::int32_t> stored_values(ParsedDicom& file, const DicomImage& image,
                                        const std::string& where);

/// Decodes a JPEG 2000 code stream, high-throughput or not, of image.samples components with
/// OpenJPEG into words, pixel by pixel. Words of a stream that is signed are in two's complement;
/// `precision` gets its bits per value. A colour transformation that the stream names is undone, so
/// the words are RGB.
std::vector<std::uint16_t> decode_jpeg2000(std::span<const std::uint8_t> stream,
                                           const DicomImage& image, bool& stream_signed,
                                           int& precision, const std::string& where);

/// What a JPEG or JPEG-LS stream says of its frame.
struct JpegFrame {
  nn::index rows = 0;
  nn::index columns = 0;
  int bits = 0;
  int components = 0;
};

/// Nothing when the stream says none.
std::optional<JpegFrame> jpeg_frame(std::span<const std::uint8_t> stream);

// Images of a CT series that hold no HU: 8-bit grey, or colour. Only files of data/dicom/ include
// this.

/// The image as a picture file of it would be read. Grey levels of fewer than 8 bits are stretched
/// to 0..255. Signed grey levels begin at their lowest value. MONOCHROME1 is inverted, since a
/// picture is what is shown (PS3.3, C.7.6.3.1.2). YBR (full range) and palettes become RGB
/// first (PS3.3, C.7.6.3.1.2 and C.7.6.3.1.5), of palettes with 16 bits the upper 8. Errors of
/// samples_of(), and an input error at `where` for a palette that is missing, damaged, or stored in
/// segments.
GreyPicture picture_of(ParsedDicom& file, const DicomImage& image, const std::string& where);

}  // namespace data
