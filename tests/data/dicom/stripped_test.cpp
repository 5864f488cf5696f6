// Series that lost what tells where they lie, or whose identifiers an anonymiser changed; and those
// that ct2ct made itself.
#include "data/dicom/dicom.h"
#include "data/io/read.h"
#include "data/io/write.h"
#include "tests/data/dicom/dicom_files.h"

using data::DicomListing;
using data::read_volume;
using data::Volume;
using data_test::check_input_error;
using data_test::DicomFile;
using data_test::first_values;
using data_test::slice_at;
using data_test::TempDir;
using data_test::warned;
using data_test::write_series;

namespace {

/// Three slices, in the folder and along z, whose numbers run the other way.
void write_numbered(const TempDir& dir, const std::function<void(DcmDataset&, int)>& change) {
  for (int k = 0; k < 3; ++k) {
    DicomFile f = slice_at(2 * k, static_cast<Uint16>(k + 1));
    f.change = [=](DcmDataset& d) {
      d.putAndInsertString(DCM_InstanceNumber, std::to_string(12 - k).c_str());
      change(d, k);
    };
    f.write(dir / std::to_string(k));
  }
}

const std::vector<double> kByNumber{-1021, -1022, -1023};

}  // namespace

TEST_CASE("without positions only the user can order images", "[dicom]") {
  const TempDir dir;
  write_numbered(dir, [](DcmDataset& d, int) { delete d.remove(DCM_ImagePositionPatient); });
  check_input_error([&] { read_volume(dir.str()); },
                    {"the images have no position", "--by-instance-number"});
  const Volume v = read_volume(dir.str(), {.by_instance_number = true});
  CHECK(first_values(v) == kByNumber);
  CHECK(v.spacing[2] == 5);
  CHECK(v.positions.empty());
  CHECK(warned(v, "no orientation"));
  CHECK(warned(v, "ordered by InstanceNumber, a slice thickness apart"));
  CHECK(read_volume(dir / "1").slices() == 1);  // a single image needs no order
  const Volume told =
      read_volume(dir.str(), {.by_instance_number = true, .spacing = {{0.75, 0.5, 3}}});
  CHECK(told.spacing == std::array<double, 3>{0.75, 0.5, 3});
  CHECK(told.affine[2][2] == 3);
  check_input_error(
      [&] {
        read_volume(dir.str(), {.by_instance_number = true, .spacing = {{1, 0.5, 3}}});
      },
      {"--spacing-xyz", "1 mm between columns", "0.75"});
  slice_at(4, 9).write(dir / "placed");
  check_input_error([&] { read_volume(dir.str(), {.by_instance_number = true}); },
                    {"3 of 4 images have no position", "export"});
  const TempDir placed;
  write_series(placed, {0, 1});
  check_input_error([&] { read_volume(placed.str(), {.by_instance_number = true}); },
                    {"--by-instance-number", "have positions"});
}

TEST_CASE("positions without an orientation give the step, numbers the order", "[dicom]") {
  const TempDir dir;
  write_numbered(dir, [](DcmDataset& d, int) { delete d.remove(DCM_ImageOrientationPatient); });
  check_input_error([&] { read_volume(dir.str()); }, {"no orientation", "--by-instance-number"});
  const Volume v = read_volume(dir.str(), {.by_instance_number = true});
  CHECK(first_values(v) == kByNumber);
  CHECK(v.spacing[2] == 2);
  CHECK(warned(v, "2 mm (their positions) apart"));
}

TEST_CASE("images that all say one place are ordered by number on request", "[dicom]") {
  const TempDir dir;
  write_numbered(
      dir, [](DcmDataset& d, int) { d.putAndInsertString(DCM_ImagePositionPatient, "10\\20\\0"); });
  check_input_error([&] { read_volume(dir.str()); },
                    {"all 3 images say that they lie at (10, 20, 0) mm", "--by-instance-number"});
  const Volume v =
      read_volume(dir.str(), {.by_instance_number = true, .spacing = {{0.75, 0.5, 2}}});
  CHECK(first_values(v) == kByNumber);
  CHECK(v.spacing[2] == 2);
  // Their one position is no place for a slice that is written.
  check_input_error([&] { data::check_dicom(v); }, {"without a place"});
}

