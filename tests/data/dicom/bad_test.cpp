// Hostile and damaged DICOM: each ends in one line that names the file, before memory is asked for.
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrleerg.h>

#include "data/dicom/dicom.h"
#include "data/dicom/structure.h"
#include "data/io/read.h"
#include "tests/data/dicom/dicom_files.h"

using data::read_volume;
using data_test::check_input_error;
using data_test::DicomFile;
using data_test::get;
using data_test::put;
using data_test::TempDir;
using data_test::warned;

namespace {

void check_structure(const std::string& bytes) {
  const auto all = std::as_bytes(std::span(bytes.data(), bytes.size()));
  data::check_data_set(all, 0, data::guessed_encoding(all), "file");
}

/// An explicit little-endian element with a length of 32 bits.
std::string long_element(const std::string& tag, const char* vr, Uint32 length) {
  std::string bytes = tag + vr + std::string(2, '\0');
  bytes.append(reinterpret_cast<const char*>(&length), 4);
  return bytes;
}

std::string raw_item(Uint32 length) {
  std::string bytes("\xFE\xFF\x00\xE0", 4);
  bytes.append(reinterpret_cast<const char*>(&length), 4);
  return bytes;
}

const std::string kSequence("\x08\x00\x40\x11", 4);

}  // namespace

TEST_CASE("a DICOM file cut off anywhere is refused by name", "[dicom]") {
  const TempDir dir;
  DicomFile().write(dir / "whole");
  const std::string bytes = data_test::get(dir / "whole");
  REQUIRE(bytes.size() > 400);
  for (std::size_t cut = 132; cut < bytes.size(); ++cut) {
    INFO("first " << cut << " of " << bytes.size() << " bytes");
    put(dir / "cut", bytes.substr(0, cut));
    check_input_error([&] { read_volume(dir / "cut"); }, {"cut"});
  }
  put(dir / "cut", bytes.substr(0, bytes.size() - 2));
  check_input_error([&] { read_volume(dir / "cut"); }, {"24 with 22 bytes left", "truncated"});
}

TEST_CASE("lengths and counts that cannot be right are refused", "[dicom]") {
  const TempDir dir;
  const auto refused = [&](const std::function<void(DcmDataset&)>& change,
                           const std::vector<std::string>& texts) {
    DicomFile f;
    f.change = change;
    f.write(dir / "bad");
    auto all = texts;
    all.emplace_back("bad");
    check_input_error([&] { read_volume(dir / "bad"); }, all);
  };
  const auto number = [](const DcmTagKey& tag, Uint16 value) {
    return [=](DcmDataset& d) { d.putAndInsertUint16(tag, value); };
  };
  const auto text = [](const DcmTagKey& tag, const char* value) {
    return [=](DcmDataset& d) { d.putAndInsertString(tag, value); };
  };
  refused(number(DCM_Rows, 0), {"Rows 0", "1 to 8192"});
  refused(number(DCM_Columns, 65535), {"Columns 65535", "8192"});
  refused(number(DCM_Rows, 8192), {"24 bytes of pixel data", "65536"});
  refused(number(DCM_Rows, 1), {"24 bytes of pixel data", "8 and padding: a row at most"});
  refused(number(DCM_Columns, 2), {"24 bytes of pixel data", "12 and padding"});
  refused([](DcmDataset& d) { delete d.remove(DCM_Columns); }, {"Columns is missing"});
  refused(number(DCM_BitsAllocated, 32), {"BitsAllocated 32", "16"});
  refused(number(DCM_BitsStored, 0), {"BitsStored 0"});
  refused(number(DCM_BitsStored, 17), {"BitsStored 17"});
  refused(number(DCM_HighBit, 7), {"HighBit 7", "11 to 15"});
  refused(number(DCM_PixelRepresentation, 2), {"PixelRepresentation 2"});
  refused(text(DCM_PhotometricInterpretation, "PALETTE COLOR"), {"PALETTE COLOR"});
  refused(text(DCM_ImageOrientationPatient, "0\\0\\0\\0\\0\\0"), {"orientation"});
  refused(text(DCM_ImageOrientationPatient, "1\\0\\0\\1\\0\\0"), {"orientation"});
  refused(text(DCM_ImagePositionPatient, "0\\0\\1e300"), {"position"});
  refused(text(DCM_PixelSpacing, "0\\1"), {"pixel spacing"});
  refused(text(DCM_PixelSpacing, "-1\\1"), {"pixel spacing"});
  refused(text(DCM_RescaleSlope, "0"), {"rescale slope"});
  refused(text(DCM_RescaleIntercept, "1e200"), {"rescale"});
  refused([](DcmDataset& d) { d.insert(new DcmSequenceOfItems(DCM_ModalityLUTSequence)); },
          {"lookup table"});
}

