#include "data/io/read.h"

#include <cmath>
#include <cstring>
#include <filesystem>

#include "data/io/write.h"
#include "tests/data/pictures/picture_files.h"
#include "tests/data/test_files.h"

namespace fs = std::filesystem;
using data::read_volume;
using data_test::check_input_error;
using data_test::put;
using data_test::TempDir;

TEST_CASE("content decides which reader is used", "[read]") {
  const TempDir dir;
  put(dir / "picture.nii", data_test::small_nifti());
  CHECK(read_volume(dir / "picture.nii").format == "NIfTI");
  put(dir / "scan.zip", data_test::small_nifti());
  CHECK(read_volume(dir / "scan.zip").format == "NIfTI");
  fs::create_directory(dir / "stack.nii");
  put(dir / "stack.nii/1", data_test::kJpeg);
  CHECK(read_volume(dir / "stack.nii").format == "picture folder");
  CHECK(read_volume(dir / "stack.nii/").dims[2] == 1);  // one slice can be looked at
}

TEST_CASE("the axis option overrides the slice axis of every format", "[read]") {
  const TempDir dir;
  put(dir / "a.nii", data_test::small_nifti());
  CHECK(read_volume(dir / "a.nii").slice_axis == 2);
  CHECK(read_volume(dir / "a.nii", {.axis = 1}).slice_axis == 1);
  CHECK(read_volume("phantom:1:3:16", {.axis = 0}).slice_axis == 0);
  // Thick pixels do not make the phantom a stack of columns.
  CHECK(read_volume("phantom:1:96:16").slice_axis == 2);
  check_input_error([&] { read_volume(dir / "a.nii", {.axis = 3}); }, {"--axis", "3"});
}

TEST_CASE("the voxels of a pair lead to their header", "[read]") {
  const TempDir dir;
  std::string header = data_test::small_header().str();
  header.resize(348);
  header.replace(344, 4, std::string("ni1\0", 4));
  const float offset = 0;
  std::memcpy(header.data() + 108, &offset, 4);
  put(dir / "pair.img", data_test::bytes_of_values(data_test::counting(24)));
  check_input_error([&] { read_volume(dir / "pair.img"); }, {"pair.img", "without their header"});
  put(dir / "pair.hdr", header);
  CHECK(read_volume(dir / "pair.img").stored == read_volume(dir / "pair.hdr").stored);
  CHECK(read_volume(dir / "pair.img", {.axis = 1}).slice_axis == 1);
  const data::Volume v = read_volume(dir / "pair.img");
  CHECK(data::output_named_after(v.source, "_x2", "", v) == "pair_x2.nii.gz");
  put(dir / "other.img", data_test::small_nifti());  // content decides
  CHECK(read_volume(dir / "other.img").dims[2] == 4);
}

TEST_CASE("the volume option is for NIfTI alone", "[read]") {
  const TempDir dir;
  const data_test::HeaderBytes h({2, 3, 4, 2}, data_test::kInt16, 16, {0.5F, 0.75F, 2});
  put(dir / "4d.nii", h.str() + data_test::bytes_of_values(data_test::counting(48)));
  CHECK(read_volume(dir / "4d.nii", {.volume = 1}).slice(0).at(0, 0, 1, 0) == 25.0F);
  CHECK(data::list_volumes(dir / "4d.nii").count == 2);
  CHECK(data::list_volumes(dir / "none").count == 1);
  CHECK(data::list_volumes(dir.str()).count == 1);
  put(dir / "text", "hello");
  CHECK(data::list_volumes(dir / "text").count == 1);
  check_input_error([&] { read_volume("phantom:1", {.volume = 0}); }, {"--volume", "phantom:1"});
}

TEST_CASE("pictures take their spacing from the user and other scans do not", "[read]") {
  const TempDir dir;
  put(dir / "a.nii", data_test::small_nifti());
  fs::create_directory(dir / "stack");
  const std::string picture = data_test::png_bytes(1, 1, 8, 0, {7});
  put(dir / "stack/1.png", picture);
  put(dir / "stack/2.png", picture);
  const data::Volume v = read_volume(dir / "stack", {.spacing = {{9, 0.5, 2.5}}});
  CHECK(v.spacing == std::array<double, 3>{9, 0.5, 2.5});
  CHECK(v.affine[0][0] == 9);
  CHECK(v.affine[2][2] == 2.5);
  CHECK(v.slice_axis == 2);  // one picture is one slice, whatever the spacing
  check_input_error(
      [&] {
        read_volume(dir / "a.nii", {.spacing = {{1, 1, 1}}});
      },
      {"a.nii", "--spacing-xyz", "NIfTI"});
  check_input_error([&] { read_volume("phantom:1", {.spacing = {{1, 1, 1}}}); }, {"phantom"});
  for (const double bad : {0.0, -1.0, 1e9, std::nan("")}) {
    check_input_error(
        [&] {
          read_volume(dir / "stack", {.spacing = {{1, bad, 1}}});
        },
        {"--spacing-xyz", "above 0"});
  }
}

