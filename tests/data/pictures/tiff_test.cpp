// TIFF stacks. Files are written byte by byte, by the tables of TIFF 6.0; meta_check.py compares
// with files of Pillow.
#include "data/pictures/tiff_read.h"

#include "data/io/read.h"
#include "tests/data/pictures/tiff_files.h"
#include "tests/data/test_files.h"

using data_test::check_input_error;
using data_test::TempDir;
using data_test::tiff_file;
using data_test::TiffPage;
using data_test::warned;

namespace {

data::Volume read(const std::string& bytes) {
  const TempDir dir;
  data_test::put(dir / "a.tif", bytes);
  return data::read_volume(dir / "a.tif");
}

}  // namespace

TEST_CASE("TIFF: pages are slices, 8 and 16 bits without a sign are grey levels") {
  const data::Volume v =
      read(tiff_file({{.values = {0, 1, 2, 3, 4, 255}}, {.values = {9, 9, 9, 9, 9, 8}}}));
  CHECK(v.format == "TIFF stack");
  CHECK(v.dims == std::array<nn::index, 3>{3, 2, 2});
  CHECK(v.type == data::StoredType::uint8);
  CHECK(v.unit == data::Unit::grey8);
  CHECK(v.slice(0).at(0, 1, 2, 0) == 255);
  CHECK(v.slice(1).at(0, 1, 2, 0) == 8);
  CHECK(v.names == std::vector<std::string>{"page 1", "page 2"});
  const data::Volume deep = read(tiff_file({{.bits = 16, .values = {0, 257, 514, 0, 0, 65535}}}));
  CHECK(deep.type == data::StoredType::uint16);
  CHECK(deep.slice(0).at(0, 0, 1, 0) == Approx(1));
  CHECK(deep.slice(0).at(0, 1, 2, 0) == Approx(255));
}

TEST_CASE("TIFF: values with a sign and floating point are in no known unit") {
  const data::Volume v =
      read(tiff_file({{.bits = 16, .format = 2, .values = {-1024, 0, 40, 1, 2, 3000}}}));
  CHECK(v.type == data::StoredType::int16);
  CHECK(v.unit == data::Unit::unknown);
  CHECK(v.slice(0).at(0, 0, 0, 0) == -1024);
  CHECK(warned(v, "whether their values are HU"));
  const data::Volume real =
      read(tiff_file({{.bits = 32, .format = 3, .values = {0, 1, 2, 3, 4, 5}}}));
  CHECK(real.type == data::StoredType::float32);
  CHECK(real.slice(0).at(0, 1, 2, 0) == 5);
}

TEST_CASE("TIFF: strips, tiles, PackBits, the other byte order, white as 0, turned pages") {
  const std::vector<int> values{0, 1, 2, 3, 4, 5};
  const auto last = [](const data::Volume& v) { return v.slice(0).at(0, 1, 2, 0); };
  CHECK(last(read(tiff_file({{.rows_per_strip = 1, .values = values}}))) == 5);
  CHECK(last(read(tiff_file({{.tile = 16, .values = values}}))) == 5);
  CHECK(last(read(tiff_file({{.packbits = true, .values = values}}))) == 5);
  CHECK(last(read(tiff_file({{.bits = 16, .values = {0, 0, 0, 0, 0, 257}}}, true))) == Approx(1));
  const data::Volume white = read(tiff_file({{.photometric = 0, .values = values}}));
  CHECK(last(white) == 250);
  CHECK(warned(white, "0 is white"));
  // Orientation 8: the first row is the left side, the first column the bottom.
  const data::Volume turned = read(tiff_file({{.orientation = 8, .values = values}}));
  CHECK(turned.dims == std::array<nn::index, 3>{2, 3, 1});
  CHECK(turned.slice(0).at(0, 0, 0, 0) == 2);
  CHECK(turned.slice(0).at(0, 2, 0, 0) == 0);
  CHECK(turned.slice(0).at(0, 2, 1, 0) == 3);
}

TEST_CASE("TIFF: a folder of files, with names as slices, and --spacing-xyz") {
  const TempDir dir;
  data_test::put(dir / "s10.tif", tiff_file({{.values = {10, 0, 0, 0, 0, 0}}}));
  data_test::put(dir / "s2.tif", tiff_file({{.values = {2, 0, 0, 0, 0, 0}}}));
  data_test::put(dir / "notes.txt", "x");
  data::ReadOptions options;
  options.spacing = {{0.1, 0.2, 0.3}};
  const data::Volume v = data::read_volume(dir.str(), options);
  CHECK(v.names == std::vector<std::string>{"s2.tif", "s10.tif"});
  CHECK(v.slice(1).at(0, 0, 0, 0) == 10);
  CHECK(v.spacing[2] == 0.3);
  CHECK(warned(v, "notes.txt"));
  CHECK(data::input_files(v).files.size() == 2);
  data_test::put(dir / "s3.tif", tiff_file({{.bits = 16, .values = {2, 0, 0, 0, 0, 0}}}));
  check_input_error([&] { data::read_volume(dir.str()); },
                    {"s3.tif", "3 x 2 uint16", "3 x 2 uint8"});
}

TEST_CASE("TIFF: previews are passed over") {
  const data::Volume v = read(
      tiff_file({{.subfile = 1, .width = 1, .values = {7, 7}}, {.values = {1, 2, 3, 4, 5, 6}}}));
  CHECK(v.dims == std::array<nn::index, 3>{3, 2, 1});
  check_input_error(
      [] {
        read(tiff_file({{.subfile = 1, .values = {1, 2, 3, 4, 5, 6}}}));
      },
      {"no page but previews"});
}

TEST_CASE("TIFF: what is refused, in one line, and nothing on standard error") {
  const std::vector<int> values{1, 2, 3, 4, 5, 6};
  check_input_error([&] { read(tiff_file({{.photometric = 5, .values = values}})); }, {"colour"});
  check_input_error([&] { read(tiff_file({{.compression = 50000, .values = values}})); },
                    {"compression 50000", "LZW", "tiffcp"});
  check_input_error([&] { read(tiff_file({{.bits = 8, .format = 3, .values = values}})); },
                    {"8 bits (sample format 3)"});
  check_input_error(
      [&] {
        read(tiff_file({{.values = values}, {.width = 2, .values = {1, 2, 3, 4}}}));
      },
      {"2 x 2 uint8", "3 x 2 uint8 as the first one"});
  check_input_error([&] { read(tiff_file({{.width = 9000, .values = values}})); }, {"9000"});
  const std::string whole = tiff_file({{.values = values}});
  check_input_error([&] { read(whole.substr(0, whole.size() - 20)); }, {"TIFF"});
  check_input_error([&] { read(whole.substr(0, 8)); }, {"TIFF"});
  check_input_error(
      [&] { read(tiff_file({{.description = "ImageJ=1.53\nimages=9\n", .values = values}})); },
      {"ImageJ", "image sequence"});
}
