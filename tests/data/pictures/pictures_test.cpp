#include "data/pictures/pictures.h"

#include <algorithm>
#include <filesystem>

#include "data/io/read.h"
#include "tests/data/pictures/picture_files.h"
#include "tests/data/test_files.h"
#include "tests/data/zip_files.h"

namespace fs = std::filesystem;
using data::StoredType;
using data::Volume;
using data_test::check_input_error;
using data_test::make_zip;
using data_test::png_bytes;
using data_test::put;
using data_test::TempDir;
using data_test::warned;

namespace {

/// A 2 x 1 picture of one value.
std::string flat(std::uint8_t value) { return png_bytes(2, 1, 8, 0, {value, value}); }

/// The pictures of a folder or zip that holds one stack, or the stack that is `wanted`.
Volume read_stack(const std::string& path, const std::string& wanted = "") {
  data::PictureList list = data::list_pictures(path);
  data::choose_stack(list, wanted);
  return data::stack_pictures(list);
}

}  // namespace

TEST_CASE("natural order counts digits as numbers", "[pictures]") {
  std::vector<std::string> names{"s10.png",
                                 "s2.png",
                                 "s1.png",
                                 "s01.png",
                                 "b/1.png",
                                 "a/9.png",
                                 "s.png",
                                 "a/10.png",
                                 "s1a.png",
                                 "s99999999999999999999999.png",
                                 "s100000000000000000000000.png"};
  std::sort(names.begin(), names.end(), data::natural_less);
  CHECK(names == std::vector<std::string>{"a/9.png", "a/10.png", "b/1.png", "s.png", "s1.png",
                                          "s01.png", "s1a.png", "s2.png", "s10.png",
                                          "s99999999999999999999999.png",
                                          "s100000000000000000000000.png"});
  // A strict order: nothing is before itself, and never both ways.
  for (const auto& a : names) {
    for (const auto& b : names) {
      CHECK_FALSE((data::natural_less(a, b) && data::natural_less(b, a)));
    }
  }
}

TEST_CASE("gaps in the numbering are found against the smallest step", "[pictures]") {
  CHECK(data::numbering_gaps({"s1.png", "s2.png", "s3.png"}).empty());
  CHECK(data::numbering_gaps({"s10.png", "s20.png", "s30.png"}).empty());
  CHECK(data::numbering_gaps({"a.png", "b.png"}).empty());
  CHECK(data::numbering_gaps({"s8_x2.png", "s9_x2.png", "s10_x2.png"}).empty());
  const auto gaps = data::numbering_gaps({"s1.png", "s2.png", "s5.png", "s6.png", "s8.png"});
  REQUIRE(gaps.size() == 2);
  CHECK(gaps[0].find("from s2.png to s5.png") != std::string::npos);
  CHECK(gaps[1].find("from s6.png to s8.png") != std::string::npos);
  CHECK(data::numbering_gaps({"s1.png", "s01.png", "s2.png"}).size() == 1);
}

TEST_CASE("a folder of pictures is read in natural order", "[pictures]") {
  const TempDir dir;
  put(dir / "s1.png", flat(1));
  put(dir / "s2.PNG", flat(2));
  put(dir / "s10", flat(10));  // content decides
  put(dir / "notes.txt", "text");
  put(dir / ".DS_Store", "x");
  put(dir / "._s1.png", "x");
  fs::create_directories(dir / "sub/.git");
  put(dir / "sub/.git/s3.png", "x");
  const Volume v = read_stack(dir.str());
  CHECK(v.format == "picture folder");
  CHECK(v.unit == data::Unit::grey8);
  CHECK(v.type == StoredType::uint8);
  CHECK(v.dims == std::array<nn::index, 3>{2, 1, 3});
  CHECK(v.slice_axis == 2);
  CHECK(v.slice(0).at(0, 0, 1, 0) == 1.0F);
  CHECK(v.slice(2).at(0, 0, 0, 0) == 10.0F);
  CHECK(v.names == std::vector<std::string>{"s1.png", "s2.PNG", "s10"});
  CHECK(warned(v, "left out, no picture: notes.txt"));
  CHECK(warned(v, "not HU"));
}

TEST_CASE("16-bit pictures keep their values, and 8-bit ones join them", "[pictures]") {
  const TempDir dir;
  put(dir / "1.png", png_bytes(2, 1, 16, 0, {0xFF, 0xFF, 0x01, 0x02}));
  put(dir / "2.png", flat(128));
  const Volume v = read_stack(dir.str());
  CHECK(v.type == StoredType::uint16);
  CHECK(v.slice(0).at(0, 0, 0, 0) == 255.0F);
  CHECK(v.slice(0).at(0, 0, 1, 0) == Approx(258.0 / 257));
  CHECK(v.slice(1).at(0, 0, 0, 0) == Approx(128));
  CHECK(warned(v, "mixed"));
  Volume copy = v;
  copy.set_slice(0, v.slice(0));
  CHECK(copy.stored == v.stored);
  // And they are written as they came.
  data::write_png_folder(dir / "out", v, {0, 1}, false);
  CHECK(read_stack(dir / "out").stored == v.stored);
  CHECK(read_stack(dir / "out").type == StoredType::uint16);
}

