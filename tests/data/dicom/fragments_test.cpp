// Frames in fragments (PS3.5, A.4): which make a frame, and that decoders get whole ones. Every
// codec on real and made-up series, against pydicom: fragments_check.py.
#include "data/dicom/fragments.h"

#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>
#include <dcmtk/dcmdata/dcrlerp.h>

#include "data/io/read.h"
#include "tests/data/dicom/dicom_files.h"

using data::Codec;
using data::PixelItems;
using data_test::check_input_error;
using data_test::TempDir;

namespace {

using Texts = std::vector<std::string>;

std::string bytes_of(std::initializer_list<int> bytes) {
  std::string text;
  for (const int b : bytes) text += static_cast<char>(b);
  return text;
}

/// A basic offset table.
std::string table(const std::vector<Uint32>& offsets) {
  std::string text;
  for (const Uint32 o : offsets) {
    for (const unsigned shift : {0U, 8U, 16U, 24U}) text += static_cast<char>(o >> shift & 0xFFU);
  }
  return text;
}

Texts joined(const Texts& items, nn::index frames, Codec codec = Codec::jpeg,
             const std::optional<std::vector<std::uint64_t>>& extended = std::nullopt,
             const std::optional<std::vector<std::uint64_t>>& lengths = std::nullopt) {
  PixelItems pixels;
  for (const std::string& item : items) {
    pixels.items.emplace_back(reinterpret_cast<const std::uint8_t*>(item.data()), item.size());
  }
  pixels.extended_offsets = extended;
  pixels.extended_lengths = lengths;
  Texts all;
  for (const auto& frame : data::joined_frames(pixels, frames, codec, 2, "file")) {
    all.emplace_back(frame.begin(), frame.end());
  }
  return all;
}

// A frame begins with FF D8 and ends with FF D9, here with a zero that pads.
const std::string kA = bytes_of({0xFF, 0xD8, 0xFF, 0xC3, 1, 2, 3, 0xFF, 0xD9, 0});
const std::string kB = bytes_of({0xFF, 0xD8, 0xFF, 0xC3, 4, 5, 6, 7, 0xFF, 0xD9});

/// A frame of RLE, whose pixels have two bytes.
std::string rle_frame(char content) {
  std::string frame = table({2, 64, 66});
  frame.resize(64, '\0');
  return frame + std::string(6, content);
}

}  // namespace

TEST_CASE("one frame is all of its fragments, whatever the table says", "[dicom]") {
  CHECK(joined({"", "abcd", "ef"}, 1) == Texts{"abcdef"});
  CHECK(joined({table({0}), "abcd", "ef"}, 1) == Texts{"abcdef"});
  CHECK(joined({table({0, 12}), "abcd", "ef"}, 1) == Texts{"abcdef"});
  CHECK(joined({"", "ab", "", "cd"}, 1) == Texts{"abcd"});
  // Without the item of the table the first fragment is known by how a frame begins.
  CHECK(joined({kA.substr(0, 6), kA.substr(6)}, 1) == Texts{kA});
  CHECK(joined({rle_frame('x'), "yy"}, 1, Codec::rle) == Texts{rle_frame('x') + "yy"});
  check_input_error([] { joined({""}, 1); }, {"file", "0 fragments", "at least 1"});
  check_input_error([] { joined({}, 1); }, {"0 fragments"});
  check_input_error([] { joined({"", ""}, 1); }, {"no compressed data in frame 1"});
}

TEST_CASE("as many fragments as frames are one each", "[dicom]") {
  CHECK(joined({"", "ab", "cd"}, 2) == Texts{"ab", "cd"});
  CHECK(joined({table({0, 10}), "ab", "cd"}, 2) == Texts{"ab", "cd"});
  CHECK(joined({kA, kB}, 2) == Texts{kA, kB});
  check_input_error([] { joined({"", "ab"}, 2); }, {"1 fragments", "each of 2 frames"});
  check_input_error([] { joined({"", "ab", ""}, 2); }, {"no compressed data in frame 2"});
}

TEST_CASE("an offset table says which fragment begins a frame", "[dicom]") {
  const Texts fragments{"abcd", "ef", "gh", "ijklmn"};  // at 0, 12, 22, 32
  const auto with = [&](const std::string& first) {
    Texts items = fragments;
    items.insert(items.begin(), first);
    return items;
  };
  CHECK(joined(with(table({0, 12})), 2) == Texts{"abcd", "efghijklmn"});
  CHECK(joined(with(table({0, 22})), 2) == Texts{"abcdef", "ghijklmn"});
  CHECK(joined(with(table({0, 12, 32})), 3, Codec::rle) == Texts{"abcd", "efgh", "ijklmn"});
  CHECK(joined(with(""), 2, Codec::rle, {{0, 32}}) == Texts{"abcdefgh", "ijklmn"});
  CHECK(joined(with(""), 2, Codec::rle, {{0, 32}}, {{8, 5}}) == Texts{"abcdefgh", "ijklmn"});
  CHECK(joined(with(table({0, 12})), 2, Codec::rle, {{0, 32}}) == Texts{"abcd", "efghijklmn"});

  for (const std::vector<Uint32>& wrong : std::vector<std::vector<Uint32>>{
           {0, 13}, {0, 4}, {12, 22}, {22, 0}, {0, 0}, {0, 38}, {0, 46}, {0, 0xFFFFFFFF}}) {
    INFO(wrong[0] << " " << wrong[1]);
    check_input_error([&] { joined(with(table(wrong)), 2); }, {"file", "an offset of"});
    const std::vector<std::uint64_t> extended(wrong.begin(), wrong.end());
    check_input_error([&] { joined(with(""), 2, Codec::jpeg, extended); }, {"an offset of"});
  }
  check_input_error([&] { joined(with(table({0, 12})), 3); }, {"2 entries", "3, one for each"});
  check_input_error([&] { joined(with("abcdef"), 2); }, {"offset table of 6 bytes"});
  check_input_error([&] { joined(with(""), 2, Codec::jpeg, {{0, 32}}, {{8}}); }, {"1 lengths"});
  check_input_error(
      [&] {
        joined(with(""), 2, Codec::jpeg, {{0, 32}}, {{8, 7}});
      },
      {"frame 2 of 7 bytes", "6"});
}

