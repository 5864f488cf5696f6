// What one image says: geometry, stored values, HU, syntaxes, frames. Files of twelve pixels;
// values against pydicom: dicom_check.py.
#include "data/dicom/dicom.h"

#include "data/io/read.h"
#include "data/pictures/pictures.h"
#include "data/volume/window.h"
#include "tests/data/dicom/dicom_files.h"
#include "tests/data/pictures/picture_files.h"

using data::read_volume;
using data::Volume;
using data_test::check_input_error;
using data_test::DicomFile;
using data_test::first_values;
using data_test::put;
using data_test::slice_at;
using data_test::TempDir;
using data_test::warned;
using data_test::write_series;

TEST_CASE("a series is ordered along the normal and placed in millimetres", "[dicom]") {
  const TempDir dir;
  // Written upside down; instance numbers would say the opposite of the places.
  write_series(dir, {6, 3, 0}, nullptr);
  const Volume v = read_volume(dir.str());
  CHECK(v.format == "DICOM series");
  CHECK(v.dims == std::array<nn::index, 3>{4, 3, 3});
  CHECK(v.slice_axis == 2);
  CHECK(v.type == data::StoredType::uint16);
  CHECK(first_values(v) == std::vector<double>{-1021, -1022, -1023});
  // PixelSpacing is between rows, then between columns.
  CHECK(v.spacing == std::array<double, 3>{0.75, 0.5, 3});
  const data::Affine expected{{{-0.75, 0, 0, -10}, {0, -0.5, 0, -20}, {0, 0, 3, 0}, {0, 0, 0, 1}}};
  for (std::size_t r = 0; r < 4; ++r) {
    for (std::size_t c = 0; c < 4; ++c)
      CHECK(v.affine[r][c] == Approx(expected[r][c]).margin(1e-12));
  }
  REQUIRE(v.positions.size() == 3);
  CHECK(v.positions[2] == std::array<double, 3>{-10, -20, 6});
  CHECK(v.warnings.empty());
  REQUIRE(v.dicom != nullptr);
  REQUIRE(v.dicom->slices.size() == 3);
  CHECK(v.dicom->series_instance_uid == "1.2.3");
  CHECK(v.dicom->slices[0].sop_instance_uid == "1.2.3.3");
  CHECK(v.dicom->slices[0].intercept == -1024);
  CHECK_FALSE(v.dicom->slices[0].header->tagExists(DCM_PixelData));
  OFString modality;
  CHECK(v.dicom->slices[0].header->findAndGetOFString(DCM_Modality, modality).good());
  CHECK(modality == "CT");
  check_input_error([&] { read_volume(dir.str(), {.axis = 1}); }, {"--axis", "1", "DICOM"});
}

TEST_CASE("the normal decides the order, not the height", "[dicom]") {
  const TempDir dir;
  // Rows run towards the patient's left, columns towards the head: the normal points to the front.
  for (int k = 0; k < 3; ++k) {
    DicomFile f = slice_at(0, static_cast<Uint16>(k + 1));
    f.orientation = "1\\0\\0\\0\\0\\1";
    f.position = "0\\" + std::to_string(2 * k) + "\\0";
    f.write(dir / std::to_string(k));
  }
  const Volume v = read_volume(dir.str());
  // x cross z is -y, so the slice with the largest y comes first.
  CHECK(first_values(v) == std::vector<double>{-1021, -1022, -1023});
  const auto& a = v.affine;
  const double determinant = a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) -
                             a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0]) +
                             a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
  CHECK(determinant == Approx(0.75 * 0.5 * 2));
}

