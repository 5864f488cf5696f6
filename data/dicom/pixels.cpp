#include "data/dicom/pixels.h"

#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

constexpr char kDamaged[] = "the file is damaged: copy or export it again";

DcmPixelData& pixel_data_of(DcmFileFormat& file, const std::string& where) {
  DcmElement* element = nullptr;
  file.getDataset()->findAndGetElement(DCM_PixelData, element);
  auto* data = dynamic_cast<DcmPixelData*>(element);
  nn::require(data != nullptr, where, "no pixel data", "an image", kDamaged);
  return *data;
}

std::vector<std::uint8_t> bytes_of_item(DcmPixelItem& item) {
  Uint8* bytes = nullptr;
  const Uint32 length = item.getLength();
  if (length == 0 || item.getUint8Array(bytes).bad() || bytes == nullptr) return {};
  return {bytes, bytes + length};
}

/// The compressed data of one frame: PS3.5, A.4. The first item is the offset table.
std::vector<std::uint8_t> frame_stream(DcmPixelSequence& items, index frame, index frames,
                                       const std::string& where) {
  const auto fragments = static_cast<index>(items.card()) - 1;
  nn::require(frames == 1 ? fragments >= 1 : fragments == frames, where,
              std::to_string(fragments) + " pieces of compressed data",
              "one for each of " + std::to_string(frames) + " frames", kDamaged);
  std::vector<std::uint8_t> stream;
  const index first = frames == 1 ? 1 : frame + 1;
  const index last = frames == 1 ? fragments : frame + 1;
  for (index i = first; i <= last; ++i) {
    DcmPixelItem* item = nullptr;
    if (items.getItem(item, static_cast<unsigned long>(i)).bad()) continue;
    const std::vector<std::uint8_t> bytes = bytes_of_item(*item);
    stream.insert(stream.end(), bytes.begin(), bytes.end());
  }
  nn::require(!stream.empty(), where, "no compressed data", "an image", kDamaged);
  return stream;
}

std::string size_text(index rows, index columns) {
  return std::to_string(columns) + " x " + std::to_string(rows) + " pixels";
}

std::size_t pixels_of(const DicomImage& image) {
  return static_cast<std::size_t>(image.rows * image.columns);
}

/// One of two Y of a pair of pixels, then what they share: Y1 Y2 Cb Cr becomes two pixels
/// (PS3.3, C.7.6.3.1.2).
std::vector<std::uint16_t> chrominance_for_each(std::span<const std::uint16_t> pairs) {
  std::vector<std::uint16_t> words;
  words.reserve(pairs.size() / 2 * 3);
  for (std::size_t i = 0; i + 4 <= pairs.size(); i += 4) {
    for (const std::size_t y : {i, i + 1}) {
      words.insert(words.end(), {pairs[y], pairs[i + 2], pairs[i + 3]});
    }
  }
  return words;
}

/// Values that are not compressed, in either byte order. An odd number of bytes has one more
/// (PS3.5, 8.1.1).
void read_plain(Samples& out, DcmPixelData& data, const DicomImage& image, index frames,
                const std::string& where) {
  const bool shared = image.photometric == "YBR_FULL_422";
  nn::require(!shared || image.columns % 2 == 0, where,
              "YBR_FULL_422 of " + std::to_string(image.columns) + " columns", "an even number");
  const std::size_t count = pixels_of(image) * static_cast<std::size_t>(shared ? 2 : image.samples);
  const std::size_t sample = image.bits_allocated == 8 ? 1 : 2;
  const std::uint64_t bytes = static_cast<std::uint64_t>(frames) * sample * count;
  nn::require(data.getLength() == bytes + bytes % 2, where,
              std::to_string(data.getLength()) + " bytes of pixel data",
              std::to_string(bytes + bytes % 2),
              "the file is truncated or damaged: copy or export it again");
  const std::size_t first = static_cast<std::size_t>(image.frame) * count;
  Uint8* as_bytes = nullptr;
  Uint16* as_words = nullptr;
  if (sample == 1 && data.getUint8Array(as_bytes).good() && as_bytes != nullptr) {
    out.words.assign(as_bytes + first, as_bytes + first + count);
  } else if (sample == 2 && data.getUint16Array(as_words).good() && as_words != nullptr) {
    out.words.assign(as_words + first, as_words + first + count);
  }
  nn::require(out.words.size() == count, where, "pixel data that cannot be read", "an image",
              kDamaged);
  if (!shared) return;
  out.words = chrominance_for_each(out.words);
  out.photometric = "YBR_FULL";
  out.by_plane = false;
}

