// Across which axis a scan is cut: rules by hand, then as files and readers apply them.
#include "data/volume/slice_axis.h"

#include "data/io/read.h"
#include "tests/data/test_files.h"

using data::AxisChoice;
using data::default_slice_axis;
using data_test::bytes_of_values;
using data_test::check_input_error;
using data_test::counting;
using data_test::HeaderBytes;
using data_test::put;
using data_test::read_bytes;
using data_test::TempDir;
using data_test::warned;

namespace {

using Dims = std::array<nn::index, 3>;
using Spacing = std::array<double, 3>;

/// The axis where there is no doubt, else -1.
int sure(const Dims& dims, const Spacing& spacing, const data::AxisHints& hints = {}) {
  const AxisChoice c = default_slice_axis(dims, spacing, hints);
  INFO(c.reason << "; " << c.doubt);
  CHECK_FALSE(c.reason.empty());
  if (!c.doubt.empty()) CHECK(c.doubt.find("--axis") != std::string::npos);
  return c.doubt.empty() ? c.axis : -1;
}

/// The axis where there is a doubt, else -1.
int doubted(const Dims& dims, const Spacing& spacing, const data::AxisHints& hints = {}) {
  const AxisChoice c = default_slice_axis(dims, spacing, hints);
  return c.doubt.empty() ? -1 : c.axis;
}

/// int16 voxels of such a file, dim_info's slice dimension from 1, or 0.
std::string file_of(const Dims& dims, const Spacing& spacing, int slice_dimension,
                    const std::vector<float>& sform = {}) {
  std::vector<std::int16_t> n;
  std::vector<float> mm;
  for (std::size_t a = 0; a < 3; ++a) {
    n.push_back(static_cast<std::int16_t>(dims[a]));
    mm.push_back(static_cast<float>(spacing[a]));
  }
  HeaderBytes h(n, data_test::kInt16, 16, mm);
  h.set<char>(39, static_cast<char>(slice_dimension << 4));
  if (!sform.empty()) h.sform(1, sform);
  const auto voxels = static_cast<std::int16_t>(dims[0] * dims[1] * dims[2]);
  return h.str() + bytes_of_values(counting(voxels));
}

}  // namespace

TEST_CASE("slices are cut across the axis of another spacing, larger or smaller", "[slice_axis]") {
  CHECK(sure({512, 512, 80}, {0.5, 0.5, 2}) == 2);
  CHECK(sure({512, 80, 512}, {0.5, 2, 0.5}) == 1);
  CHECK(sure({80, 512, 512}, {2, 0.5, 0.5}) == 0);
  CHECK(sure({512, 512, 800}, {0.977, 0.977, 0.625}) == 2);  // a body CT
  CHECK(sure({800, 512, 512}, {0.625, 0.977, 0.977}) == 0);
  CHECK(sure({64, 64, 64}, {1.72, 1.72, 1.75}) == 2);        // 1.7 % are enough
  CHECK(sure({300, 280, 40}, {0.98, 0.98, 0.625}) == 2);     // cropped: sizes do not tell
  CHECK(sure({512, 512, 80}, {0.4883, 0.4886, 1.25}) == 2);  // rounding in a header
  CHECK(sure({9, 8, 7}, {0.49, 0.51, 5}) == 2);              // pixels that are nearly square
  CHECK(sure({9, 8, 7}, {5, 0.51, 0.49}) == 0);
}

TEST_CASE("where spacings are alike, size tells if it agrees with how a patient lies",
          "[slice_axis]") {
  CHECK(sure({512, 512, 300}, {1, 1, 1}) == 2);
  CHECK(sure({512, 512, 300}, {1, 1, 1}, {std::nullopt, 2}) == 2);
  CHECK(sure({300, 512, 512}, {1, 1.004, 1}, {std::nullopt, 0}) == 0);
  // Without orientation only the last axis; with another one not at all. The second is the box of
  // MNI's template, whose rows are of another size than columns and slices.
  CHECK(doubted({300, 512, 512}, {1, 1, 1}) == 2);
  CHECK(doubted({182, 218, 182}, {1, 1, 1}, {std::nullopt, 2}) == 2);
  CHECK(doubted({512, 512, 300}, {1, 1, 1}, {std::nullopt, 1}) == 2);
  CHECK(doubted({256, 256, 256}, {1, 1, 1}) == 2);
  CHECK(doubted({9, 8, 7}, {1, 1, 1}) == 2);
  CHECK(doubted({9, 8, 7}, {1, 1.2, 1.5}) == 2);  // no two are alike
}