TEST_CASE("stored values are masked, shifted and given their sign", "[dicom]") {
  const TempDir dir;
  DicomFile f;
  f.values = {0, 1, 0x07FF, 0x0800, 0x0FFF, 0xF001, 0x8FFF, 2, 3, 4, 5, 6};
  f.write(dir / "unsigned");
  const auto values = [&](const std::string& name) {
    const Volume v = read_volume(dir / name);
    const nn::Tensor s = v.slice(0);
    return std::vector<double>(s.data(), s.data() + 7);
  };
  CHECK(values("unsigned") == std::vector<double>{-1024, -1023, 1023, 1024, 3071, -1023, 3071});
  f.change = [](DcmDataset& d) { d.putAndInsertUint16(DCM_PixelRepresentation, 1); };
  f.write(dir / "signed");
  CHECK(values("signed") == std::vector<double>{-1024, -1023, 1023, -3072, -1025, -1023, -1025});
  CHECK(read_volume(dir / "signed").type == data::StoredType::int16);
  f.change = [](DcmDataset& d) { d.putAndInsertUint16(DCM_HighBit, 15); };
  f.write(dir / "high");
  CHECK(values("high") == std::vector<double>{-1024, -1024, 127 - 1024, 128 - 1024, 255 - 1024,
                                              0xF00 - 1024, 0x8FF - 1024});
  f.change = [](DcmDataset& d) {
    d.putAndInsertString(DCM_PhotometricInterpretation, "MONOCHROME1");
  };
  // How values are shown, not what they are.
  f.write(dir / "shown_dark");
  CHECK(values("shown_dark") == values("unsigned"));
  CHECK(warned(read_volume(dir / "shown_dark"), "MONOCHROME1"));
}

TEST_CASE("slices of different rescale become HU, each keeping its own", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1});
  DicomFile third = slice_at(2, 10);
  third.change = [](DcmDataset& d) { d.putAndInsertString(DCM_RescaleSlope, "2"); };
  third.write(dir / "third");
  Volume v = read_volume(dir.str());
  CHECK(v.type == data::StoredType::int16);
  CHECK(v.slope == 1);
  CHECK(v.intercept == 0);
  CHECK(first_values(v) == std::vector<double>{-1023, -1022, -1004});
  CHECK(v.dicom->slices[2].slope == 2);
  CHECK(warned(v, "rescale"));
  third.change = [](DcmDataset& d) { d.putAndInsertString(DCM_RescaleSlope, "0.25"); };
  third.write(dir / "third");
  v = read_volume(dir.str());
  CHECK(v.type == data::StoredType::float32);
  CHECK(first_values(v) == std::vector<double>{-1023, -1022, -1021.5});
}

TEST_CASE("a CT without a rescale is not in HU, and says so", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1, 2}, [](DcmDataset& d) {
    delete d.remove(DCM_RescaleSlope);
    delete d.remove(DCM_RescaleIntercept);
  });
  const Volume v = read_volume(dir.str());
  CHECK(v.unit == data::Unit::unknown);
  CHECK(warned(v, "not in HU"));
  CHECK(first_values(v) == std::vector<double>{1, 2, 3});
  const data::Window shown = data::shown_window(v, {-160, 240});
  CHECK(shown.low == 1);
  CHECK(shown.high == 3);
  write_series(dir, {0, 1, 2}, [](DcmDataset& d) { d.putAndInsertString(DCM_RescaleType, "US"); });
  CHECK(read_volume(dir.str()).unit == data::Unit::unknown);
}

TEST_CASE("a series is shown with its own window, the first that it says", "[dicom]") {
  const TempDir dir;
  const auto shown = [&](const char* centre, const char* width, const char* function = "") {
    write_series(dir, {0, 1, 2}, [=](DcmDataset& d) {
      d.putAndInsertString(DCM_WindowCenter, centre);
      d.putAndInsertString(DCM_WindowWidth, width);
      if (*function != '\0') d.putAndInsertString(DCM_VOILUTFunction, function);
    });
    const Volume v = read_volume(dir.str());
    return data::to_string(data::window_of(v, {}), v.unit);
  };
  CHECK(shown("40", "80") == "0 to 79 HU (the scan's own, centre 40, width 80)");
  CHECK(shown("40\\480", "80\\2500") == "0 to 79 HU (the scan's own, centre 40, width 80)");
  CHECK(shown("40", "80", "LINEAR_EXACT") == "0 to 80 HU (the scan's own, centre 40, width 80)");
  CHECK(shown("40", "1") == "-160 to 240 HU (the default)");
  CHECK(shown("", "") == "-160 to 240 HU (the default)");

  // Stored 1, 2, 3 are -1023, -1022, -1021 HU. Centre -1021, width 5: from -1023.5 to -1019.5,
  // PS3.3's ((x - (c - 0.5)) / (w - 1) + 0.5) * 255 is 31.875, 95.625 and 159.375. MONOCHROME1 is
  // how a viewer shows grey; HU are what they are, and white is the higher one here too.
  for (const char* kind : {"MONOCHROME2", "MONOCHROME1"}) {
    write_series(dir, {0, 1, 2}, [=](DcmDataset& d) {
      d.putAndInsertString(DCM_WindowCenter, "-1021");
      d.putAndInsertString(DCM_WindowWidth, "5");
      d.putAndInsertString(DCM_PhotometricInterpretation, kind);
    });
    const Volume v = read_volume(dir.str());
    INFO(kind);
    CHECK(first_values(v) == std::vector<double>{-1023, -1022, -1021});
    const data::Window window = data::window_of(v, {}).window;
    const auto grey = [&](nn::index k) { return data::to_grey(v.slice(k), window).front(); };
    CHECK(grey(0) == 32);
    CHECK(grey(1) == 96);
    CHECK(grey(2) == 159);
  }
}