TEST_CASE("without a table frames are found by the marks of their codec", "[dicom]") {
  SECTION("JPEG begins with FF D8 and ends with FF D9") {
    for (const std::size_t cut : {2U, 4U, 6U, 8U}) {
      INFO(cut);
      CHECK(joined({"", kA.substr(0, cut), kA.substr(cut), kB}, 2) == Texts{kA, kB});
      CHECK(joined({"", kA, kB.substr(0, cut), kB.substr(cut)}, 2) == Texts{kA, kB});
    }
    CHECK(joined({"", kA + std::string(3, '\0'), std::string(2, '\0'), kB}, 2, Codec::jpeg_ls) ==
          Texts{kA + std::string(5, '\0'), kB});
    // A picture in a comment, cut there, begins like a frame; but no frame has ended before it.
    const std::string inner = bytes_of({0xFF, 0xD8, 0xFF, 0xC3, 1, 2, 3, 4});
    CHECK(joined({"", inner, kA, kB}, 2) == Texts{inner + kA, kB});
  }
  SECTION("JPEG 2000 begins with FF 4F") {
    const std::string a = bytes_of({0xFF, 0x4F, 0xFF, 0x51, 1, 0xFF, 0xD9, 0});
    const std::string b = bytes_of({0xFF, 0x4F, 0xFF, 0x51, 2, 3, 0xFF, 0xD9});
    CHECK(joined({"", a.substr(0, 6), a.substr(6), b}, 2, Codec::jpeg2000) == Texts{a, b});
  }
  SECTION("RLE begins with its header") {
    const std::string a = rle_frame('a');
    const std::string b = rle_frame('b');
    CHECK(joined({"", a, "aa", b}, 2, Codec::rle) == Texts{a + "aa", b});
    CHECK(joined({"", a, b.substr(0, 64), b.substr(64)}, 2, Codec::rle) == Texts{a, b});
    std::string other = b;
    other[0] = 3;  // segments, of a pixel of two bytes
    check_input_error(
        [&] {
          joined({"", a, "aa", other}, 2, Codec::rle);
        },
        {"3 fragments of 2 frames", "1 can begin", "a table"});
    other = b;
    other[60] = 1;  // not used by two segments
    check_input_error([&] { joined({"", a, "aa", other}, 2, Codec::rle); }, {"1 can begin"});
  }
  SECTION("what is not clear is not guessed") {
    check_input_error([] { joined({"", kA, kB, kA}, 2); }, {"3 fragments of 2 frames", "3 can"});
    check_input_error([] { joined({"", "ab", "cd", "ef"}, 2); }, {"1 can begin"});
    check_input_error([] { joined({"", "ab", "cd", "ef"}, 2, Codec::fragments); }, {"1 can begin"});
  }
}

TEST_CASE("RLE in pieces decodes to the values that went in", "[dicom]") {
  DcmRLEEncoderRegistration::registerCodecs();
  const TempDir dir;
  data_test::DicomFile f;
  for (std::size_t i = 0; i < 12; ++i) f.values[i] = static_cast<Uint16>(331 * i);
  f.write(dir / "plain");
  const data::Volume plain = data::read_volume(dir / "plain");
  f.syntax = EXS_RLELossless;
  for (const std::size_t piece : {1000U, 64U, 66U, 40U, 2U}) {
    INFO("pieces of " << piece << " bytes");
    f.change = [&](DcmDataset& d) {
      REQUIRE(d.chooseRepresentation(EXS_RLELossless, nullptr).good());
      DcmElement* element = nullptr;
      REQUIRE(d.findAndGetElement(DCM_PixelData, element).good());
      auto* pixels = dynamic_cast<DcmPixelData*>(element);
      DcmPixelSequence* items = nullptr;
      REQUIRE(pixels->getEncapsulatedRepresentation(EXS_RLELossless, nullptr, items).good());
      DcmPixelItem* item = nullptr;
      REQUIRE(items->getItem(item, 1).good());
      Uint8* bytes = nullptr;
      REQUIRE(item->getUint8Array(bytes).good());
      const std::string frame(reinterpret_cast<const char*>(bytes), item->getLength());
      auto* cut = new DcmPixelSequence(DcmTag(DCM_PixelSequenceTag));
      cut->insert(new DcmPixelItem(DcmTag(DCM_PixelItemTag)));
      for (std::size_t at = 0; at < frame.size(); at += piece) {
        const std::string part = frame.substr(at, piece);
        auto* to = new DcmPixelItem(DcmTag(DCM_PixelItemTag));
        to->putUint8Array(reinterpret_cast<const Uint8*>(part.data()),
                          static_cast<unsigned long>(part.size()));
        cut->insert(to);
      }
      pixels->putOriginalRepresentation(EXS_RLELossless, nullptr, cut);
    };
    f.write(dir / "pieces");
    const data::Volume got = data::read_volume(dir / "pieces");
    CHECK(got.stored == plain.stored);
  }
}
