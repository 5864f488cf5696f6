#include "data/dicom/pixels.h"

#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "data/dicom/fragments.h"
#include "data/dicom/plain.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

DcmPixelData& pixel_data_of(ParsedDicom& file, const std::string& where) {
  DcmElement* element = nullptr;
  file.getDataset()->findAndGetElement(DCM_PixelData, element);
  auto* data = dynamic_cast<DcmPixelData*>(element);
  nn::require(data != nullptr, where, "no pixel data", "an image", kDamaged);
  return *data;
}

std::span<const std::uint8_t> bytes_of_item(DcmPixelItem& item) {
  Uint8* bytes = nullptr;
  const Uint32 length = item.getLength();
  if (length == 0 || item.getUint8Array(bytes).bad() || bytes == nullptr) return {};
  return {bytes, length};
}

std::optional<std::vector<std::uint64_t>> words64_of(DcmItem& d, const DcmTagKey& tag) {
  DcmElement* element = nullptr;
  Uint64* words = nullptr;
  if (d.findAndGetElement(tag, element).bad() || element->getUint64Array(words).bad() ||
      words == nullptr) {
    return std::nullopt;
  }
  return std::vector<std::uint64_t>(words, words + element->getLength() / sizeof(*words));
}

/// How many bytes a pixel has when it is not compressed.
std::size_t bytes_of_pixel(const DicomImage& image) {
  return static_cast<std::size_t>(image.samples) * (image.bits_allocated == 8 ? 1 : 2);
}

/// The pixel data as one fragment a frame, which is what DCMTK's decoders take: from several, that
/// of RLE would take the first, and make up the rest.
DcmPixelSequence& one_fragment_a_frame(ParsedDicom& file, DcmPixelData& data,
                                       const DicomImage& image, index frames,
                                       const std::string& where) {
  const E_TransferSyntax syntax = file.syntax.parsed_as;
  DcmPixelSequence* items = nullptr;
  const bool found = data.getEncapsulatedRepresentation(syntax, nullptr, items).good();
  nn::require(found && items != nullptr, where, "no compressed pixel data", "an image", kDamaged);
  if (file.joined) return *items;
  PixelItems pixels;
  for (DcmObject* item = items->nextInContainer(nullptr); item != nullptr;
       item = items->nextInContainer(item)) {
    auto* fragment = dynamic_cast<DcmPixelItem*>(item);
    if (fragment != nullptr) pixels.items.push_back(bytes_of_item(*fragment));
  }
  DcmDataset& d = *file.getDataset();
  pixels.extended_offsets = words64_of(d, DCM_ExtendedOffsetTable);
  pixels.extended_lengths = words64_of(d, DCM_ExtendedOffsetTableLengths);
  auto whole = std::make_unique<DcmPixelSequence>(DcmTag(DCM_PixelSequenceTag));
  whole->insert(new DcmPixelItem(DcmTag(DCM_PixelItemTag)));  // an empty offset table
  for (std::vector<std::uint8_t>& frame :
       joined_frames(pixels, frames, file.syntax.codec, bytes_of_pixel(image), where)) {
    if (frame.size() % 2 != 0) frame.push_back(0);
    auto* item = new DcmPixelItem(DcmTag(DCM_PixelItemTag));
    item->putUint8Array(frame.data(), static_cast<unsigned long>(frame.size()));
    whole->insert(item);
  }
  items = whole.release();
  data.putOriginalRepresentation(syntax, nullptr, items);  // which frees what was there
  file.joined = true;
  return *items;
}

std::span<const std::uint8_t> frame_stream(DcmPixelSequence& items, index frame,
                                           const std::string& where) {
  DcmPixelItem* item = nullptr;
  const bool found = items.getItem(item, static_cast<unsigned long>(frame) + 1).good();
  nn::require(found, where, "no compressed data", "an image", kDamaged);
  return bytes_of_item(*item);
}