TEST_CASE("colour pictures are turned into grey and that is said", "[pictures]") {
  const TempDir dir;
  put(dir / "1.png", png_bytes(1, 1, 8, 2, {255, 0, 0}));
  put(dir / "3.png", png_bytes(1, 1, 8, 0, {9}));
  put(dir / "4.png", png_bytes(1, 1, 8, 0, {9}));
  const Volume v = read_stack(dir.str());
  CHECK(v.slice(0).item() == 76.0F);
  CHECK(warned(v, "luma"));
  CHECK(warned(v, "jumps from 1.png to 3.png"));
}

TEST_CASE("folders that are no scan are refused", "[pictures]") {
  const TempDir dir;
  const auto refused = [&](const std::vector<std::string>& texts) {
    check_input_error([&] { read_stack(dir.str()); }, texts);
  };
  refused({dir.str(), "empty folder"});
  put(dir / "scan.nii", "x");
  refused({"without pictures (scan.nii)", "name the file"});
  put(dir / "1.png", flat(1));
  put(dir / "2.png", png_bytes(1, 2, 8, 0, {1, 1}));
  refused({"2.png", "1 x 2", "2 x 1"});
  put(dir / "2.png", png_bytes(3, 1, 8, 0, {1, 1, 1}));
  refused({"2.png", "3 x 1", "2 x 1"});
  put(dir / "2.png", png_bytes(2, 2, 8, 0, {1, 1, 1, 1}));
  refused({"2.png", "2 x 2", "2 x 1"});
  put(dir / "2.png", "a text");
  refused({"2.png", "not a picture"});
  put(dir / "2.png", "");
  refused({"2.png", "empty"});
  put(dir / "2.png", flat(2).substr(0, 40));
  refused({"2.png", "cut off"});
  put(dir / "2.png", flat(2));
  CHECK_NOTHROW(read_stack(dir.str()));
}

TEST_CASE("a zip of pictures is read like a folder", "[pictures]") {
  const TempDir dir;
  make_zip(dir / "a.zip", {{"scan/", ""},
                           {"scan/s10.png", flat(10)},
                           {"scan/s9.png", flat(9)},
                           {"__MACOSX/scan/._s9.png", "junk"},
                           {"scan/readme", "text"},
                           {"scan/s8", flat(1)}});
  const Volume v = read_stack(dir / "a.zip");
  CHECK(v.format == "picture zip");
  CHECK(v.dims == std::array<nn::index, 3>{2, 1, 3});
  CHECK(v.names == std::vector<std::string>{"scan/s8", "scan/s9.png", "scan/s10.png"});
  CHECK(v.slice(2).at(0, 0, 0, 0) == 10.0F);
  CHECK(warned(v, "left out, no picture: scan/readme"));
  CHECK(v.warnings.size() == 2);
}

TEST_CASE("zips that are no scan are refused", "[pictures]") {
  const TempDir dir;
  const std::string zip = dir / "a.zip";
  const auto refused = [&](const std::vector<std::string>& texts) {
    check_input_error([&] { read_stack(zip); }, texts);
  };
  make_zip(zip, {{"scan.nii", "x"}});
  refused({"a.zip", "without pictures (scan.nii)", "unpack"});
  make_zip(zip, {{"1.png", flat(1)}, {"2.png", "text"}});
  refused({"a.zip/2.png", "not a picture"});
  make_zip(zip, {{"1.png", flat(1)}}, true);
  refused({"a.zip/1.png", "unencrypted"});
  make_zip(zip, {{"big.png", std::string((std::size_t{1} << 28) + 1, '\0')}});
  refused({"big.png", "268435457 bytes, expected at most 268435456"});

  make_zip(zip, {{"1.png", flat(1)}, {"2.png", flat(2)}});
  const std::string whole = data_test::get(zip);
  put(zip, whole.substr(0, whole.size() / 2));
  refused({"a.zip", "cannot be read"});
  put(zip, "PK\5\6" + std::string(18, '\0'));
  refused({"a.zip", "empty zip"});
  // A flipped bit in the pixels of the first picture.
  std::string damaged = whole;
  damaged[30 + 5 + 45] ^= 4;
  put(zip, damaged);
  refused({"1.png"});
}

