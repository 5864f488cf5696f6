// The reader's rules on files of twelve pixels: what belongs together, in which order, what is left
// out and said. Values against pydicom: dicom_check.py.
#include "data/dicom/dicom.h"

#include <cmath>

#include "data/normalise.h"
#include "data/pictures.h"
#include "data/read.h"
#include "tests/data/dicom_files.h"
#include "tests/data/picture_files.h"

namespace fs = std::filesystem;
using data::DicomListing;
using data::read_volume;
using data::Volume;
using data_test::check_input_error;
using data_test::DicomFile;
using data_test::put;
using data_test::slice_at;
using data_test::TempDir;
using data_test::write_series;

namespace {

/// HU of the first pixel of each slice.
std::vector<double> first_values(const Volume& v) {
  std::vector<double> all;
  for (nn::index k = 0; k < v.slices(); ++k) {
    all.push_back(static_cast<double>(v.slice(k).data()[0]));
  }
  return all;
}

bool warned(const Volume& v, const std::string& text) {
  for (const std::string& w : v.warnings) {
    if (w.find(text) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

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
  f.write(dir / "inverted");
  CHECK(values("inverted")[0] == 4095 - 1024);
  CHECK(warned(read_volume(dir / "inverted"), "MONOCHROME1"));
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

TEST_CASE("padding is kept in HU unless it is below what is clamped anyway", "[dicom]") {
  const TempDir dir;
  const auto with_padding = [&](Uint16 stored, bool is_signed) {
    write_series(dir, {0, 1}, [=](DcmDataset& d) {
      d.putAndInsertUint16(DCM_PixelPaddingValue, stored);
      d.putAndInsertUint16(DCM_PixelRepresentation, is_signed ? 1 : 0);
    });
    return read_volume(dir.str()).padding;
  };
  CHECK(with_padding(4095, false) == 3071.0);
  CHECK(with_padding(0, false) == -1024.0);
  CHECK_FALSE(with_padding(63536, true).has_value());  // -2000 stored, -3024 HU
}

TEST_CASE("gaps, uneven steps and tilt are told from the positions", "[dicom]") {
  SECTION("a gap is named by its places") {
    const TempDir dir;
    write_series(dir, {0, 3, 6, 15, 18});
    DicomListing listing;
    const Volume v = read_volume(dir.str(), {}, &listing);
    CHECK(warned(v,
                 "2 slices are missing between slice 2 at (10, 20, 6) mm and slice 3 at (10, "
                 "20, 15) mm"));
    CHECK(v.spacing[2] == 3);
    CHECK(v.affine[2][2] == 4.5);
    REQUIRE(listing.groups.size() == 1);
    const auto& steps = listing.groups[0].steps;
    REQUIRE(steps.size() == 3);
    CHECK(steps[0].count == 2);
    CHECK(steps[1].mm == 9);
  }
  SECTION("even within a hundredth is even") {
    const TempDir dir;
    write_series(dir, {0, 3, 6.02, 9.01});
    CHECK(read_volume(dir.str()).warnings.empty());
  }
  SECTION("other steps are uneven") {
    const TempDir dir;
    write_series(dir, {0, 4, 8, 9, 16, 23});
    CHECK(warned(read_volume(dir.str()), "uneven: 2 of 4 mm, 1 of 1 mm, 2 of 7 mm"));
  }
  SECTION("tilt is the angle between normal and step, whatever the tag says") {
    const TempDir dir;
    for (int k = 0; k < 3; ++k) {
      DicomFile f = slice_at(3 * k, static_cast<Uint16>(k + 1));
      f.orientation = "1\\0\\0\\0\\0.8660254\\-0.5";
      f.change = [](DcmDataset& d) { d.putAndInsertString(DCM_GantryDetectorTilt, "-10"); };
      f.write(dir / std::to_string(k));
    }
    DicomListing listing;
    const Volume v = read_volume(dir.str(), {}, &listing);
    CHECK(listing.groups[0].tilt == Approx(30));
    CHECK(listing.groups[0].tilt_tag == -10);
    CHECK(warned(v, "tilted by 30 degrees"));
    CHECK(v.affine[2][2] == 3);
    CHECK(v.affine[1][2] == Approx(0).margin(1e-12));
  }
}

TEST_CASE("copies are dropped and named", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1, 2});
  fs::create_directory(dir / "deep");
  slice_at(1, 2).write(dir / "deep/same uid");
  DicomFile other = slice_at(2, 3);
  other.uid = "1.2.3.99";
  other.write(dir / "same pixels");
  DicomListing listing;
  const Volume v = read_volume(dir.str(), {}, &listing);
  CHECK(v.slices() == 3);
  CHECK(listing.groups[0].duplicates.size() == 2);
  CHECK(listing.groups[0].files == 5);
  CHECK(warned(v, "2 copies of other slices were dropped"));
}

TEST_CASE("different images at one place are split, or refused", "[dicom]") {
  const TempDir dir;
  const auto twice = [&](const DcmTagKey& tag, const std::vector<std::string>& marks) {
    for (int k = 0; k < 6; ++k) {
      DicomFile f = slice_at(k / 2, static_cast<Uint16>(k + 1));
      const std::string mark = marks[static_cast<std::size_t>(k)];
      f.change = [=](DcmDataset& d) { d.putAndInsertString(tag, mark.c_str()); };
      f.write(dir / std::to_string(k));
    }
  };
  SECTION("by acquisition number") {
    twice(DCM_AcquisitionNumber, {"1", "2", "1", "2", "1", "2"});
    DicomListing listing;
    CHECK(first_values(read_volume(dir.str(), {}, &listing)) ==
          std::vector<double>{-1023, -1021, -1019});
    CHECK(listing.groups.size() == 2);
    CHECK(listing.groups[1].acquisition == "acquisition 2");
    CHECK(first_values(read_volume(dir.str(), {.series = "2"})) ==
          std::vector<double>{-1022, -1020, -1018});
  }
  SECTION("by time, when one part ends before the next begins") {
    twice(DCM_AcquisitionTime, {"100000", "110003", "100001", "110002", "100002", "110001"});
    DicomListing listing;
    read_volume(dir.str(), {}, &listing);
    CHECK(listing.groups.size() == 2);
  }
  SECTION("else the user is told where") {
    twice(DCM_AcquisitionTime, {"100000", "100001", "100002", "100003", "100004", "100005"});
    check_input_error([&] { read_volume(dir.str()); },
                      {"different images at one place", "(10, 20, 0) mm", "--series"});
  }
}

TEST_CASE("what does not belong together is listed apart, the largest is read", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1, 2});
  const auto odd = [&](const std::string& name, auto change) {
    for (int k = 0; k < 2; ++k) {
      DicomFile f = slice_at(k, static_cast<Uint16>(k + 50));
      f.change = change;
      f.write(dir / (name + std::to_string(k)));
    }
  };
  const auto text = [](const DcmTagKey& tag, const char* value) {
    return [=](DcmDataset& d) { d.putAndInsertString(tag, value); };
  };
  odd("uid", text(DCM_SeriesInstanceUID, "9.9"));
  odd("frame", text(DCM_FrameOfReferenceUID, "9.8"));
  odd("kernel", text(DCM_ConvolutionKernel, "BONE"));
  odd("spacing", text(DCM_PixelSpacing, "0.5\\0.5"));
  odd("turned", text(DCM_ImageOrientationPatient, "0\\1\\0\\0\\0\\-1"));
  odd("type", text(DCM_ImageType, "DERIVED\\SECONDARY\\MPR"));
  DicomListing listing;
  const Volume v = read_volume(dir.str(), {}, &listing);
  CHECK(v.slices() == 3);
  CHECK(listing.groups.size() == 7);
  CHECK(warned(v, "one of 7 series was read"));
  CHECK(read_volume(dir.str(), {.series = "9.9"}).slices() == 2);
  check_input_error([&] { read_volume(dir.str(), {.series = "8"}); }, {"--series", "1 to 7"});
  check_input_error([&] { read_volume(dir.str(), {.series = "7.7"}); }, {"--series", "7.7"});
  check_input_error([&] { read_volume("phantom:1:3:16", {.series = "1"}); }, {"--series"});
  check_input_error([&] { read_volume("phantom:1:3:16", {.by_instance_number = true}); },
                    {"--by-instance-number", "no DICOM"});
}

