// One file that cannot be read, beside a series that can.
#include "data/dicom/dicom.h"
#include "data/io/read.h"
#include "tests/data/dicom/dicom_files.h"

using data::DicomListing;
using data::read_volume;
using data_test::check_input_error;
using data_test::DicomFile;
using data_test::get;
using data_test::put;
using data_test::slice_at;
using data_test::TempDir;
using data_test::warned;
using data_test::write_series;

namespace {

struct Odd {
  const char* name;
  const char* reason;  ///< a part of it
  std::function<void(DcmDataset&)> change;
  std::size_t keep = 0;  ///< bytes of the file, counted from the end when negative; 0: all
};

const Odd kOdd[] = {
    {"zero_orientation", "image orientation",
     [](DcmDataset& d) { d.putAndInsertString(DCM_ImageOrientationPatient, "0\\0\\0\\0\\0\\0"); }},
    {"lookup_table", "lookup table",
     [](DcmDataset& d) {
       DcmItem* item = nullptr;
       d.findOrCreateSequenceItem(DCM_ModalityLUTSequence, item, -2);
       item->putAndInsertString(DCM_ModalityLUTType, "HU");
     }},
    {"frames", "functional groups",
     [](DcmDataset& d) { d.putAndInsertString(DCM_NumberOfFrames, "2"); }},
    {"no_rows", "Rows", [](DcmDataset& d) { delete d.remove(DCM_Rows); }},
    {"truncated", "bytes left", [](DcmDataset&) {}, 8},
};

void write_odd(const TempDir& dir, const Odd& odd, double z, const std::string& series) {
  DicomFile f = slice_at(z, 999);
  f.series = series;
  f.change = odd.change;
  const std::string path = dir / odd.name;
  f.write(path);
  const std::string bytes = get(path);
  put(path, bytes.substr(0, bytes.size() - odd.keep));
}

}  // namespace

TEST_CASE("an odd file of another series is left out with its reason", "[dicom]") {
  for (const Odd& odd : kOdd) {
    INFO(odd.name);
    const TempDir dir;
    write_series(dir, {0, 1, 2});
    write_odd(dir, odd, 1, "9.9");
    DicomListing listing;
    const data::Volume v = read_volume(dir.str(), {}, &listing);
    CHECK(v.slices() == 3);
    REQUIRE(listing.skipped.size() == 1);
    CHECK(listing.skipped[0].file == odd.name);
    CHECK(listing.skipped[0].reason.find(odd.reason) != std::string::npos);
    CHECK(listing.skipped[0].reason.find(dir.str()) == std::string::npos);
    CHECK(warned(v, odd.name));
    CHECK(read_volume(dir.str(), {.series = "1.2.3"}).slices() == 3);
    check_input_error([&] { read_volume(dir.str(), {.series = "9.9"}); }, {odd.name, odd.reason});
  }
}

TEST_CASE("an odd file of the chosen series is an error that names it, and all is listed",
          "[dicom]") {
  for (const Odd& odd : kOdd) {
    INFO(odd.name);
    const TempDir dir;
    write_series(dir, {0, 1, 2});
    write_odd(dir, odd, 3, "1.2.3");
    DicomListing listing;
    check_input_error([&] { read_volume(dir.str(), {}, &listing); }, {odd.name, odd.reason});
    CHECK(listing.groups.size() == 1);
    CHECK(listing.skipped.size() == 1);
  }
}

TEST_CASE("an odd file alone reports its own error", "[dicom]") {
  for (const Odd& odd : kOdd) {
    const TempDir dir;
    write_odd(dir, odd, 0, "1.2.3");
    put(dir / "notes.txt", "hello, world, this is no image at all");
    check_input_error([&] { read_volume(dir.str()); }, {odd.name, odd.reason});
    check_input_error([&] { read_volume(dir / odd.name); }, {odd.name, odd.reason});
  }
}

TEST_CASE("a file whose series nobody knows stops a scan only while a slice is missing",
          "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1, 2, 3, 5, 6});
  slice_at(4, 50).write(dir / "damaged");
  const std::string whole = get(dir / "damaged");
  put(dir / "damaged", whole.substr(0, 140));  // before anything is said
  check_input_error([&] { read_volume(dir.str()); }, {"damaged"});
  slice_at(4, 51).write(dir / "found");
  const data::Volume v = read_volume(dir.str());
  CHECK(v.slices() == 7);
  CHECK(warned(v, "damaged"));
}

TEST_CASE("damaged pixels stop only who wants them", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1, 2});
  for (int k = 0; k < 2; ++k) {
    DicomFile f = slice_at(1, static_cast<Uint16>(70 + k));  // at one place: values are compared
    f.series = "9.9";
    f.values.resize(10);
    f.write(dir / ("short" + std::to_string(k)));
  }
  CHECK(read_volume(dir.str()).slices() == 3);
  check_input_error([&] { read_volume(dir.str(), {.series = "9.9"}); }, {"short0", "20 bytes"});
}

TEST_CASE("what is no CT image by its class does not have to be readable", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1});
  for (const auto& [name, tag, value] :
       {std::tuple{"magnet", DCM_SOPClassUID, UID_MRImageStorage},
        std::tuple{"scout", DCM_ImageType, "ORIGINAL\\PRIMARY\\LOCALIZER"}}) {
    DicomFile f = slice_at(7, 70);
    f.change = [t = tag, v = value](DcmDataset& d) { d.putAndInsertString(t, v); };
    f.write(dir / name);
    const std::string bytes = get(dir / name);
    put(dir / name, bytes.substr(0, bytes.size() - 6));
  }
  DicomListing listing;
  CHECK(read_volume(dir.str(), {}, &listing).slices() == 2);
  REQUIRE(listing.skipped.size() == 2);
  CHECK(listing.skipped[0].reason == "MRImageStorage, no CT image, which cannot be read");
  CHECK(listing.skipped[1].reason == "a localizer, damaged");
}
