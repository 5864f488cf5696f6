// Which pictures are one stack, by their names.
#include "data/pictures/picture_stacks.h"

#include <algorithm>
#include <filesystem>

#include "data/io/read.h"
#include "data/pictures/pictures.h"
#include "tests/data/pictures/picture_files.h"
#include "tests/data/test_files.h"
#include "tests/data/zip_files.h"

namespace fs = std::filesystem;
using data_test::check_input_error;
using data_test::put;
using data_test::TempDir;

namespace {

using Names = std::vector<std::string>;

std::string flat(std::uint8_t value) { return data_test::png_bytes(2, 1, 8, 0, {value, value}); }

/// "NAME: first ... last (count)" of each stack.
Names stacks(const Names& names) {
  Names shown;
  std::size_t count = 0;
  for (const data::PictureStack& s : data::stacks_of(names)) {
    shown.push_back(s.name + ": " + s.pictures.front() + " ... " + s.pictures.back() + " (" +
                    std::to_string(s.pictures.size()) + ")");
    count += s.pictures.size();
  }
  CHECK(count == names.size());
  return shown;
}

/// PATTERN with each number from `first` to `last` for '#', in `digits` digits.
Names numbered(const std::string& pattern, int first, int last, std::size_t digits = 1,
               bool hexadecimal = false) {
  Names names;
  for (int k = first; k <= last; ++k) {
    char text[16];
    std::snprintf(text, sizeof(text), hexadecimal ? "%X" : "%d", static_cast<unsigned>(k));
    std::string number = text;
    if (number.size() < digits) number.insert(0, digits - number.size(), '0');
    std::string name = pattern;
    names.push_back(name.replace(name.find('#'), 1, number));
  }
  return names;
}

Names operator+(Names a, const Names& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("one numbering is one stack", "[stacks]") {
  CHECK(stacks(numbered("img#.png", 1, 100, 3)) ==
        Names{"img*.png: img001.png ... img100.png (100)"});
  CHECK(stacks(numbered("#.png", 1, 12)) == Names{"*.png: 1.png ... 12.png (12)"});
  CHECK(stacks(numbered("scan2_slice#.jpg", 9, 11)) ==
        Names{"scan2_slice*.jpg: scan2_slice9.jpg ... scan2_slice11.jpg (3)"});
  CHECK(stacks({"s10", "s2.PNG", "s1.png"}) == Names{"s*: s1.png ... s10 (3)"});
  CHECK(stacks({"a/b/only.png"}) == Names{"a/b/only.png: a/b/only.png ... a/b/only.png (1)"});
  CHECK(stacks({}).empty());
}

TEST_CASE("folders and texts tell stacks apart", "[stacks]") {
  CHECK(stacks(numbered("study/scan/#.png", 1, 12) + numbered("study/masks/#.png", 1, 12)) ==
        Names{"study/masks/*.png: study/masks/1.png ... study/masks/12.png (12)",
              "study/scan/*.png: study/scan/1.png ... study/scan/12.png (12)"});
  CHECK(stacks(numbered("ct_#.png", 1, 12) + numbered("mask_#.png", 1, 12)) ==
        Names{"ct_*.png: ct_1.png ... ct_12.png (12)",
              "mask_*.png: mask_1.png ... mask_12.png (12)"});
  CHECK(stacks(numbered("#.png", 1, 5) + numbered("#_mask.png", 1, 5)) ==
        Names{"*.png: 1.png ... 5.png (5)", "*_mask.png: 1_mask.png ... 5_mask.png (5)"});
  CHECK(stacks({"ct_1.png", "mask_1.png"}).size() == 2);
  CHECK(stacks(numbered("#.png", 1, 5) + numbered("#.JPG", 1, 5)) ==
        Names{"*.jpg: 1.JPG ... 5.JPG (5)", "*.png: 1.png ... 5.png (5)"});
}

TEST_CASE("of several numbers the last one that varies is the slice", "[stacks]") {
  CHECK(stacks(numbered("scan1_slice#.png", 1, 5, 3) + numbered("scan2_slice#.png", 6, 9, 3)) ==
        Names{"scan1_slice*.png: scan1_slice001.png ... scan1_slice005.png (5)",
              "scan2_slice*.png: scan2_slice006.png ... scan2_slice009.png (4)"});
  CHECK(stacks(numbered("#_of_20.png", 1, 20)).size() == 1);
  // Two numbers that both follow the slices.
  CHECK(stacks({"s1_at_20.png", "s2_at_30.png", "s3_at_40.png"}) ==
        Names{"s*_at_*.png: s1_at_20.png ... s3_at_40.png (3)"});
  CHECK(stacks({"s01_2.png", "s1_3.png"}) == Names{"s*_*.png: s01_2.png ... s1_3.png (2)"});
}

TEST_CASE("hexadecimal numbers sort as their digits do", "[stacks]") {
  Names names = numbered("IMG-0001-#.png", 1, 33, 5, true);
  const Names sorted = names;
  std::reverse(names.begin(), names.end());
  const std::vector<data::PictureStack> found = data::stacks_of(names);
  REQUIRE(found.size() == 1);
  CHECK(found[0].pictures == sorted);  // ... 00009, 0000A ... 0000F, 00010, ...
  CHECK(found[0].name == "IMG-0001-*.png");
  CHECK(stacks({"0a.png", "09.png", "0b.png", "10.png"}) == Names{"*.png: 09.png ... 10.png (4)"});
  CHECK(stacks(numbered("ct_#.png", 1, 20, 2, true) + numbered("mask_#.png", 1, 20, 2, true)) ==
        Names{"ct_*.png: ct_01.png ... ct_14.png (20)",
              "mask_*.png: mask_01.png ... mask_14.png (20)"});
  // Letters that come in no last place are text.
  CHECK(stacks(numbered("a#.png", 1, 9) + numbered("b#.png", 1, 9)).size() == 2);
}

TEST_CASE("names that have nothing in common are one stack if their numbers allow it", "[stacks]") {
  CHECK(stacks({"2_brow.png", "1_vertex.png", "3_nose.png"}) ==
        Names{".: 1_vertex.png ... 3_nose.png (3)"});
  CHECK(stacks({"x/one.png", "x/two.png"}) == Names{"x/: x/one.png ... x/two.png (2)"});
  CHECK(stacks({"slice1/image.png", "slice2/image.png", "slice10/image.png"}) ==
        Names{".: slice1/image.png ... slice10/image.png (3)"});
  CHECK(stacks({"2_brow.png", "1_vertex.png", "1_nose.png"}).size() == 3);
  CHECK(stacks({"s_1.png", "s_2.png", "cover.png", "back.png"}).size() == 3);
}

TEST_CASE("one of several stacks is read when it is named", "[stacks]") {
  const TempDir dir;
  data_test::Entries entries;
  for (std::uint8_t k = 1; k <= 3; ++k) {
    entries.push_back({"study/ct/" + std::to_string(k) + ".png", flat(k)});
    entries.push_back({"study/mask_" + std::to_string(k) + ".png",
                       data_test::png_bytes(1, 3, 8, 0, {k, k, 200})});
  }
  fs::create_directories(dir / "folder/study/ct");
  for (const auto& [name, bytes] : entries) put(dir / ("folder/" + name), bytes);
  data_test::make_zip(dir / "a.zip", entries);
  for (const std::string& path : {dir / "folder", dir / "a.zip"}) {
    INFO(path);
    data::DicomListing listing;
    check_input_error([&] { data::read_volume(path, {}, &listing); },
                      {path, "2 stacks of pictures", "study/ct/*.png, 3 pictures of 2 x 1",
                       "study/mask_*.png, 3 pictures of 1 x 3", "--series", "ct2ct info"});
    REQUIRE(listing.stacks.size() == 2);
    CHECK_FALSE(listing.stacks[0].chosen);
    const data::Volume ct = data::read_volume(path, {.series = "1"}, &listing);
    CHECK(ct.dims == std::array<nn::index, 3>{2, 1, 3});
    CHECK(ct.names.front() == "study/ct/1.png");
    CHECK(listing.stacks[0].chosen);
    CHECK(
        data_test::warned(ct, "a picture of another stack than study/ct/*.png: study/mask_1.png"));
    CHECK(data::read_volume(path, {.series = "study/mask_*.png"}).dims ==
          std::array<nn::index, 3>{1, 3, 3});
    check_input_error([&] { data::read_volume(path, {.series = "3"}); },
                      {"--series", "'3'", path, "1 to 2"});
  }
  // A picture alone is no stack, and its size does not matter.
  fs::remove(dir / "folder/study/mask_1.png");
  fs::remove(dir / "folder/study/mask_3.png");
  const data::Volume alone = data::read_volume(dir / "folder");
  CHECK(alone.slices() == 3);
  CHECK(data_test::warned(alone, "study/mask_2.png"));
  CHECK(data::read_volume(dir / "folder", {.series = "2"}).slices() == 1);
  put(dir / "scan.nii", data_test::small_nifti());
  check_input_error([&] { data::read_volume(dir / "scan.nii", {.series = "1"}); },
                    {"--series", "scan.nii", "leave the option out"});
}
