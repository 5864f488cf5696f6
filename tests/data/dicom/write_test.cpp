// Derived DICOM series, read back by the reader and by DCMTK. What others say of them is
// derived_check.py.
#include <cmath>
#include <cstdlib>

#include "data/dicom/dicom.h"
#include "data/dicom/values.h"
#include "data/io/write.h"
#include "data/phantom/phantom.h"
#include "tests/data/dicom/dicom_files.h"

using data::Volume;
using data_test::check_input_error;
using data_test::TempDir;
using data_test::write_series;

namespace {

const data::Provenance kCubic{"9.9", ""};

/// Interpolated in two, with `value` in every synthetic slice.
Volume filled(const Volume& scan, float value) {
  Volume out = scan.expanded(2);
  for (nn::index k = 1; k < out.slices(); k += 2) {
    out.set_slice(k, nn::Tensor::full({1, out.height(), out.width(), 1}, value));
    out.origins[static_cast<std::size_t>(k)].method = "cubic";
  }
  return out;
}

DcmFileFormat loaded(const std::string& path) {
  DcmFileFormat file;
  REQUIRE(file.loadFile(path.c_str()).good());
  return file;
}

std::string text(DcmFileFormat& file, const DcmTagKey& tag) {
  OFString value;
  file.getDataset()->findAndGetOFStringArray(tag, value);
  return {value.c_str(), value.size()};
}

class Epoch {
 public:
  explicit Epoch(const char* value) { ::setenv("SOURCE_DATE_EPOCH", value, 1); }
  ~Epoch() { ::unsetenv("SOURCE_DATE_EPOCH"); }
  Epoch(const Epoch&) = delete;
  Epoch& operator=(const Epoch&) = delete;
};

}  // namespace

TEST_CASE("decimal strings: the shortest that reads back, at most 16 bytes") {
  CHECK(data::decimal_string(0.1) == "0.1");
  CHECK(data::decimal_string(-564.138869) == "-564.138869");
  CHECK(data::decimal_string(-0.0) == "0");
  CHECK(data::decimal_string(-1024) == "-1024");
  CHECK(data::decimal_string(1e-7) == "1e-07");
  CHECK(data::decimal_string(-123.54045690000001) == "-123.5404569");
  for (const double x : {1.0 / 3, -2e9 / 7, 1e-5 / 3, -1.0 / 3e9, 123456789.123456789}) {
    const std::string s = data::decimal_string(x);
    INFO(s);
    CHECK(s.size() <= 16);
    CHECK(std::fabs(std::stod(s) - x) <= 1e-9 * std::fabs(x));
  }
}

TEST_CASE("UIDs are UUIDs of version 8 in decimal, made of the SHA-256 of a text") {
  // SHA-256 of nothing is e3b0c442 98fc1c14 9afbf4c8 996fb924 ...; 1 becomes 8, 9a stays.
  CHECK(data::uid_of("") == "2.25.302652579918966106791432553938847512868");
  CHECK(data::uid_of("a") != data::uid_of("b"));
}

TEST_CASE("the clock can be fixed, in UTC") {
  {
    const Epoch epoch("1700000000");
    CHECK(data::clock_now().date == "20231114");
    CHECK(data::clock_now().time == "221320");
  }
  CHECK(data::clock_now().date.size() == 8);
  for (const char* bad : {"yesterday", "-5", "12x", "", "999999999999999"}) {
    const Epoch epoch(bad);
    check_input_error([] { data::clock_now(); }, {"SOURCE_DATE_EPOCH", bad});
  }
}