TEST_CASE("without a pixel spacing the user says it", "[dicom]") {
  const TempDir dir;
  const bool detector = GENERATE(false, true);
  write_numbered(dir, [&](DcmDataset& d, int) {
    delete d.remove(DCM_PixelSpacing);
    if (detector) d.putAndInsertString(DCM_ImagerPixelSpacing, "1.5\\1.25");
  });
  const std::vector<std::string> hints =
      detector ? std::vector<std::string>{"without PixelSpacing", "--spacing-xyz",
                                          "ImagerPixelSpacing says 1.25 and 1.5", "detector"}
               : std::vector<std::string>{"without PixelSpacing", "--spacing-xyz"};
  check_input_error([&] { read_volume(dir.str()); }, hints);
  const Volume v = read_volume(dir.str(), {.spacing = {{0.75, 0.5, 2}}});
  CHECK(v.spacing == std::array<double, 3>{0.75, 0.5, 2});
  CHECK(v.affine[0][0] == -0.75);
  CHECK(v.affine[1][1] == -0.5);
  CHECK(v.positions.size() == 3);
  check_input_error(
      [&] {
        read_volume(dir.str(), {.spacing = {{0.75, 0.5, 3}}});
      },
      {"--spacing-xyz", "3 mm between slices", "2 mm"});
  const TempDir whole;
  write_series(whole, {0, 1});
  check_input_error(
      [&] {
        read_volume(whole.str(), {.spacing = {{0.75, 0.5, 1}}});
      },
      {"--spacing-xyz", "leave the option out"});
}

TEST_CASE("a frame of reference for each slice is one volume where the places are", "[dicom]") {
  const TempDir dir;
  write_numbered(dir, [](DcmDataset& d, int k) {
    d.putAndInsertString(DCM_FrameOfReferenceUID, ("9.8." + std::to_string(k)).c_str());
  });
  DicomListing listing;
  const Volume v = read_volume(dir.str(), {}, &listing);
  CHECK(v.slices() == 3);
  CHECK(warned(v, "3 frames of reference"));
  // Two stacks in two frames are two: their coordinates say nothing of each other.
  const TempDir two;
  for (int k = 0; k < 6; ++k) {
    DicomFile f = slice_at(k < 3 ? k : k + 40.5, static_cast<Uint16>(k + 1));
    f.change = [=](DcmDataset& d) {
      d.putAndInsertString(DCM_FrameOfReferenceUID, k < 3 ? "9.1" : "9.2");
    };
    f.write(two / std::to_string(k));
  }
  CHECK(read_volume(two.str(), {}, &listing).slices() == 3);
  CHECK(listing.groups.size() == 2);
}

