#include "data/dicom/plain.h"

#include <algorithm>

#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

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

/// Bytes of a frame that is not compressed. Two pixels of YBR_FULL_422 share what is not Y.
std::uint64_t plain_frame_bytes(const DicomImage& image) {
  const std::uint64_t sample = image.bits_allocated == 8 ? 1 : 2;
  const auto samples =
      static_cast<std::uint64_t>(image.photometric == "YBR_FULL_422" ? 2 : image.samples);
  return sample * samples * static_cast<std::uint64_t>(image.rows * image.columns);
}

/// Values that are not compressed may be followed by padding: one byte where their number is odd,
/// and, by "some older applications", more (PS3.5, 8.1.1). As much as a frame is no padding, nor is
/// more than a row of anything but zeros: then the header has the wrong size.
void require_plain_length(std::span<const std::uint8_t> got, index frames, const DicomImage& image,
                          const std::string& where) {
  const std::uint64_t frame = plain_frame_bytes(image);
  const std::uint64_t bytes = static_cast<std::uint64_t>(frames) * frame;
  const std::string text = std::to_string(got.size()) + " bytes of pixel data";
  nn::require(got.size() >= bytes, where, text, std::to_string(bytes),
              "the file is truncated or damaged: copy or export it again");
  const std::span<const std::uint8_t> rest = got.subspan(bytes);
  const bool zeros = std::all_of(rest.begin(), rest.end(), [](std::uint8_t b) { return b == 0; });
  const std::uint64_t row = frame / static_cast<std::uint64_t>(image.rows);
  const bool padding = rest.size() < std::max<std::uint64_t>(frame, 2);
  nn::require(padding && (zeros || rest.size() <= row), where, text,
              std::to_string(bytes) + " and padding: a row at most, or zeros for less than a frame",
              "the header has the wrong size, or the data: export the image again");
}

void require_even_columns(const DicomImage& image, const std::string& where) {
  nn::require(image.photometric != "YBR_FULL_422" || image.columns % 2 == 0, where,
              "YBR_FULL_422 of " + std::to_string(image.columns) + " columns", "an even number");
}

void spread_chrominance(Samples& out, const DicomImage& image) {
  if (image.photometric != "YBR_FULL_422") return;
  out.words = chrominance_for_each(out.words);
  out.photometric = "YBR_FULL";
  out.by_plane = false;
}

}  // namespace

index frame_count(ParsedDicom& file) {
  return static_cast<index>(number_of(*file.getDataset(), DCM_NumberOfFrames).value_or(1));
}

void read_plain(Samples& out, DcmPixelData& data, const DicomImage& image, index frames,
                const std::string& where) {
  require_even_columns(image, where);
  const std::size_t sample = image.bits_allocated == 8 ? 1 : 2;
  const std::size_t count = plain_frame_bytes(image) / sample;
  const std::size_t first = static_cast<std::size_t>(image.frame) * count;
  Uint8* as_bytes = nullptr;
  Uint16* as_words = nullptr;
  const OFCondition got =
      sample == 1 ? data.getUint8Array(as_bytes) : data.getUint16Array(as_words);
  const auto* start = sample == 1 ? as_bytes : reinterpret_cast<const Uint8*>(as_words);
  const std::size_t length = got.good() && start != nullptr ? data.getLength() : 0;
  require_plain_length({start, length}, frames, image, where);
  if (sample == 1) {
    out.words.assign(as_bytes + first, as_bytes + first + count);
  } else {
    out.words.assign(as_words + first, as_words + first + count);
  }
  spread_chrominance(out, image);
}

void read_plain_fragment(Samples& out, std::span<const std::uint8_t> stream,
                         const DicomImage& image, const std::string& where) {
  require_even_columns(image, where);
  require_plain_length(stream, 1, image, where);
  const std::size_t sample = image.bits_allocated == 8 ? 1 : 2;
  out.words.resize(plain_frame_bytes(image) / sample);
  for (std::size_t i = 0; i < out.words.size(); ++i) {
    const unsigned high = sample == 2 ? stream[2 * i + 1] : 0;
    out.words[i] = static_cast<std::uint16_t>(high << 8U | stream[sample * i]);
  }
  spread_chrominance(out, image);
}

std::uint64_t padding_bytes(ParsedDicom& file, const DicomImage& image) {
  if (file.syntax.codec != Codec::none) return 0;
  DcmElement* element = nullptr;
  if (file.getDataset()->findAndGetElement(DCM_PixelData, element).bad()) return 0;
  const std::uint64_t bytes =
      static_cast<std::uint64_t>(frame_count(file)) * plain_frame_bytes(image);
  const std::uint64_t even = bytes + bytes % 2;
  return element->getLength() > even ? element->getLength() - even : 0;
}

}  // namespace data