TEST_CASE("padding is kept in HU unless it is below what is clamped anyway", "[dicom]") {
  const TempDir dir;
  const auto with_padding = [&](Uint16 stored, bool is_signed) {
    write_series(dir, {0, 1}, [=](DcmDataset& d) {
      d.putAndInsertUint16(DCM_PixelPaddingValue, stored);
      d.putAndInsertUint16(DCM_PixelRepresentation, is_signed ? 1 : 0);
    });
    return read_volume(dir.str()).padding;
  };
  CHECK(with_padding(4095, false) == data::ValueRange{3071, 3071});
  CHECK(with_padding(0, false) == data::ValueRange{-1024, -1024});
  CHECK_FALSE(with_padding(63536, true).has_value());  // -2000 stored, -3024 HU
}

TEST_CASE("padding may be a range, in either order", "[dicom]") {
  struct Case {
    int value, limit;
    bool is_signed;
    const char* photometric;
    std::optional<data::ValueRange> expected;
  };
  for (const Case& c : {
           Case{10, 30, false, "MONOCHROME2", {{-1014, -994}}},
           {30, 10, false, "MONOCHROME2", {{-1014, -994}}},
           {-2000, 24, true, "MONOCHROME2", {{-3024, -1000}}},
           {-2000, -1, true, "MONOCHROME2", std::nullopt},  // all of it below -1024 HU
           {-2000, 0, true, "MONOCHROME2", {{-3024, -1024}}},
           {10, 30, false, "MONOCHROME1", {{-1014, -994}}},
       }) {
    INFO(c.value << " to " << c.limit << " " << c.photometric);
    const TempDir dir;
    write_series(dir, {0, 1}, [&](DcmDataset& d) {
      d.putAndInsertUint16(DCM_PixelRepresentation, c.is_signed ? 1 : 0);
      d.putAndInsertString(DCM_PhotometricInterpretation, c.photometric);
      d.putAndInsertUint16(DCM_PixelPaddingValue, static_cast<Uint16>(c.value));
      d.putAndInsertUint16(DCM_PixelPaddingRangeLimit, static_cast<Uint16>(c.limit));
    });
    const Volume v = read_volume(dir.str());
    CHECK(v.padding == c.expected);
    CHECK(warned(v, "PixelPaddingRangeLimit") == c.expected.has_value());
  }
  // A limit without a value, and slices that differ, say nothing.
  const TempDir dir;
  write_series(dir, {0, 1},
               [](DcmDataset& d) { d.putAndInsertUint16(DCM_PixelPaddingRangeLimit, 30); });
  CHECK_FALSE(read_volume(dir.str()).padding.has_value());
  Uint16 limit = 30;
  write_series(dir, {0, 1}, [&](DcmDataset& d) {
    d.putAndInsertUint16(DCM_PixelPaddingValue, 10);
    d.putAndInsertUint16(DCM_PixelPaddingRangeLimit, limit++);
  });
  CHECK_FALSE(read_volume(dir.str()).padding.has_value());
}