TEST_CASE("a fourth value of the image type and small tilts of the table divide nothing",
          "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1});
  DicomFile f = slice_at(2, 9);
  f.orientation = "0.9999999\\0.0004\\0\\-0.0004\\0.9999999\\0";
  f.change = [](DcmDataset& d) {
    d.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\AXIAL\\ADD");
  };
  f.write(dir / "third");
  CHECK(read_volume(dir.str()).slices() == 3);
}

TEST_CASE("slices marked as synthetic belong to their series and are pointed out", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 2});
  DicomFile f = slice_at(1, 9);
  f.change = [](DcmDataset& d) {
    d.putAndInsertString(DCM_ImageType, "DERIVED\\SECONDARY\\AXIAL");
    d.insert(new DcmCodeString(DcmTag(0x0008, 0x001C, EVR_CS)));
    d.putAndInsertString(DcmTag(0x0008, 0x001C, EVR_CS), "YES");
  };
  f.write(dir / "between");
  const Volume v = read_volume(dir.str());
  CHECK(v.slices() == 3);
  CHECK(warned(v, "holds interpolated slices already"));
}

TEST_CASE("files that are no CT image are left out with a reason", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1});
  put(dir / "notes.txt", "hello, world, this is no image at all");
  put(dir / "empty", "");
  put(dir / ".hidden", "x");
  put(dir / "picture.png", data_test::png_bytes(1, 1, 8, 0, {1}));
  const auto odd = [&](const std::string& name, auto change) {
    DicomFile f = slice_at(7, 70);
    f.change = change;
    f.write(dir / name);
  };
  odd("scout",
      [](DcmDataset& d) { d.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\LOCALIZER "); });
  odd("capture", [](DcmDataset& d) {
    d.putAndInsertString(DCM_SOPClassUID, UID_SecondaryCaptureImageStorage);
  });
  odd("magnet", [](DcmDataset& d) { d.putAndInsertString(DCM_SOPClassUID, UID_MRImageStorage); });
  odd("empty image", [](DcmDataset& d) { delete d.remove(DCM_PixelData); });
  odd("colour", [](DcmDataset& d) { d.putAndInsertUint16(DCM_SamplesPerPixel, 3); });
  odd("flat", [](DcmDataset& d) { d.putAndInsertUint16(DCM_BitsAllocated, 8); });
  DicomListing listing;
  const Volume v = read_volume(dir.str(), {}, &listing);
  CHECK(v.slices() == 2);
  std::vector<std::string> found;
  for (const auto& s : listing.skipped) found.push_back(s.file + ": " + s.reason);
  for (const std::string expected :
       {"notes.txt: no DICOM file", "empty: an empty file", "picture.png: no DICOM file",
        "scout: a localizer", "capture: a secondary capture", "magnet: MRImageStorage",
        "empty image: a CT image without pixel data", "colour: a colour picture",
        "flat: a picture of 8 bits"}) {
    INFO(expected);
    CHECK(std::any_of(found.begin(), found.end(),
                      [&](const std::string& f) { return f.starts_with(expected); }));
  }
  CHECK(found.size() == 9);
  check_input_error([&] { read_volume(dir / "magnet"); }, {"magnet", "no CT image"});
}

TEST_CASE("without positions only the user can order images", "[dicom]") {
  const TempDir dir;
  for (int k = 0; k < 3; ++k) {
    DicomFile f = slice_at(0, static_cast<Uint16>(k + 1));
    const std::string instance = std::to_string(12 - k);
    f.change = [=](DcmDataset& d) {
      delete d.remove(DCM_ImagePositionPatient);
      d.putAndInsertString(DCM_InstanceNumber, instance.c_str());
    };
    f.write(dir / std::to_string(k));
  }
  check_input_error([&] { read_volume(dir.str()); },
                    {"the images have no position", "--by-instance-number"});
  const Volume v = read_volume(dir.str(), {.by_instance_number = true});
  CHECK(first_values(v) == std::vector<double>{-1021, -1022, -1023});
  CHECK(v.spacing[2] == 5);
  CHECK(v.positions.empty());
  CHECK(warned(v, "no orientation"));
  CHECK(read_volume(dir / "1").slices() == 1);  // a single image needs no order
  slice_at(4, 9).write(dir / "placed");
  check_input_error([&] { read_volume(dir.str(), {.by_instance_number = true}); },
                    {"3 of 4 images have no position"});
  const TempDir placed;
  write_series(placed, {0, 1});
  check_input_error([&] { read_volume(placed.str(), {.by_instance_number = true}); },
                    {"--by-instance-number", "have positions"});
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

TEST_CASE("folders without DICOM stay folders of pictures", "[dicom]") {
  const TempDir dir;
  put(dir / "1.png", data_test::png_bytes(1, 1, 8, 0, {1}));
  put(dir / "2.png", data_test::png_bytes(1, 1, 8, 0, {1}));
  CHECK(read_volume(dir.str()).format == "picture folder");
  slice_at(0, 1).write(dir / "3");
  CHECK(read_volume(dir.str()).format == "DICOM series");
}
