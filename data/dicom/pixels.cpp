#include "data/dicom/pixels.h"

#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

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

/// DCMTK's decoders: RLE, JPEG, JPEG-LS; and uncompressed values in either byte order.
std::vector<std::uint16_t> decode_by_dcmtk(DcmFileFormat& file, DcmPixelData& data, index frame,
                                           std::size_t count, const std::string& where) {
  std::vector<std::uint16_t> words(count);
  Uint32 fragment = 0;
  OFString colour;
  const OFCondition result =
      data.getUncompressedFrame(file.getDataset(), static_cast<Uint32>(frame), fragment,
                                words.data(), static_cast<Uint32>(2 * count), colour);
  nn::require(
      result.good(), where,
      "pixel data that cannot be decoded (" + std::string(result.text()) + ")",
      "an image in " + std::string(DcmXfer(file.getDataset()->getOriginalXfer()).getXferName()),
      kDamaged);
  return words;
}

}  // namespace

std::optional<std::array<index, 2>> jpeg_size(std::span<const std::uint8_t> s) {
  for (std::size_t at = 2; at + 9 <= s.size();) {
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
      return std::array<index, 2>{index{s[at + 5]} << 8 | s[at + 6],
                                  index{s[at + 7]} << 8 | s[at + 8]};
    }
    if (length < 2) return std::nullopt;
    at += 2 + length;
  }
  return std::nullopt;
}

std::vector<std::int32_t> stored_values(DcmFileFormat& file, const DicomImage& image,
                                        const std::string& where) {
  DcmDataset& d = *file.getDataset();
  DcmPixelData& data = pixel_data_of(file, where);
  const auto frames = static_cast<index>(number_of(d, DCM_NumberOfFrames).value_or(1));
  const auto count = static_cast<std::size_t>(image.rows * image.columns);
  const E_TransferSyntax syntax = d.getOriginalXfer();
  const DcmXfer xfer(syntax);

  int bits = image.bits_stored;
  int shift = image.high_bit + 1 - image.bits_stored;
  std::vector<std::uint16_t> words;
  if (!xfer.isEncapsulated()) {
    const auto expected = static_cast<std::uint64_t>(frames) * 2 * count;
    nn::require(data.getLength() == expected, where,
                std::to_string(data.getLength()) + " bytes of pixel data", std::to_string(expected),
                "the file is truncated or damaged: copy or export it again");
    words = decode_by_dcmtk(file, data, image.frame, count, where);
  } else {
    DcmPixelSequence* items = nullptr;
    const bool found = data.getEncapsulatedRepresentation(syntax, nullptr, items).good();
    nn::require(found && items != nullptr, where, "no compressed pixel data", "an image", kDamaged);
    const std::vector<std::uint8_t> stream = frame_stream(*items, image.frame, frames, where);
    if (syntax == EXS_JPEG2000 || syntax == EXS_JPEG2000LosslessOnly) {
      bool stream_signed = false;
      int precision = 0;
      words = decode_jpeg2000(stream, image.rows, image.columns, stream_signed, precision, where);
      // The header says whether values have a sign, the stream in how many bits: files exist whose
      // stream claims to be unsigned and narrower than BitsStored.
      shift = 0;
      if (!stream_signed) bits = std::min(bits, precision);
    } else {
      nn::require(syntax != EXS_RLELossless || stream.size() >= 64, where,
                  std::to_string(stream.size()) + " bytes of RLE data", "at least 64", kDamaged);
      if (syntax != EXS_RLELossless) {
        const auto size = jpeg_size(stream);
        nn::require(size.has_value(), where,
                    "compressed data in " + std::string(xfer.getXferName()),
                    "JPEG, JPEG-LS, JPEG 2000, RLE or none",
                    "decompress the series first, for instance with gdcmconv --raw");
        nn::require((*size)[0] == image.rows && (*size)[1] == image.columns, where,
                    "compressed data of " + size_text((*size)[0], (*size)[1]),
                    size_text(image.rows, image.columns), kDamaged);
      }
      words = decode_by_dcmtk(file, data, image.frame, count, where);
    }
  }

  const std::uint32_t mask = (1U << bits) - 1;
  const std::uint32_t sign = 1U << (bits - 1);
  std::vector<std::int32_t> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t v = (static_cast<std::uint32_t>(words[i]) >> shift) & mask;
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
