// NIfTI on the command line: axis, volume, orientation and tilt.
#include "tests/data/nifti/nifti_bytes.h"
#include "tests/data/test_files.h"
#include "tests/tools/desk.h"

using data_test::bytes_of_values;
using data_test::counting;
using data_test::HeaderBytes;
using data_test::put;
namespace fs = std::filesystem;
using tools_test::Desk;
using tools_test::Result;
using tools_test::says;
using tools_test::text_of;

namespace {

void put_4d(const Desk& desk) {
  HeaderBytes h({2, 3, 4, 3}, data_test::kInt16, 16, {0.5F, 0.75F, 2, 1.5F});
  h.set<char>(123, 2 | 8);  // mm and s
  put((desk / "4d.nii").string(), h.str() + bytes_of_values(counting(72)));
}

/// 12 slices of 6 x 6 pixels, tilted by 0.5 mm a slice, with this dim_info.
void put_tilted(const Desk& desk) {
  HeaderBytes h({6, 6, 12}, data_test::kInt16, 16, {1, 1, 3});
  h.sform(1, {1, 0, 0, 0, 0, 1, 0.5F, 0, 0, 0, 2.958F, 0});
  put((desk / "tilted.nii").string(), h.str() + bytes_of_values(counting(432)));
}

}  // namespace

TEST_CASE("a volume of four dimensions is listed and chosen") {
  const Desk desk;
  put_4d(desk);
  Result r = desk.run("info 4d.nii");
  CHECK(r.code == 2);
  CHECK(says(r.out, "volumes, * is what is read; --volume chooses:\n  0, at 0 s\n  1, at 1.5 s\n"));
  CHECK(says(r.err, "4d.nii: a 4-D image with 3 volumes"));
  CHECK(says(r.err, "--volume, 0 to 2"));
  r = desk.run("info 4d.nii --volume 2 --json");
  INFO(r.err);
  CHECK(r.code == 0);
  CHECK(says(r.out, "\"chosen\": true"));
  CHECK(says(r.out, "\"slice_axis_because\": \"it has a spacing unlike the other two\""));
  CHECK(desk.run("info 4d.nii --volume 3").code == 2);
  CHECK(desk.run("interpolate 4d.nii --volume 1 --method linear --out one.nii").code == 0);
  const std::string out = text_of(desk / "one.nii");
  REQUIRE(out.size() == 352 + 2 * 2 * 3 * 7);
  CHECK(out.substr(352, 12) == text_of(desk / "4d.nii").substr(352 + 48, 12));
}

TEST_CASE("with --straighten the program makes a tilted scan upright and says what it did") {
  const Desk desk;
  put_tilted(desk);
  Result r = desk.run("interpolate tilted.nii --method linear --straighten --out up.nii");
  INFO(r.err);
  CHECK(r.code == 0);
  CHECK(says(r.out, "straightened: all slices are resampled"));
  CHECK(says(text_of(desk / "up.slices.csv"), ",real resampled,0,"));
  CHECK_FALSE(says(desk.run("info up.nii").out, "tilted"));
  r = desk.run("interpolate tilted.nii --method linear --straighten --out up2.nii --json");
  CHECK(says(r.out, "\"straightened\": true"));
  r = desk.run("interpolate up.nii --method linear --straighten --out again.nii --json --any-scan");
  CHECK(r.code == 0);
  CHECK(says(r.out, "\"straightened\": false"));
  CHECK(says(r.err, "no tilt"));
  r = desk.run("interpolate tilted.nii --straighten --uncertainty e.nii --out no.nii --any-scan");
  CHECK(r.code == 2);
  CHECK_FALSE(fs::exists(desk / "no.nii"));
}

#ifdef CT2CT_HAS_DICOM
TEST_CASE("DICOM is neither straightened nor given an orientation that nobody knows") {
  const Desk desk;
  put_tilted(desk);
  Result r = desk.run("interpolate tilted.nii --method linear --straighten --out up/");
  CHECK(r.code == 2);
  CHECK(says(r.err, "--straighten: DICOM output, expected NIfTI or PNG"));
  CHECK_FALSE(fs::exists(desk / "up"));
  CHECK(desk.run("interpolate tilted.nii --method linear --out kept/").code == 0);

  put((desk / "lost.nii").string(), data_test::small_nifti());
  r = desk.run("interpolate lost.nii --method linear --out lost/");
  CHECK(r.code == 2);
  CHECK(says(r.err, "--any-orientation"));
  CHECK_FALSE(fs::exists(desk / "lost"));
  r = desk.run("interpolate lost.nii --method linear --out lost/ --any-orientation");
  INFO(r.err);
  CHECK(r.code == 0);
  CHECK(says(r.err, "left and right may be exchanged"));
  CHECK(desk.run("interpolate lost.nii --method linear --out x2.nii").code == 0);
}
#endif