TEST_CASE("a derived series reads back: real slices in place, synthetic ones marked") {
  const TempDir dir;
  write_series(dir, {0, 4, 8}, [](DcmDataset& d) {
    d.putAndInsertString(DCM_PatientName, "Doe^Jane");
    d.putAndInsertString(DCM_SeriesNumber, "7");
    d.putAndInsertString(DCM_SeriesDescription, std::string(60, 'd').c_str());
    d.putAndInsertString(DCM_Exposure, "200");
    d.putAndInsertString(DCM_AcquisitionTime, "101112");
    d.putAndInsertString(DcmTag(0x0019, 0x0010, EVR_LO), "MAKER");
    d.putAndInsertUint16(DCM_OverlayRows, 3);
    d.putAndInsertUint16(DCM_SmallestImagePixelValue, 0);
  });
  const TempDir other;
  const Volume scan = data::read_dicom(dir.str());
  Volume made = filled(scan, 100.4F);
  made.origins[1].method = "model";
  made.origins[1].weights = true;
  made.origins[1].expected_error = 12.345;
  made.origins[3].method = "cubic (self-check)";
  data::write_dicom(other / "out", made, {"9.9", std::string(64, 'a')}, false);
  const Volume back = data::read_dicom(other / "out");
  CHECK(back.stored == made.stored);
  CHECK(back.dims == made.dims);
  CHECK(back.intercept == scan.intercept);
  for (nn::index k = 0; k < back.slices(); ++k) {
    CHECK(data::distance(back.position(k), made.position(k)) < 1e-9);
  }
  REQUIRE(back.dicom->slices.size() == 5);

  DcmFileFormat synthetic = loaded(other / "out/slice_0001.dcm");
  DcmFileFormat real = loaded(other / "out/slice_0002.dcm");
  CHECK(text(synthetic, {0x0008, 0x001C}) == "YES");
  CHECK(text(real, {0x0008, 0x001C}).empty());
  CHECK(text(synthetic, DCM_ImageType) == "DERIVED\\SECONDARY\\AXIAL");
  CHECK(text(real, DCM_ImageType) == "DERIVED\\PRIMARY\\AXIAL");
  CHECK(text(synthetic, DCM_ImagePositionPatient) == "10\\20\\2");
  CHECK(text(synthetic, DCM_AcquisitionTime).empty());
  CHECK(text(real, DCM_AcquisitionTime) == "101112");
  CHECK(text(synthetic, DCM_DerivationDescription) ==
        "Interpolated between slice 0 and slice 1 of the source at t = 0.5, method model "
        "(weights SHA-256 " +
            std::string(64, 'a') + "), expected error 12.3 HU (an upper estimate), ct2ct 9.9");
  DcmFileFormat fallen_back = loaded(other / "out/slice_0003.dcm");
  CHECK(text(fallen_back, DCM_DerivationDescription) ==
        "Interpolated between slice 1 and slice 2 of the source at t = 0.5, method cubic "
        "(self-check), ct2ct 9.9");
  CHECK(text(synthetic, DCM_SpacingBetweenSlices) == "2");
  for (DcmFileFormat* file : {&synthetic, &real}) {
    DcmDataset& d = *file->getDataset();
    CHECK(text(*file, DCM_PatientName) == "Doe^Jane");
    CHECK(text(*file, DCM_SeriesNumber) == "1007");
    CHECK(text(*file, DCM_SeriesDescription).size() == 64);
    CHECK(text(*file, DCM_SeriesDescription).ends_with("d x2 interpolated RESEARCH"));
    CHECK(text(*file, DCM_ContentQualification) == "RESEARCH");
    CHECK(text(*file, DCM_SliceThickness) == "5");
    CHECK_FALSE(d.tagExists(DcmTagKey(0x0019, 0x0010)));
    CHECK_FALSE(d.tagExists(DCM_Exposure));
    CHECK_FALSE(d.tagExists(DCM_OverlayRows));
    CHECK_FALSE(d.tagExists(DCM_SmallestImagePixelValue));
    OFString in_meta;
    file->getMetaInfo()->findAndGetOFString(DCM_MediaStorageSOPInstanceUID, in_meta);
    CHECK(in_meta == text(*file, DCM_SOPInstanceUID).c_str());
  }
}

TEST_CASE("a slice that was synthetic before it was read stays marked") {
  const TempDir dir;
  write_series(dir, {0, 4, 8});
  data::write_dicom(dir / "x2", filled(data::read_dicom(dir.str()), 5), kCubic, false);
  data::write_dicom(dir / "x4", filled(data::read_dicom(dir / "x2"), 5), kCubic, false);
  DcmFileFormat file = loaded(dir / "x4/slice_0002.dcm");
  CHECK(text(file, {0x0008, 0x001C}) == "YES");
  CHECK(text(file, DCM_ImageType) == "DERIVED\\SECONDARY\\AXIAL");
}