std::string size_text(index rows, index columns) {
  return std::to_string(columns) + " x " + std::to_string(rows) + " pixels";
}

std::size_t pixels_of(const DicomImage& image) {
  return static_cast<std::size_t>(image.rows * image.columns);
}

/// DCMTK's decoders: RLE, JPEG, JPEG-LS. `sample`: bytes that one has when it is decoded.
void decode_by_dcmtk(Samples& out, ParsedDicom& file, DcmPixelData& data, const DicomImage& image,
                     std::size_t sample, const std::string& where) {
  const std::size_t count = pixels_of(image) * static_cast<std::size_t>(image.samples);
  std::vector<std::uint8_t> bytes(sample * count + sample * count % 2);
  Uint32 fragment = 0;
  OFString colour;
  const OFCondition result =
      data.getUncompressedFrame(file.getDataset(), static_cast<Uint32>(image.frame), fragment,
                                bytes.data(), static_cast<Uint32>(bytes.size()), colour);
  nn::require(result.good(), where,
              "pixel data that cannot be decoded (" + std::string(result.text()) + ")",
              "an image in " + file.syntax.name, kDamaged);
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

/// JPEG 2000.
void decode_by_openjpeg(Samples& out, std::span<const std::uint8_t> stream, const DicomImage& image,
                        const std::string& where) {
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
}

/// JPEG and JPEG-LS.
void decode_jpeg(Samples& out, ParsedDicom& file, DcmPixelData& data, const DicomImage& image,
                 std::span<const std::uint8_t> stream, const std::string& where) {
  const auto frame = jpeg_frame(stream);
  nn::require(frame.has_value(), where, "compressed data without a readable header",
              "an image in " + file.syntax.name, kDamaged);
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
  if (file.syntax.codec == Codec::jpeg) out.by_plane = false;
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

Samples samples_of(ParsedDicom& file, const DicomImage& image, const std::string& where) {
  DcmPixelData& data = pixel_data_of(file, where);
  const index frames = frame_count(file);
  Samples out;
  out.photometric = image.photometric;
  out.by_plane = image.by_plane;
  out.bits = image.bits_stored;
  out.shift = image.high_bit + 1 - image.bits_stored;
  const Codec codec = file.syntax.codec;
  if (codec == Codec::unsupported) refuse_syntax(file.syntax, where);
  if (codec == Codec::none) {
    nn::require(!file.fragments, where,
                "compressed pixel data in a file that does not say how they are compressed",
                "a transfer syntax (0002,0010) that names the compression",
                "export the series again");
    read_plain(out, data, image, frames, where);
    return out;
  }
  DcmPixelSequence& items = one_fragment_a_frame(file, data, image, frames, where);
  const std::span<const std::uint8_t> stream = frame_stream(items, image.frame, where);
  if (codec == Codec::fragments) {
    read_plain_fragment(out, stream, image, where);
  } else if (codec == Codec::rle) {
    require_rle_header(stream, bytes_of_pixel(image), where);
    decode_by_dcmtk(out, file, data, image, image.bits_allocated == 8 ? 1 : 2, where);
  } else if (codec == Codec::jpeg2000) {
    decode_by_openjpeg(out, stream, image, where);
  } else {
    decode_jpeg(out, file, data, image, stream, where);
  }
  return out;
}

std::vector<std::int32_t> stored_values(ParsedDicom& file, const DicomImage& image,
                                        const std::string& where) {
  const Samples samples = samples_of(file, image, where);
  const std::uint32_t mask = (1U << samples.bits) - 1;
  const std::uint32_t sign = 1U << (samples.bits - 1);
  std::vector<std::int32_t> values(pixels_of(image));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint32_t v = (static_cast<std::uint32_t>(samples.words[i]) >> samples.shift) & mask;
    auto value = static_cast<std::int32_t>(v);
    if (image.is_signed && (v & sign) != 0) value -= static_cast<std::int32_t>(mask) + 1;
    values[i] = value;
  }
  return values;
}

}  // namespace data