/// DCMTK's decoders: RLE, JPEG, JPEG-LS. `sample`: bytes that one has when it is decoded.
void decode_by_dcmtk(Samples& out, DcmFileFormat& file, DcmPixelData& data, const DicomImage& image,
                     std::size_t sample, const std::string& where) {
  const std::size_t count = pixels_of(image) * static_cast<std::size_t>(image.samples);
  std::vector<std::uint8_t> bytes(sample * count + sample * count % 2);
  Uint32 fragment = 0;
  OFString colour;
  const OFCondition result =
      data.getUncompressedFrame(file.getDataset(), static_cast<Uint32>(image.frame), fragment,
                                bytes.data(), static_cast<Uint32>(bytes.size()), colour);
  nn::require(
      result.good(), where,
      "pixel data that cannot be decoded (" + std::string(result.text()) + ")",
      "an image in " + std::string(DcmXfer(file.getDataset()->getOriginalXfer()).getXferName()),
      kDamaged);
  if (image.samples == 3 && !colour.empty()) out.photometric.assign(colour.c_str(), colour.size());
  if (sample == 1) {
    out.words.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count));
  } else {
    out.words.resize(count);
    std::memcpy(out.words.data(), bytes.data(), 2 * count);
  }
}

/// A frame of RLE begins with the number of its segments, one for each byte of a pixel, and where
/// each begins: 16 words of 32 bits, little-endian (PS3.5, G.5). DCMTK 3.6.7 believes all of them.
void require_rle_header(std::span<const std::uint8_t> stream, std::size_t segments,
                        const std::string& where) {
  constexpr std::size_t kHeader = 64;
  nn::require(stream.size() > kHeader, where, std::to_string(stream.size()) + " bytes of RLE data",
              "more than " + std::to_string(kHeader), kDamaged);
  std::array<std::uint32_t, kHeader / 4> header{};
  std::memcpy(header.data(), stream.data(), kHeader);
  nn::require(header[0] == segments, where, std::to_string(header[0]) + " segments of RLE data",
              std::to_string(segments), kDamaged);
  for (std::size_t i = 1; i <= segments; ++i) {
    const bool in_order = header[i] >= (i == 1 ? kHeader : header[i - 1] + std::size_t{1}) &&
                          header[i] < stream.size();
    nn::require(in_order, where,
                "RLE segment " + std::to_string(i) + " at byte " + std::to_string(header[i]),
                "segments one after another, inside " + std::to_string(stream.size()) + " bytes",
                kDamaged);
  }
}