TEST_CASE("structures that would exhaust stack or memory are refused first", "[dicom]") {
  SECTION("a length beyond the end") {
    check_input_error([] { check_structure(long_element(kSequence, "OB", 0xFFFFFFF0) + "abcd"); },
                      {"file", "4294967280 with 4 bytes left", "byte 12"});
    check_structure(long_element(kSequence, "OB", 4) + "abcd");
    const std::string pixels("\xE0\x7F\x10\x00", 4);
    check_structure(long_element(pixels, "OB", ~0U) + raw_item(0) +
                    std::string("\xFE\xFF\xDD\xE0\0\0\0\0", 8));
    check_input_error([&] { check_structure(long_element(pixels, "OJ", ~0U) + raw_item(0)); },
                      {"type OJ without a length"});
    // DCMTK asks for the memory that a type unknown to it claims.
    check_input_error([] { check_structure(long_element(kSequence, "EI", 0xFFFFFFF0) + "abcd"); },
                      {"4294967280 with 4 bytes left"});
  }
  SECTION("nesting without end, with lengths and without") {
    std::string open;
    for (int i = 0; i < 100000; ++i) open += long_element(kSequence, "SQ", ~0U) + raw_item(~0U);
    check_input_error([&] { check_structure(open); }, {"nested more than 32 deep"});
    std::string closed;
    for (int i = 0; i < 40; ++i) {
      closed = raw_item(static_cast<Uint32>(closed.size())) + closed;
      closed = long_element(kSequence, "SQ", static_cast<Uint32>(closed.size())) + closed;
      if (i == 30) check_structure(closed);
    }
    check_input_error([&] { check_structure(closed); }, {"nested more than 32 deep"});
  }
  SECTION("implicit VR hides its sequences") {
    std::string deep;
    for (int i = 0; i < 40; ++i) {
      deep = raw_item(static_cast<Uint32>(deep.size())) + deep;
      const auto length = static_cast<Uint32>(deep.size());
      deep = kSequence + std::string(reinterpret_cast<const char*>(&length), 4) + deep;
    }
    check_input_error([&] { check_structure(deep); }, {"nested more than 32 deep"});
  }
  SECTION("no items in a sequence") {
    check_input_error(
        [] { check_structure(long_element(kSequence, "SQ", 8) + std::string(8, 'x')); },
        {"something else than an item"});
  }
}

TEST_CASE("compressed data of another size or without an end are refused", "[dicom]") {
  const TempDir dir;
  const auto compressed = [&](E_TransferSyntax syntax, const std::vector<std::string>& pieces) {
    DicomFile f;
    f.syntax = syntax;
    f.change = [&](DcmDataset& d) {
      delete d.remove(DCM_PixelData);
      auto* sequence = new DcmPixelSequence(DcmTag(DCM_PixelSequenceTag));
      sequence->insert(new DcmPixelItem(DcmTag(DCM_PixelItemTag)));
      for (const std::string& piece : pieces) {
        auto* item = new DcmPixelItem(DcmTag(DCM_PixelItemTag));
        item->putUint8Array(reinterpret_cast<const Uint8*>(piece.data()),
                            static_cast<unsigned long>(piece.size()));
        sequence->insert(item);
      }
      auto* pixels = new DcmPixelData(DCM_PixelData);
      pixels->putOriginalRepresentation(syntax, nullptr, sequence);
      d.insert(pixels);
    };
    f.write(dir / "bad");
  };
  const auto refused = [&](const std::vector<std::string>& texts) {
    auto all = texts;
    all.emplace_back("bad");
    check_input_error([&] { read_volume(dir / "bad"); }, all);
  };
  const std::string other_size(
      "\xFF\xD8\xFF\xC3\x00\x0B\x10\x00\x07\x00\x09\x01\x01\x11\x00\xFF\xD9\x00", 18);
  compressed(EXS_JPEGProcess14SV1, {other_size});
  refused({"9 x 7 pixels", "4 x 3"});
  compressed(EXS_JPEGLSLossless, {other_size});
  refused({"9 x 7 pixels", "4 x 3"});
  std::string right_size = other_size;
  right_size[8] = 3;
  right_size[10] = 4;
  compressed(EXS_JPEGProcess14SV1, {right_size});
  refused({"cannot be decoded"});
  compressed(EXS_JPEG2000LosslessOnly, {std::string("\xFF\x4F\xFF\x51", 4)});
  refused({"JPEG 2000"});
  compressed(EXS_RLELossless, {"short "});
  refused({"RLE"});
  compressed(EXS_RLELossless, {std::string(64, '\0')});
  refused({"64 bytes of RLE data"});
  // Two segments, for two bytes a pixel: 64 and 80 in a frame of 90 bytes would do.
  const auto rle = [&](unsigned char count, unsigned char first, unsigned char second) {
    std::string frame(90, '\0');
    frame[0] = static_cast<char>(count);
    frame[4] = static_cast<char>(first);
    frame[8] = static_cast<char>(second);
    compressed(EXS_RLELossless, {frame});
  };
  rle(3, 64, 80);
  refused({"3 segments", "expected 2"});
  rle(2, 60, 80);
  refused({"RLE segment 1 at byte 60"});
  rle(2, 64, 64);
  refused({"RLE segment 2 at byte 64"});
  rle(2, 64, 90);
  refused({"RLE segment 2 at byte 90", "inside 90 bytes"});
  rle(2, 64, 80);
  refused({"cannot be decoded"});
  compressed(EXS_JPEG2000LosslessOnly, {});
  refused({"0 fragments"});
}

