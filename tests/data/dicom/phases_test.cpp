// Several images at one place: phases and reconstructions.
#include "data/dicom/dicom.h"
#include "data/io/read.h"
#include "tests/data/dicom/dicom_files.h"

using data::DicomListing;
using data::read_volume;
using data_test::check_input_error;
using data_test::DicomFile;
using data_test::first_values;
using data_test::slice_at;
using data_test::TempDir;
using data_test::warned;

namespace {

using Marks = std::function<void(DcmDataset&, int phase, int slice)>;

void put(DcmDataset& d, const DcmTagKey& tag, const std::string& text) {
  d.putAndInsertString(tag, text.c_str());
}

/// As many slices of each phase as `slices` says; slice k of phase p has 100 (p + 1) + k HU - 1024.
void write_phases(const TempDir& dir, const std::vector<int>& slices, const Marks& mark) {
  for (std::size_t p = 0; p < slices.size(); ++p) {
    for (int k = 0; k < slices[p]; ++k) {
      const int phase = static_cast<int>(p);
      DicomFile f = slice_at(3 * k, static_cast<Uint16>(100 * (phase + 1) + k));
      f.change = [=](DcmDataset& d) { mark(d, phase, k); };
      f.write(dir / (std::to_string(p) + "_" + std::to_string(k)));
    }
  }
}

void check_phases(const TempDir& dir, const std::vector<std::string>& names) {
  DicomListing listing;
  const data::Volume v = read_volume(dir.str(), {}, &listing);
  REQUIRE(listing.groups.size() == names.size());
  CHECK(listing.groups[0].chosen);
  CHECK(warned(v, "one of " + std::to_string(names.size()) + " series was read (" + names[0]));
  for (std::size_t p = 0; p < names.size(); ++p) {
    CHECK(listing.groups[p].acquisition == names[p]);
    CHECK(listing.groups[p].problem.empty());
    const double first = 100 * (static_cast<double>(p) + 1) - 1024;
    CHECK(first_values(read_volume(dir.str(), {.series = std::to_string(p + 1)})) ==
          std::vector<double>{first, first + 1, first + 2});
  }
}

}  // namespace

TEST_CASE("phases are listed by what tells them apart, the first of equals is read", "[dicom]") {
  const TempDir dir;
  SECTION("temporal position") {
    write_phases(dir, {3, 3, 3}, [](DcmDataset& d, int p, int) {
      put(d, DCM_TemporalPositionIdentifier, std::to_string(p + 1));
    });
    check_phases(dir, {"temporal position 1", "temporal position 2", "temporal position 3"});
  }
  SECTION("in the order of numbers, not of files") {
    write_phases(dir, {3, 3}, [](DcmDataset& d, int p, int) {
      put(d, DCM_TemporalPositionIdentifier, p == 0 ? "2" : "10");
    });
    std::filesystem::rename(dir / "1_0", dir / "0");  // sorts before 0_0
    check_phases(dir, {"temporal position 2", "temporal position 10"});
  }
  SECTION("cardiac phase, whatever the trigger times of single slices") {
    write_phases(dir, {3, 3}, [](DcmDataset& d, int p, int k) {
      d.putAndInsertFloat32(DCM_NominalPercentageOfCardiacPhase, 40.0F * static_cast<float>(p));
      put(d, DCM_TriggerTime, std::to_string(900 * p + k));
    });
    check_phases(dir, {"cardiac phase 0 %", "cardiac phase 40 %"});
  }
  SECTION("trigger time") {
    write_phases(dir, {3, 3}, [](DcmDataset& d, int p, int) {
      put(d, DCM_TriggerTime, std::to_string(400 * p));
    });
    check_phases(dir, {"trigger time 0 ms", "trigger time 400 ms"});
  }
  SECTION("trigger times of single slices, in the order of numbers") {
    write_phases(dir, {3, 3}, [](DcmDataset& d, int p, int k) {
      put(d, DCM_TriggerTime, std::to_string(900 + 200 * p + k));
    });
    check_phases(dir, {"trigger time 900 ms", "trigger time 1100 ms"});
  }
  SECTION("date and time of acquisition") {
    write_phases(dir, {3, 3}, [](DcmDataset& d, int p, int) {
      put(d, DCM_AcquisitionDateTime, "2024010210171" + std::to_string(p));
    });
    check_phases(dir, {"acquired 20240102101710", "acquired 20240102101711"});
  }
}