TEST_CASE("what the header names comes first, and contradictions are said", "[slice_axis]") {
  CHECK(sure({64, 64, 40}, {1, 1, 3}, {2, 2}) == 2);
  CHECK(sure({256, 256, 256}, {1, 1, 1}, {0, 2}) == 0);
  CHECK(doubted({64, 64, 40}, {1, 1, 3}, {1, 2}) == 1);
  CHECK(doubted({64, 40, 64}, {1, 1, 3}) == 2);  // spacing says 2, size 1
}

TEST_CASE("files of NIfTI are cut by these rules", "[slice_axis][nifti]") {
  CHECK(read_bytes(file_of({4, 4, 3}, {1, 1, 0.6}, 0)).slice_axis == 2);
  CHECK(read_bytes(file_of({4, 4, 3}, {1, 1, 0.6}, 2)).slice_axis == 1);
  CHECK(warned(read_bytes(file_of({4, 4, 3}, {1, 1, 0.6}, 2)), "which dim_info names"));
  const data::Volume doubt = read_bytes(file_of({4, 4, 4}, {1, 1, 1}, 0));
  CHECK(doubt.slice_axis == 2);
  CHECK(warned(doubt, "--axis chooses another"));
  CHECK(read_bytes(file_of({4, 4, 4}, {1, 1, 1}, 1)).slice_axis == 0);
  CHECK(read_bytes(file_of({4, 4, 4}, {1, 1, 1}, 1)).warnings.size() == 1);  // no orientation
  // The same axis for slices and phase is no name: slice 3, phase 3.
  CHECK(warned(read_bytes(file_of({4, 4, 4}, {1, 1, 1}, 3).replace(39, 1, "\x3C")), "--axis"));
  // Alike spacings, and the first axis runs to the head: sagittal order in memory.
  const std::vector<float> sagittal{0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0};
  const data::Volume v = read_bytes(file_of({3, 4, 4}, {1, 1, 1}, 0, sagittal));
  CHECK(v.slice_axis == 0);
  CHECK(v.warnings.empty());
}

TEST_CASE("the option --axis comes before everything and takes the doubt away",
          "[slice_axis][nifti]") {
  const TempDir dir;
  put(dir / "a.nii", file_of({4, 4, 4}, {1, 1, 1}, 2));
  const data::Volume v = data::read_volume(dir / "a.nii", {.axis = 0});
  CHECK(v.slice_axis == 0);
  CHECK(v.slice_axis_reason == "--axis");
  CHECK_FALSE(warned(v, "--axis"));
  data::Volume other;
  data::choose_slice_axis(other, 1);
  CHECK(other.slice_axis == 1);
  check_input_error([&] { data::choose_slice_axis(other, 3); }, {"--axis", "3"});
}

TEST_CASE("what is written is read with the same slice axis", "[slice_axis][nifti]") {
  const TempDir dir;
  // The phantom's steps can be as large as its pixels, or nearly.
  for (const char* name : {"phantom:1:12:16", "phantom:1:16:21", "phantom:1:3:16"}) {
    INFO(name);
    const data::Volume v = data::read_volume(name);
    data::write_nifti(dir / "p.nii", v, true);
    const data::Volume back = data::read_nifti(dir / "p.nii");
    CHECK(back.slice_axis == 2);
    CHECK(back.slice_axis_reason.find("dim_info") != std::string::npos);
  }
  // Steps that became as small as pixels; a header without dim_info gets one.
  const data::Volume v = read_bytes(file_of({4, 4, 4}, {1, 2, 1}, 0));
  CHECK(v.slice_axis == 1);
  data::write_nifti(dir / "x2.nii", v.expanded(2), false);
  CHECK(data::read_nifti(dir / "x2.nii").slice_axis == 1);
  // One that has a name keeps it.
  data::Volume named = read_bytes(file_of({4, 4, 4}, {1, 2, 1}, 3));
  named.slice_axis = 1;
  data::write_nifti(dir / "named.nii", named.expanded(2), false);
  CHECK(data::read_nifti(dir / "named.nii").slice_axis == 2);
}