TEST_CASE("a series for each slice is joined on request, as the error says", "[dicom]") {
  const TempDir dir;
  const auto split = [](DcmDataset& d, int k) {
    d.putAndInsertString(DCM_StudyInstanceUID, "9.7");
    d.putAndInsertString(DCM_SeriesInstanceUID, ("9.7." + std::to_string(k)).c_str());
  };
  write_numbered(dir, split);
  const Volume one = read_volume(dir.str());
  CHECK(one.slices() == 1);
  check_input_error([&] { data::require_slices(one, 2, "interpolate"); },
                    {"1 slice", "--merge-series joins the 3 series"});
  const Volume v = read_volume(dir.str(), {.merge_series = true});
  CHECK(v.slices() == 3);
  CHECK(first_values(v) == std::vector<double>{-1023, -1022, -1021});
  CHECK(warned(v, "3 series of one study were joined"));
  SECTION("another study is not joined") {
    DicomFile f = slice_at(6, 9);
    f.change = [](DcmDataset& d) {
      d.putAndInsertString(DCM_StudyInstanceUID, "9.6");
      d.putAndInsertString(DCM_SeriesInstanceUID, "9.6.1");
    };
    f.write(dir / "other");
    CHECK(read_volume(dir.str(), {.merge_series = true}).slices() == 3);
  }
  SECTION("a whole series beside them stays one of its own") {
    for (int k = 0; k < 4; ++k) {
      DicomFile f = slice_at(k + 0.3, static_cast<Uint16>(k + 20));
      f.change = [](DcmDataset& d) { d.putAndInsertString(DCM_StudyInstanceUID, "9.7"); };
      f.write(dir / ("whole" + std::to_string(k)));
    }
    DicomListing listing;
    read_volume(dir.str(), {.merge_series = true}, &listing);
    REQUIRE(listing.groups.size() == 2);
    CHECK(listing.groups[0].slices + listing.groups[1].slices == 7);
  }
  SECTION("where nothing can be joined the flag is refused") {
    const TempDir whole;
    write_series(whole, {0, 1});
    check_input_error([&] { read_volume(whole.str(), {.merge_series = true}); },
                      {"--merge-series", "leave the flag out"});
    check_input_error([] { read_volume("phantom:1:3:16", {.merge_series = true}); },
                      {"--merge-series", "no DICOM"});
  }
}

TEST_CASE("few slices of DICOM never suggest an axis", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1});
  const Volume single = read_volume(dir / "0_0");
  check_input_error([&] { data::require_slices(single, 2, "interpolate"); },
                    {"name the folder that holds the other slices"});
  const Volume two = read_volume(dir.str());
  check_input_error([&] { data::require_slices(two, 3, "train"); }, {"a folder with more slices"});
}

TEST_CASE("what was interpolated before is never chosen over what was measured", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 2, 4});
  const Volume scan = read_volume(dir.str());
  CHECK(data::interpolated_before(scan).empty());
  Volume finer = scan.expanded(4);
  for (auto& origin : finer.origins) origin.method = "cubic";
  data::write_dicom(dir / "x4", finer, {"9.9.9", ""}, false);
  DicomListing listing;
  const Volume again = read_volume(dir.str(), {}, &listing);
  CHECK(again.slices() == 3);
  REQUIRE(listing.groups.size() == 2);
  CHECK(listing.groups[1].slices == 9);
  CHECK(listing.groups[1].interpolated == 6);
  const Volume own = read_volume(dir / "x4");  // on its own it is read, without a warning
  CHECK(own.slices() == 9);
  CHECK(own.warnings.empty());
  CHECK(data::interpolated_before(own) == "6 of 9 slices that were interpolated before");
}

TEST_CASE("slices say that they are interpolated in more than one place", "[dicom]") {
  const TempDir dir;
  const auto marked = [&](const std::function<void(DcmDataset&)>& mark) {
    write_series(dir, {0, 1}, mark);
    return !data::interpolated_before(read_volume(dir.str())).empty();
  };
  CHECK_FALSE(marked([](DcmDataset&) {}));
  CHECK(marked([](DcmDataset& d) {
    d.insert(new DcmCodeString(DcmTag(0x0008, 0x001C, EVR_CS)));
    d.putAndInsertString(DcmTag(0x0008, 0x001C, EVR_CS), "YES");
  }));
  CHECK(marked([](DcmDataset& d) {
    d.putAndInsertString(DCM_DerivationDescription,
                         "Interpolated between instance 1 and instance 2 of the source at t = "
                         "0.5, method cubic, ct2ct 1.0");
  }));
  CHECK(marked([](DcmDataset& d) {
    DcmItem* item = nullptr;
    d.findOrCreateSequenceItem(DCM_ContributingEquipmentSequence, item, -2);
    item->putAndInsertString(DCM_Manufacturer, "ct2ct");
  }));
  // A phantom is synthetic, but lies between nothing.
  data::write_dicom(dir / "phantom", read_volume("phantom:1:4:32"), {"9.9.9", ""}, false);
  CHECK(data::interpolated_before(read_volume(dir / "phantom")).empty());
}