TEST_CASE("a scan is named by the last part of its path", "[read]") {
  CHECK(data::name_of("a/b.nii") == "b.nii");
  CHECK(data::name_of("a/b/") == "b");
  CHECK(data::name_of("a/../b") == "b");
  CHECK(data::name_of(".") == fs::current_path().filename().string());
  CHECK(data::name_of("phantom:3:8") == "phantom:3:8");
}

TEST_CASE("a phantom may say its noise", "[read]") {
  const auto spread = [](const std::string& name) {  // of what is air without noise
    const data::Volume v = read_volume(name);
    CHECK(v.source == name);
    const nn::Tensor s = v.slice(0);
    double squares = 0;
    for (nn::index i = 0; i < 40; ++i) {
      const double off = static_cast<double>(s.data()[i]) + 1000;
      squares += off * off;
    }
    return std::sqrt(squares / 40);
  };
  CHECK(spread("phantom:5:6:40:0") == 0);
  CHECK(spread("phantom:5:6:40:10") == Approx(10).epsilon(0.4));
}

TEST_CASE("the phantom is named by seed, slices and size", "[read]") {
  const data::Volume v = read_volume("phantom:5:6:20");
  CHECK(v.format == "phantom");
  CHECK(v.source == "phantom:5:6:20");
  CHECK(v.dims == std::array<nn::index, 3>{20, 20, 6});
  for (const std::string bad : {"phantom:", "phantom:x", "phantom:1:", "phantom:1:2:", "phantom:-1",
                                "phantom:1 ", "phantom:1:2:16:5:1", "phantom:1:2:16:0.5",
                                "phantom:1.5", "phantom:99999999999999999999999"}) {
    INFO(bad);
    check_input_error([&] { read_volume(bad); }, {bad, "phantom:SEED[:SLICES[:SIZE[:NOISE]]]"});
  }
  check_input_error([&] { read_volume("phantom:1:1"); }, {"1 slices", "2 to 1024"});
  check_input_error([&] { read_volume("phantom:1:-5"); }, {"-5 slices"});
  check_input_error([&] { read_volume("phantom:1:9:8"); }, {"size of 8", "16 to 1024"});
  check_input_error([&] { read_volume("phantom:1:9:16:1001"); }, {"noise of 1001", "0 to 1000"});
}

TEST_CASE("what is no scan is refused in one line that says what it is", "[read]") {
  const TempDir dir;
  const auto refused = [&](const std::string& name, const std::vector<std::string>& texts) {
    auto all = texts;
    all.push_back(name);
    check_input_error([&] { read_volume(dir / name); }, all);
  };
  refused("none", {"no such file or folder"});
  check_input_error([&] { read_volume(""); }, {"no such file or folder"});
  put(dir / "file", "");
  refused("file", {"an empty file"});
  refused("file/below", {"no such file or folder"});
  put(dir / "text", "hello, world");
  refused("text", {"no known kind"});
  put(dir / "one.png", data_test::png_bytes(1, 1, 8, 0, {1}));
  refused("one.png", {"a single picture", "folder"});
  put(dir / "IM001", std::string(128, '\0').append("DICM...."));
  refused("IM001", {"DICOM"});
  put(dir / "gz", std::string("\x1F\x8B\x08\0\0\0\0\0\0\x03", 10));
  refused("gz", {"348"});
  put(dir / "nifti2", std::string("\x1C\x02\0\0", 4) + std::string(600, '\0'));
  refused("nifti2", {"damaged header"});
  put(dir / "zip", "PK\3\4 and no more");
  refused("zip", {"zip"});
  fs::create_directory(dir / "empty");
  refused("empty", {"an empty folder"});
  check_input_error([&] { read_volume("/dev/null"); }, {"neither a file nor a folder"});
  check_input_error([&] { read_volume("two\nlines"); }, {"two lines"});
}