TEST_CASE("padding after pixels and data sets is left out, and said", "[dicom]") {
  const TempDir dir;
  const auto padded = [](const std::vector<Uint16>& more) {
    return [=](DcmDataset& d) {
      std::vector<Uint16> words(12, 1000);
      words.insert(words.end(), more.begin(), more.end());
      d.putAndInsertUint16Array(DCM_PixelData, words.data(),
                                static_cast<unsigned long>(words.size()));
    };
  };
  const auto written = [&](const std::vector<Uint16>& more) {
    DicomFile f;
    f.change = padded(more);
    f.write(dir / "file");
    return get(dir / "file");
  };
  const data::Volume plain = (written({}), read_volume(dir / "file"));
  CHECK_FALSE(warned(plain, "left out"));
  // A row has 4 pixels of 2 bytes, a frame 24 bytes.
  for (const auto& more :
       std::vector<std::vector<Uint16>>{{0}, {1, 2, 3, 4}, std::vector<Uint16>(11, 0)}) {
    INFO(more.size());
    written(more);
    const data::Volume v = read_volume(dir / "file");
    CHECK(v.stored == plain.stored);
    CHECK(warned(v, "padding after the pixels of 1 file, " + std::to_string(2 * more.size()) +
                        " bytes: left out"));
  }
  for (const auto& more :
       std::vector<std::vector<Uint16>>{{0, 0, 0, 0, 1}, std::vector<Uint16>(12, 0)}) {
    INFO(more.size());
    written(more);
    check_input_error([&] { read_volume(dir / "file"); }, {"file", "bytes of pixel data", "24"});
  }
  // After the data set: zeros are nothing, one of them pads to an even size; anything else may be
  // what is left of an element.
  const std::string whole = written({});
  for (const std::size_t zeros : {1U, 2U, 7U, 8U, 200U}) {
    INFO(zeros);
    put(dir / "file", whole + std::string(zeros, '\0'));
    const data::Volume v = read_volume(dir / "file");
    CHECK(v.stored == plain.stored);
    CHECK(warned(v, "zero bytes after the data set of 1 file, " + std::to_string(zeros) +
                        " bytes: left out") == (zeros > 1));
  }
  put(dir / "file", whole + "abc");
  check_input_error([&] { read_volume(dir / "file"); }, {"file", "3 bytes left"});
  put(dir / "file", whole + std::string(30, '\0') + "abc");
  check_input_error([&] { read_volume(dir / "file"); }, {"file", "element without a type"});

  // One line for the series.
  const TempDir series;
  data_test::write_series(series, {0, 1, 2}, padded({0, 0}));
  DicomFile last = data_test::slice_at(3, 9);
  last.change = padded({0, 0, 0});
  last.write(series / "last");
  const data::Volume v = read_volume(series.str());
  CHECK(warned(v, "padding after the pixels of 4 files, up to 6 bytes: left out"));
  CHECK(std::count_if(v.warnings.begin(), v.warnings.end(), [](const std::string& w) {
          return w.find("padding") != std::string::npos;
        }) == 1);
  data::write_dicom(dir / "derived", v, {"test", ""}, false);
  const data::Volume derived = read_volume(dir / "derived");
  CHECK(derived.stored == v.stored);
  CHECK_FALSE(warned(derived, "left out"));
}

TEST_CASE("one damaged file of a series stops it, by name", "[dicom]") {
  const TempDir dir;
  data_test::write_series(dir, {0, 1, 2});
  DicomFile().write(dir / "zz");
  const std::string bytes = data_test::get(dir / "zz");
  put(dir / "zz", bytes.substr(0, bytes.size() - 10));
  check_input_error([&] { read_volume(dir.str()); }, {dir / "zz", "truncated"});
}