TEST_CASE("every syntax without compression, and files without a preamble", "[dicom]") {
  for (const E_TransferSyntax syntax :
       {EXS_LittleEndianExplicit, EXS_LittleEndianImplicit, EXS_BigEndianExplicit}) {
    INFO(DcmXfer(syntax).getXferName());
    const TempDir dir;
    DicomFile f;
    f.values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0xABC};
    f.syntax = syntax;
    f.write(dir / "whole");
    const Volume whole = read_volume(dir / "whole");
    CHECK(whole.slice(0).data()[11] == 0xABC - 1024);
    // Without preamble and group 0002 the syntax must be guessed.
    const std::string bytes = data_test::get(dir / "whole");
    std::size_t at = 132;
    Uint32 meta = 0;
    std::memcpy(&meta, bytes.data() + at + 8, 4);
    put(dir / "bare", bytes.substr(at + 12 + meta));
    const Volume bare = read_volume(dir / "bare");
    CHECK(bare.stored == whole.stored);
    CHECK(bare.affine == whole.affine);
  }
}

TEST_CASE("enhanced objects are read frame by frame from their functional groups", "[dicom]") {
  const TempDir dir;
  DicomFile f;
  f.values.resize(36);
  for (std::size_t i = 0; i < 36; ++i) f.values[i] = static_cast<Uint16>(i);
  const auto make = [](DcmDataset& d, int groups) {
    d.putAndInsertString(DCM_SOPClassUID, UID_EnhancedCTImageStorage);
    d.putAndInsertString(DCM_NumberOfFrames, "3");
    for (const DcmTagKey& tag : {DCM_ImagePositionPatient, DCM_ImageOrientationPatient,
                                 DCM_PixelSpacing, DCM_RescaleSlope, DCM_RescaleIntercept}) {
      delete d.remove(tag);
    }
    DcmItem* shared = nullptr;
    DcmItem* inner = nullptr;
    d.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, shared, 0);
    shared->findOrCreateSequenceItem(DCM_PlaneOrientationSequence, inner, 0);
    inner->putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
    shared->findOrCreateSequenceItem(DCM_PixelMeasuresSequence, inner, 0);
    inner->putAndInsertString(DCM_PixelSpacing, "0.5\\0.75");
    for (int k = 0; k < groups; ++k) {
      DcmItem* own = nullptr;
      d.findOrCreateSequenceItem(DCM_PerFrameFunctionalGroupsSequence, own, k);
      own->findOrCreateSequenceItem(DCM_PlanePositionSequence, inner, 0);
      inner->putAndInsertString(DCM_ImagePositionPatient,
                                ("0\\0\\" + std::to_string(10 - 2 * k)).c_str());
      own->findOrCreateSequenceItem(DCM_PixelValueTransformationSequence, inner, 0);
      inner->putAndInsertString(DCM_RescaleSlope, "1");
      inner->putAndInsertString(DCM_RescaleIntercept, "-1000");
    }
  };
  f.change = [&](DcmDataset& d) { make(d, 3); };
  f.write(dir / "enhanced");
  const Volume v = read_volume(dir / "enhanced");
  CHECK(v.dims == std::array<nn::index, 3>{4, 3, 3});
  CHECK(first_values(v) == std::vector<double>{24 - 1000, 12 - 1000, -1000});
  CHECK(v.spacing[2] == 2);
  CHECK(v.unit == data::Unit::hu);
  // Each frame's header stands by itself, as that of a single image.
  Float64 z = 0;
  const auto& header = v.dicom->slices[2].header;
  CHECK(header->findAndGetFloat64(DCM_ImagePositionPatient, z, 2).good());
  CHECK(z == 10);
  CHECK_FALSE(header->tagExists(DCM_PerFrameFunctionalGroupsSequence));
  f.change = [&](DcmDataset& d) { make(d, 2); };
  f.write(dir / "short");
  check_input_error([&] { read_volume(dir / "short"); }, {"short", "for 2 frames", "3"});
  f.change = [](DcmDataset& d) { d.putAndInsertString(DCM_NumberOfFrames, "3"); };
  f.write(dir / "plain");
  check_input_error([&] { read_volume(dir / "plain"); }, {"3 frames without functional groups"});
}
