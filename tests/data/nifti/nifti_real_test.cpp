// The real scans of $CT2CT_REAL_DATA; skipped without it.
#include <array>
#include <cstdlib>
#include <filesystem>

#include "data/io/read.h"
#include "data/nifti/nifti.h"
#include "tests/data/test_files.h"
#include "tests/skip.h"

namespace {

struct Expected {
  const char* name;
  std::array<nn::index, 3> dims;
  std::array<double, 3> spacing;
  double margin;  // mm: the table that these come from is rounded
  bool tilted;
  std::array<float, 2> range;  // HU, of the middle slice
};

const Expected kScans[] = {
    {"head_ge_vct_c3n01192_1.25",
     {512, 512, 160},
     {0.475, 0.475, 1.25},
     6e-4,
     false,
     {-3024, 3100}},
    {"head_ge_lspro32_avg2_1.25", {512, 512, 80}, {0.488, 0.488, 1.25}, 6e-4, false, {-1024, 3100}},
    {"head_stanford_cthead_113", {256, 256, 113}, {1, 1, 2}, 1e-6, false, {-1200, 3100}},
    {"headphantom_philips_tilt16_2.5",
     {512, 512, 58},
     {0.406, 0.406, 2.5},
     6e-4,
     true,
     {-1100, 3100}},
};

}  // namespace

TEST_CASE("real scans have the sizes and spacings of their table", "[real]") {
  const char* folder = std::getenv("CT2CT_REAL_DATA");
  if (folder == nullptr) {
    ct2ct_test::skip("CT2CT_REAL_DATA is not set");
    return;
  }
  for (const Expected& e : kScans) {
    INFO(e.name);
    const std::string path = std::string(folder) + "/nifti/" + e.name + ".nii.gz";
    const data::Volume v = data::read_volume(path);
    CHECK(v.dims == e.dims);
    for (std::size_t a = 0; a < 3; ++a) {
      CHECK(v.spacing[a] == Approx(e.spacing[a]).margin(e.margin));
    }
    CHECK(v.type == data::StoredType::int16);
    CHECK(v.slice_axis == 2);
    CHECK(v.slope == 1);
    CHECK(v.warnings.size() == (e.tilted ? 1U : 0U));
    if (e.tilted) CHECK(v.warnings.front().find("tilted by 16.5") != std::string::npos);
    const nn::Tensor s = v.slice(v.slices() / 2);
    const auto [low, high] = std::minmax_element(s.values().begin(), s.values().end());
    CHECK(*low >= e.range[0]);
    CHECK(*low <= -900);
    CHECK(*high >= 500);
    CHECK(*high <= e.range[1]);
  }
}

TEST_CASE("a real scan survives interpolation's container", "[real]") {
  const char* folder = std::getenv("CT2CT_REAL_DATA");
  if (folder == nullptr) {
    ct2ct_test::skip("CT2CT_REAL_DATA is not set");
    return;
  }
  const data_test::TempDir dir;
  const data::Volume v =
      data::read_nifti(std::string(folder) + "/nifti/headphantom_philips_tilt16_2.5.nii.gz");
  data::write_nifti(dir / "x2.nii", v.expanded(2), false);
  const data::Volume back = data::read_nifti(dir / "x2.nii");
  CHECK(back.slices() == 2 * v.slices() - 1);
  const std::size_t plane = v.stored.size() / static_cast<std::size_t>(v.slices());
  for (std::size_t k = 0; k < static_cast<std::size_t>(v.slices()); ++k) {
    REQUIRE(std::equal(v.stored.begin() + static_cast<std::ptrdiff_t>(k * plane),
                       v.stored.begin() + static_cast<std::ptrdiff_t>((k + 1) * plane),
                       back.stored.begin() + static_cast<std::ptrdiff_t>(2 * k * plane)));
  }
  for (std::size_t r = 0; r < 3; ++r) {
    CHECK(2 * back.affine[r][2] == Approx(v.affine[r][2]).margin(1e-6));
    CHECK(back.affine[r][3] == v.affine[r][3]);
  }
}