TEST_CASE("an incomplete phase blocks nothing, and is not the one that is read", "[dicom]") {
  const TempDir dir;
  const std::vector<int> slices = GENERATE(std::vector<int>{5, 3}, std::vector<int>{3, 5});
  write_phases(dir, slices, [](DcmDataset& d, int p, int) {
    put(d, DCM_AcquisitionTime, "10171" + std::to_string(p));
  });
  DicomListing listing;
  CHECK(read_volume(dir.str(), {}, &listing).slices() == 5);
  REQUIRE(listing.groups.size() == 2);
  for (std::size_t p = 0; p < 2; ++p) {
    CHECK(listing.groups[p].slices == slices[p]);
    CHECK(listing.groups[p].chosen == (slices[p] == 5));
    CHECK(listing.groups[p].problem.empty());
    CHECK(read_volume(dir.str(), {.series = std::to_string(p + 1)}).slices() == slices[p]);
  }
}

TEST_CASE("reconstructions at the same places are told apart, and their phases too", "[dicom]") {
  const TempDir dir;
  write_phases(dir, {3, 3, 3, 3}, [](DcmDataset& d, int p, int) {
    put(d, DCM_ImageType, p % 2 == 0 ? "ORIGINAL\\PRIMARY\\AXIAL" : "DERIVED\\PRIMARY\\AXIAL");
    put(d, DCM_TemporalPositionIdentifier, std::to_string(p / 2));
  });
  DicomListing listing;
  read_volume(dir.str(), {}, &listing);
  REQUIRE(listing.groups.size() == 4);
  std::vector<std::string> names;
  for (const auto& g : listing.groups) names.push_back(g.acquisition);
  CHECK(names == std::vector<std::string>{"image type ORIGINAL\\PRIMARY, temporal position 0",
                                          "image type ORIGINAL\\PRIMARY, temporal position 1",
                                          "image type DERIVED\\PRIMARY, temporal position 0",
                                          "image type DERIVED\\PRIMARY, temporal position 1"});
}

TEST_CASE("a time that every image has of its own names no phases", "[dicom]") {
  const TempDir dir;
  // Three slices in one scan and one more at the place of the second: no order of phases.
  write_phases(dir, {3, 2}, [](DcmDataset& d, int p, int k) {
    put(d, DCM_AcquisitionTime, "10170" + std::to_string(3 * p + k));
  });
  check_input_error([&] { read_volume(dir.str()); },
                    {"different images at one place", "(10, 20, 0) mm", "tells phases"});
}

TEST_CASE("frames of an enhanced object have phases of their own", "[dicom]") {
  const TempDir dir;
  DicomFile f;
  f.values.clear();
  for (Uint16 frame = 0; frame < 6; ++frame) {
    f.values.insert(f.values.end(), 12, static_cast<Uint16>(100 * (frame % 2 + 1) + frame / 2));
  }
  f.change = [](DcmDataset& d) {
    put(d, DCM_SOPClassUID, UID_EnhancedCTImageStorage);
    put(d, DCM_NumberOfFrames, "6");
    DcmItem* shared = nullptr;
    d.findOrCreateSequenceItem(DCM_SharedFunctionalGroupsSequence, shared, -2);
    const auto group = [](DcmItem& to, const DcmTagKey& sequence) {
      DcmItem* item = nullptr;
      to.findOrCreateSequenceItem(sequence, item, -2);
      return item;
    };
    group(*shared, DCM_PlaneOrientationSequence)
        ->putAndInsertString(DCM_ImageOrientationPatient, "1\\0\\0\\0\\1\\0");
    group(*shared, DCM_PixelMeasuresSequence)->putAndInsertString(DCM_PixelSpacing, "1\\1");
    DcmItem* rescale = group(*shared, DCM_PixelValueTransformationSequence);
    rescale->putAndInsertString(DCM_RescaleSlope, "1");
    rescale->putAndInsertString(DCM_RescaleIntercept, "-1024");
    for (int frame = 0; frame < 6; ++frame) {
      DcmItem* own = group(d, DCM_PerFrameFunctionalGroupsSequence);
      const std::string place = "0\\0\\" + std::to_string(frame / 2);
      group(*own, DCM_PlanePositionSequence)
          ->putAndInsertString(DCM_ImagePositionPatient, place.c_str());
      group(*own, DCM_FrameContentSequence)
          ->putAndInsertUint32(DCM_TemporalPositionIndex, static_cast<Uint32>(frame % 2 + 1));
    }
  };
  f.write(dir / "enhanced");
  check_phases(dir, {"temporal position 1", "temporal position 2"});
}
