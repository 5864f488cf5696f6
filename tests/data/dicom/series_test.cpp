// The rules of a series: what belongs together, in which order, what is left out and said.
#include "data/dicom/dicom.h"

#include "data/io/read.h"
#include "data/pictures/pictures.h"
#include "tests/data/dicom/dicom_files.h"
#include "tests/data/pictures/picture_files.h"

namespace fs = std::filesystem;
using data::DicomListing;
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
  SECTION("rounded positions are even, by the step that fits them all") {
    const TempDir dir;
    write_series(dir, {0, 0.6, 1.3, 1.9, 2.5, 3.1, 3.8, 4.4, 5});  // every 0.625 mm
    DicomListing listing;
    const Volume v = read_volume(dir.str(), {}, &listing);
    CHECK(v.warnings.empty());
    CHECK(v.spacing[2] == Approx(0.625).epsilon(0.005));
    CHECK(v.affine[2][2] == v.spacing[2]);
    CHECK(v.positions.empty());  // the grid knows better
    REQUIRE(listing.groups[0].steps.size() == 1);
    CHECK(listing.groups[0].steps[0].mm == v.spacing[2]);
    const Volume twice = v.expanded(2);
    CHECK(twice.spacing[2] == v.spacing[2] / 2);
    CHECK(twice.affine[2][2] == v.spacing[2] / 2);
  }
  SECTION("positions that are even to a hundredth are kept") {
    const TempDir dir;
    write_series(dir, {0, 3, 6.01, 9.01});
    const Volume v = read_volume(dir.str());
    CHECK(v.warnings.empty());
    CHECK(v.positions.size() == 4);
    CHECK(v.spacing[2] == Approx(3.004));  // numpy.polyfit
    CHECK(v.affine[2][2] == v.spacing[2]);
  }
  SECTION("a range of wider steps is no gap") {
    const TempDir dir;
    write_series(dir, {0, 2.5, 5, 7.5, 15, 22.5, 30});
    const Volume v = read_volume(dir.str());
    CHECK(v.warnings == std::vector<std::string>{"the steps between slices are uneven: 3 of 2.5 "
                                                 "mm, 3 of 7.5 mm"});
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
    check_input_error(
        [&] { read_volume(dir.str()); },
        {"different images at one place", "(10, 20, 0) mm", "export the series again"});
  }
}

TEST_CASE("what does not belong together is listed apart, the largest is read", "[dicom]") {
  const TempDir dir;
  write_series(dir, {0, 1, 2});
  Uint16 stored = 50;
  const auto odd = [&](const std::string& name, auto change) {
    for (int k = 0; k < 2; ++k) {
      DicomFile f = slice_at(k, ++stored);
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

TEST_CASE("small differences of headers take no slice out of its stack", "[dicom]") {
  const auto text = [](const DcmTagKey& tag, const char* value) {
    return [=](DcmDataset& d) { d.putAndInsertString(tag, value); };
  };
  const TempDir dir;
  // The third of six slices is odd.
  const auto listing_with = [&](const std::function<void(DcmDataset&)>& all, auto change) {
    for (int k = 0; k < 6; ++k) {
      DicomFile f = slice_at(k, static_cast<Uint16>(k + 1));
      f.change = [&, k](DcmDataset& d) {
        all(d);
        if (k == 2) change(d);
      };
      f.write(dir / std::to_string(k));
    }
    DicomListing listing;
    const Volume v = read_volume(dir.str(), {}, &listing);
    CHECK(v.slices() == (listing.groups.size() == 1 ? 6 : 5));
    return listing.groups.size();
  };
  const auto same = [](DcmDataset&) {};
  const auto bone = text(DCM_ConvolutionKernel, "BONE");
  CHECK(listing_with(same, text(DCM_PixelSpacing, "0.50002\\0.75")) == 1);
  CHECK(listing_with(same, text(DCM_PixelSpacing, "0.501\\0.75")) == 2);
  CHECK(listing_with(same, text(DCM_ImageType, "DERIVED\\SECONDARY\\AXIAL")) == 1);
  CHECK(listing_with(same, text(DCM_ImageType, "DERIVED\\SECONDARY\\MPR")) == 2);
  CHECK(listing_with(same, text(DCM_FrameOfReferenceUID, "9.8")) == 1);
  CHECK(listing_with(same, text(DCM_SliceThickness, "4.99")) == 1);
  CHECK(listing_with(bone, [](DcmDataset& d) { delete d.remove(DCM_ConvolutionKernel); }) == 1);
  CHECK(listing_with(bone, text(DCM_ConvolutionKernel, "SOFT")) == 2);
}

TEST_CASE("a second stack between the slices of the first is a series of its own", "[dicom]") {
  const TempDir dir;
  for (int k = 0; k < 24; ++k) {
    const bool thick = k >= 20;
    DicomFile f = slice_at(thick ? 5 * (k - 20) + 2.5 : k, static_cast<Uint16>(k + 1));
    f.change = [=](DcmDataset& d) { d.putAndInsertString(DCM_SliceThickness, thick ? "5" : "1"); };
    f.write(dir / std::to_string(k));
  }
  DicomListing listing;
  CHECK(read_volume(dir.str(), {}, &listing).slices() == 20);
  REQUIRE(listing.groups.size() == 2);
  CHECK(listing.groups[1].slices == 4);
  CHECK(listing.groups[1].acquisition == "thickness 5 mm");
  CHECK(first_values(read_volume(dir.str(), {.series = "2"})) ==
        std::vector<double>{-1003, -1002, -1001, -1000});
}

TEST_CASE("two ranges of their own thickness stay one scan", "[dicom]") {
  const TempDir dir;
  const std::vector<double> heights{0, 2, 4, 6, 14, 22, 30};
  for (std::size_t k = 0; k < heights.size(); ++k) {
    DicomFile f = slice_at(heights[k], static_cast<Uint16>(k + 1));
    f.change = [=](DcmDataset& d) { d.putAndInsertString(DCM_SliceThickness, k < 4 ? "2" : "8"); };
    f.write(dir / std::to_string(k));
  }
  CHECK(read_volume(dir.str()).slices() == 7);
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
  DicomListing listing;
  const Volume v = read_volume(dir.str(), {}, &listing);
  CHECK(v.slices() == 2);
  std::vector<std::string> found;
  for (const auto& s : listing.skipped) found.push_back(s.file + ": " + s.reason);
  for (const std::string expected :
       {"notes.txt: no DICOM file", "empty: an empty file", "picture.png: no DICOM file",
        "scout: a localizer", "capture: a secondary capture", "magnet: MRImageStorage",
        "empty image: a CT image without pixel data"}) {
    INFO(expected);
    CHECK(std::any_of(found.begin(), found.end(),
                      [&](const std::string& f) { return f.starts_with(expected); }));
  }
  CHECK(found.size() == 7);
  check_input_error([&] { read_volume(dir / "magnet"); }, {"magnet", "no CT image"});
}

TEST_CASE("folders without DICOM stay folders of pictures", "[dicom]") {
  const TempDir dir;
  put(dir / "1.png", data_test::png_bytes(1, 1, 8, 0, {1}));
  put(dir / "2.png", data_test::png_bytes(1, 1, 8, 0, {1}));
  CHECK(read_volume(dir.str()).format == "picture folder");
  slice_at(0, 1).write(dir / "3");
  CHECK(read_volume(dir.str()).format == "DICOM series");
}