/// `stream`: the compressed data of the image's frame.
void decompress(Samples& out, DcmFileFormat& file, DcmPixelData& data, const DicomImage& image,
                std::span<const std::uint8_t> stream, const std::string& where) {
  const E_TransferSyntax syntax = file.getDataset()->getOriginalXfer();
  if (syntax == EXS_JPEG2000 || syntax == EXS_JPEG2000LosslessOnly) {
    bool stream_signed = false;
    int precision = 0;
    out.words = decode_jpeg2000(stream, image, stream_signed, precision, where);
    // The header says whether values have a sign, the stream in how many bits: files exist whose
    // stream claims to be unsigned and narrower than BitsStored.
    out.shift = 0;
    if (!stream_signed) out.bits = std::min(out.bits, precision);
    out.by_plane = false;
    if (out.photometric.starts_with("YBR_") && out.photometric != "YBR_FULL") {
      out.photometric = "RGB";
    }
    return;
  }
  if (syntax == EXS_RLELossless) {
    const std::size_t sample = image.bits_allocated == 8 ? 1 : 2;
    require_rle_header(stream, sample * static_cast<std::size_t>(image.samples), where);
    decode_by_dcmtk(out, file, data, image, sample, where);
    return;
  }
  const auto frame = jpeg_frame(stream);
  nn::require(frame.has_value(), where,
              "compressed data in " + std::string(DcmXfer(syntax).getXferName()),
              "JPEG, JPEG-LS, JPEG 2000, RLE or none",
              "decompress the series first, for instance with gdcmconv --raw");
  nn::require(frame->rows == image.rows && frame->columns == image.columns, where,
              "compressed data of " + size_text(frame->rows, frame->columns),
              size_text(image.rows, image.columns), kDamaged);
  nn::require(frame->components == image.samples, where,
              "compressed data of " + std::to_string(frame->components) + " components",
              std::to_string(image.samples), kDamaged);
  // DCMTK's decoders go by the stream, whatever BitsAllocated says.
  const std::size_t sample = frame->bits <= 8 ? 1 : 2;
  decode_by_dcmtk(out, file, data, image, sample, where);
  // JPEG comes pixel by pixel; JPEG-LS as the header says.
  if (syntax != EXS_JPEGLSLossless && syntax != EXS_JPEGLSLossy) out.by_plane = false;
}

}  // namespace

std::optional<JpegFrame> jpeg_frame(std::span<const std::uint8_t> s) {
  for (std::size_t at = 2; at + 10 <= s.size();) {
    if (s[at] != 0xFF) return std::nullopt;
    const unsigned marker = s[at + 1];
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const std::size_t length = static_cast<std::size_t>(s[at + 2]) << 8 | s[at + 3];
    const bool start_of_frame =
        marker == 0xF7 ||
        (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC);
    if (start_of_frame) {
      return JpegFrame{index{s[at + 5]} << 8 | s[at + 6], index{s[at + 7]} << 8 | s[at + 8],
                       s[at + 4], s[at + 9]};
    }
    if (length < 2) return std::nullopt;
    at += 2 + length;
  }
  return std::nullopt;
}

Samples samples_of(DcmFileFormat& file, const DicomImage& image, const std::string& where) {
  DcmDataset& d = *file.getDataset();
  DcmPixelData& data = pixel_data_of(file, where);
  const auto frames = static_cast<index>(number_of(d, DCM_NumberOfFrames).value_or(1));
  const E_TransferSyntax syntax = d.getOriginalXfer();
  Samples out;
  out.photometric = image.photometric;
  out.by_plane = image.by_plane;
  out.bits = image.bits_stored;
  out.shift = image.high_bit + 1 - image.bits_stored;
  if (!DcmXfer(syntax).isEncapsulated()) {
    read_plain(out, data, image, frames, where);
    return out;
  }
  DcmPixelSequence* items = nullptr;
  const bool found = data.getEncapsulatedRepresentation(syntax, nullptr, items).good();
  nn::require(found && items != nullptr, where, "no compressed pixel data", "an image", kDamaged);
  decompress(out, file, data, image, frame_stream(*items, image.frame, frames, where), where);
  return out;
}

std::vector<std::int32_t> stored_values(DcmFileFormat& file, const DicomImage& image,
                                        const std::string& where) {
  const Samples samples = samples_of(file, image, where);
  const std::uint32_t mask = (1U << samples.bits) - 1;
  const std::uint32_t sign = 1U << (samples.bits - 1);
  std::vector<std::int32_t> values(pixels_of(image));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint32_t v = (static_cast<std::uint32_t>(samples.words[i]) >> samples.shift) & mask;
    auto value = static_cast<std::int32_t>(v);
    if (image.is_signed && (v & sign) != 0) value -= static_cast<std::int32_t>(mask) + 1;
    if (image.inverted) {
      value = image.is_signed ? -1 - value : static_cast<std::int32_t>(mask) - value;
    }
    values[i] = value;
  }
  return values;
}

}  // namespace data