TEST_CASE("synthetic values are clamped to BitsStored, real ones come back by their own rescale") {
  const TempDir dir;
  int number = 0;
  write_series(dir, {0, 4, 8}, [&](DcmDataset& d) {
    const char* slopes[] = {"1", "2", "0.5"};
    const char* intercepts[] = {"-1024", "-1000", "3.25"};
    d.putAndInsertString(DCM_RescaleSlope, slopes[number]);
    d.putAndInsertString(DCM_RescaleIntercept, intercepts[number]);
    ++number;
  });
  data::write_dicom(dir / "out", filled(data::read_dicom(dir.str()), 50000), kCubic, false);
  const std::array<Uint16, 5> expected{1, 4095, 2, 4095, 3};
  const std::array<const char*, 5> slopes{"1", "1", "2", "2", "0.5"};
  for (std::size_t k = 0; k < 5; ++k) {
    DcmFileFormat file = loaded(dir / ("out/slice_000" + std::to_string(k) + ".dcm"));
    const Uint16* words = nullptr;
    unsigned long count = 0;
    REQUIRE(file.getDataset()->findAndGetUint16Array(DCM_PixelData, words, &count).good());
    CHECK(count == 12);
    CHECK(words[5] == expected[k]);
    CHECK(text(file, DCM_RescaleSlope) == slopes[k]);
  }
}

TEST_CASE("what is no CT image is refused before it is written") {
  const TempDir dir;
  const auto refused = [&](const Volume& v, const std::vector<std::string>& texts) {
    check_input_error([&] { data::check_dicom(v); }, texts);
    check_input_error([&] { data::write_dicom(dir / "out", v, kCubic, false); }, texts);
    CHECK(dir.entries() == 0);
  };
  Volume v = data::make_phantom({3, 16, 1, 0});
  v.unit = data::Unit::grey8;
  refused(v, {"grey levels", "--format png"});
  v.unit = data::Unit::hu;
  v.affine[0][1] = 0.01 * v.affine[0][0];
  refused(v, {"right angles"});
  v.affine[0][1] = 0;
  v.type = data::StoredType::float32;
  v.stored.assign(static_cast<std::size_t>(v.voxels()) * 4, std::byte{});
  v.slope = 1;
  v.intercept = 0.5;
  refused(v, {"0.5", "slice 0", "NIfTI"});
  v.intercept = 40000;
  refused(v, {"40000", "16 bits"});
  v.intercept = 7;
  CHECK_NOTHROW(data::check_dicom(v));
}

TEST_CASE("an output that nobody named has the scan's name, in the current folder") {
  Volume nifti;
  nifti.format = "NIfTI";
  Volume series;
  series.format = "DICOM series";
  const auto named = [](const std::string& input, const Volume& scan, const char* asked = "") {
    return data::output_named_after(input, "_x2", asked, scan);
  };
  CHECK(named("/far/a.nii.gz", nifti) == "a_x2.nii.gz");
  CHECK(named("a.b.nii", nifti) == "a.b_x2.nii.gz");
  CHECK(named("a.nii", nifti, "png") == "a_x2");
  CHECK(named("a.nii", nifti, "dicom") == "a_x2");
  CHECK(named("far/series/", series) == "series_x2");
  CHECK(named("series.zip", series) == "series_x2");
  CHECK(named("series.zip", series, "nifti") == "series_x2.nii.gz");
  CHECK(named("far/series/.", series) == "series_x2");
}

TEST_CASE("the format of an output follows from what is asked, its name and the scan") {
  using data::OutputFormat;
  Volume plain;
  Volume dicom;
  dicom.dicom = std::make_shared<data::DicomSeries>();
  CHECK(data::output_format("", "a.nii.gz", dicom) == OutputFormat::nifti);
  CHECK(data::output_format("", "a.nii", plain) == OutputFormat::nifti);
  CHECK(data::output_format("", "a", plain) == OutputFormat::png);
  CHECK(data::output_format("", "a/", plain) == OutputFormat::dicom);
  CHECK(data::output_format("", "a", dicom) == OutputFormat::dicom);
  CHECK(data::output_format("png", "a/", dicom) == OutputFormat::png);
  CHECK(data::output_format("dicom", "a", plain) == OutputFormat::dicom);
  check_input_error([&] { data::output_format("nifti", "a", plain); }, {"a:", ".nii"});
  check_input_error([&] { data::output_format("jpeg", "a", plain); }, {"--format", "dicom"});
}