TEST_CASE("a written folder of pictures reads back", "[pictures]") {
  const TempDir dir;
  Volume v;
  v.source = "made";
  v.type = StoredType::int16;
  v.dims = {2, 1, 3};
  for (const int hu : {-1000, -100, 0, 50, 155, 3000}) {
    const auto bits = static_cast<std::uint16_t>(hu);
    v.stored.push_back(static_cast<std::byte>(bits & 255));
    v.stored.push_back(static_cast<std::byte>(bits >> 8));
  }
  data::write_png_folder(dir / "out", v, {-100, 155}, false);
  Volume back = read_stack(dir / "out");
  CHECK(back.names ==
        std::vector<std::string>{"slice_0000.png", "slice_0001.png", "slice_0002.png"});
  CHECK(back.slice(0).at(0, 0, 1, 0) == 0.0F);
  CHECK(back.slice(1).at(0, 0, 1, 0) == 150.0F);
  CHECK(back.slice(2).at(0, 0, 0, 0) == 255.0F);
  check_input_error([&] { data::write_png_folder(dir / "out", v, {0, 1}, false); }, {"--force"});

  // Grey levels go through unchanged, whatever the window.
  data::write_png_folder(dir / "out", back, {0, 1}, true);
  CHECK(read_stack(dir / "out").stored == back.stored);
  CHECK(dir.entries() == 1);
}

TEST_CASE("a folder of pictures that cannot be finished leaves nothing", "[pictures]") {
  const TempDir dir;
  Volume v;
  v.type = StoredType::float32;
  v.dims = {1, 1, 2};
  v.stored = std::vector<std::byte>(8, std::byte{0xFF});  // NaN
  check_input_error([&] { data::write_png_folder(dir / "out", v, {0, 1}, false); }, {"finite"});
  CHECK(dir.entries() == 0);
}

TEST_CASE("pictures that are no scan: of a folder, of a zip, or one alone", "[pictures]") {
  const TempDir dir;
  const std::string colour = png_bytes(1, 1, 8, 2, {10, 20, 30});
  fs::create_directory(dir / "folder");
  put(dir / "folder/b10.png", colour);
  put(dir / "folder/b9.png", flat(9));
  put(dir / "folder/notes.txt", "hello");
  make_zip(dir / "pictures", {{"in/b9.png", flat(9)}, {"b10.png", colour}, {"notes.txt", "hello"}});
  put(dir / "one", colour);
  const auto bytes = [](const data::PictureList& list, const std::string& name) {
    return data::decode_picture(list.load(name), name).bytes;
  };
  const std::vector<std::uint8_t> levels{10, 20, 30};

  const data::PictureList folder = data::list_pictures(dir / "folder");
  CHECK(folder.names == std::vector<std::string>{"b9.png", "b10.png"});
  CHECK(folder.left_out.at(0).file == "notes.txt");
  CHECK(bytes(folder, "b10.png") == levels);
  CHECK(bytes(folder, "b9.png") == std::vector<std::uint8_t>{9, 9});
  const data::PictureList zip = data::list_pictures(dir / "pictures");
  CHECK(zip.names == std::vector<std::string>{"b10.png", "in/b9.png"});
  CHECK(zip.left_out.at(0).file == "notes.txt");
  CHECK(bytes(zip, "b10.png") == levels);
  const data::PictureList one = data::list_pictures(dir / "one");
  CHECK(one.names == std::vector<std::string>{"one"});
  CHECK(bytes(one, "one") == levels);
  const nn::Tensor t = data::to_tensor(data::decode_picture(one.load("one"), "one"));
  CHECK(t.shape() == nn::Shape{1, 1, 1, 3});
  CHECK(data::to_grey(t, {}) == levels);

  check_input_error([&] { data::list_pictures(dir / "none"); }, {"none", "no such file"});
  check_input_error([&] { data::list_pictures(dir / "folder/notes.txt"); }, {"no picture"});
  check_input_error([&] { data::list_pictures("/dev/null"); }, {"neither a file nor a folder"});
}

TEST_CASE("text of a stack is found while it is read", "[pictures]") {
  const TempDir dir;
  for (int k = 0; k < 3; ++k) {
    std::vector<std::uint8_t> rgb(3 * 64 * 64, 50);
    for (std::size_t i = 0; i < 5; ++i) rgb[3 * (64 * (8 + i) + 20)] = 200;  // red
    put(dir / ("s" + std::to_string(k) + ".png"), png_bytes(64, 64, 8, 2, rgb));
  }
  const Volume v = read_stack(dir.str());
  REQUIRE(v.overlay != nullptr);
  CHECK(v.expanded(2).overlay == v.overlay);
  CHECK(warned(v, "burned-in text found (1 word that stay and 0 words that change)"));
  const Volume across = data::read_volume(dir.str(), {.axis = 0});
  CHECK(across.overlay == nullptr);
  CHECK(warned(across, "taken for a part of the patient"));
}
