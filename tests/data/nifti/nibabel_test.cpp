// The part of nibabel_check.py that is C++: reads the files that nibabel wrote into
// $CT2CT_NIBABEL_DIR, compares them with what nibabel said, and writes them interpolated for
// nibabel to read. Hidden: it only makes sense between the two halves of the script.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "data/io/read.h"
#include "data/nifti/nifti.h"
#include "tests/data/test_files.h"

namespace fs = std::filesystem;

TEST_CASE("files written by nibabel", "[.][nibabel]") {
  const char* folder = std::getenv("CT2CT_NIBABEL_DIR");
  REQUIRE(folder != nullptr);
  int seen = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    ++seen;
    std::ifstream expected(entry.path());
    std::string name;
    std::array<nn::index, 3> dims{};
    std::array<double, 3> spacing{};
    expected >> name;
    for (auto& n : dims) expected >> n;
    for (auto& s : spacing) expected >> s;
    INFO(name);
    const data::Volume v = data::read_nifti((fs::path(folder) / name).string());
    CHECK(v.dims == dims);
    for (std::size_t a = 0; a < 3; ++a) CHECK(v.spacing[a] == Approx(spacing[a]).epsilon(1e-6));
    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < 4; ++c) {
        double x = 0;
        expected >> x;
        CHECK(v.affine[r][c] == Approx(x).epsilon(1e-5).margin(1e-5));
      }
    }
    // HU in the file's order, axis 0 fastest.
    data::Volume cut = v;
    cut.slice_axis = 2;
    for (nn::index k = 0; k < cut.slices(); ++k) {
      const nn::Tensor s = cut.slice(k);
      for (const nn::real got : s.values()) {
        double x = 0;
        expected >> x;
        REQUIRE(expected.good());
        REQUIRE(static_cast<double>(got) == Approx(x).epsilon(1e-6).margin(1e-6));
      }
    }
    const std::string end = name.ends_with(".gz") ? ".nii.gz" : ".nii";
    const std::string stem = entry.path().stem().string();
    const data::Volume finer = v.expanded(3);
    data::write_nifti((fs::path(folder) / ("x3_" + stem + end)).string(), finer, false);
    data::Volume map = finer.blank(0.125);
    map.set_slice(1, nn::Tensor::full({1, map.height(), map.width(), 1}, 7.25F));
    data::OutputSet maps(false);
    data::write_nifti_map(maps, (fs::path(folder) / ("map_" + stem + end)).string(), map,
                          {"expected error", "in HU"});
    maps.commit();
  }
  CHECK(seen > 0);
}
