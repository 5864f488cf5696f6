#include "data/picture.h"

#include <zlib.h>

#include <filesystem>

#include "tests/data/picture_files.h"
#include "tests/data/test_files.h"

using data::Image8;
using data_test::check_input_error;
using data_test::get;
using data_test::kJpeg;
using data_test::png_bytes;
using data_test::put;
using data_test::TempDir;

namespace {

data::GreyPicture decode(const std::string& bytes) {
  return data::decode_grey(std::as_bytes(std::span(bytes)), "x.png");
}

void check_refused(const std::string& bytes, const std::vector<std::string>& texts) {
  auto all = texts;
  all.emplace_back("x.png");
  check_input_error([&] { decode(bytes); }, all);
}

}  // namespace

TEST_CASE("hand-built PNG files of 8 and 16 bits are decoded", "[picture]") {
  const data::GreyPicture grey = decode(png_bytes(3, 2, 8, 0, {0, 1, 2, 253, 254, 255}));
  CHECK(grey.width == 3);
  CHECK(grey.height == 2);
  CHECK_FALSE(grey.deep);
  CHECK_FALSE(grey.colour);
  CHECK(grey.values == std::vector<std::uint16_t>{0, 1, 2, 253, 254, 255});

  const data::GreyPicture deep = decode(png_bytes(2, 1, 16, 0, {0x12, 0x34, 0xFF, 0xFE}));
  CHECK(deep.deep);
  CHECK(deep.values == std::vector<std::uint16_t>{0x1234, 0xFFFE});
}

TEST_CASE("colour becomes luma, grey in colour stays itself", "[picture]") {
  // 0.299 R + 0.587 G + 0.114 B: 76.245, 149.685, 29.07.
  const data::GreyPicture p =
      decode(png_bytes(4, 1, 8, 2, {255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77}));
  CHECK(p.colour);
  CHECK(p.values == std::vector<std::uint16_t>{76, 150, 29, 77});
  const data::GreyPicture same = decode(png_bytes(1, 1, 8, 2, {77, 77, 77}));
  CHECK_FALSE(same.colour);
  // Grey with transparency, colour with transparency: alpha is ignored.
  CHECK(decode(png_bytes(2, 1, 8, 4, {9, 0, 8, 255})).values == std::vector<std::uint16_t>{9, 8});
  CHECK(decode(png_bytes(1, 1, 8, 6, {5, 5, 5, 0})).values == std::vector<std::uint16_t>{5});
}

TEST_CASE("a JPEG is decoded", "[picture]") {
  const data::GreyPicture p = decode(kJpeg);
  CHECK(p.width == 8);
  CHECK(p.height == 8);
  for (const std::uint16_t v : p.values) CHECK(v == 128);
}

TEST_CASE("damaged pictures are refused", "[picture]") {
  const std::string png = png_bytes(3, 2, 8, 0, {0, 1, 2, 253, 254, 255});
  check_refused("", {"an empty file"});
  check_refused("just a text", {"not a picture"});
  for (const std::size_t cut : {9U, 20U, 34U, 45U}) {
    check_refused(png.substr(0, cut), {"PNG", "cut off", std::to_string(cut)});
  }
  check_refused(png.substr(0, png.size() - 12), {"cut off"});
  std::string flipped = png;
  flipped[45] ^= 1;
  check_refused(flipped, {"checksum"});
  // Right checksums around a picture that does not have enough pixels.
  check_refused(png_bytes(3, 2, 8, 0, {0, 1, 2, 253}), {"cannot be decoded"});
  check_refused(png_bytes(8193, 1, 8, 0, std::vector<std::uint8_t>(8193)), {"x.png"});
  check_refused(png_bytes(0, 1, 8, 0, {}), {"x.png"});
  for (std::size_t cut = 3; cut < kJpeg.size(); cut += 7) {
    check_refused(kJpeg.substr(0, cut), {"JPEG", "cut off"});
  }
}

TEST_CASE("pictures survive writing and reading", "[picture]") {
  const TempDir dir;
  const std::vector<std::uint8_t> grey{0, 10, 20, 255, 128, 3};
  data::write_png(dir / "g.png", 3, 2, 1, grey, false);
  const Image8 g = data::read_picture(dir / "g.png");
  CHECK(g.width == 3);
  CHECK(g.height == 2);
  CHECK(g.channels == 1);
  CHECK(g.bytes == grey);

  const std::vector<std::uint8_t> colour{1, 2, 3, 4, 5, 6};
  data::write_png(dir / "c.png", 1, 2, 3, colour, false);
  const Image8 c = data::read_picture(dir / "c.png");
  CHECK(c.channels == 3);
  CHECK(c.bytes == colour);

  check_input_error([&] { data::write_png(dir / "g.png", 3, 2, 1, grey, false); }, {"--force"});
  CHECK_NOTHROW(data::write_png(dir / "g.png", 3, 2, 1, grey, true));
  CHECK_THROWS_AS(data::write_png(dir / "x.png", 3, 3, 1, grey, false), nn::Error);
  CHECK_THROWS_AS(data::write_png(dir / "x.png", 3, 1, 2, grey, false), nn::Error);
  CHECK(dir.entries() == 2);
  check_input_error([&] { data::read_picture(dir / "none.png"); }, {"none.png", "no such file"});
}

TEST_CASE("16-bit grey survives writing and reading, every value of it", "[picture]") {
  const data_test::TempDir dir;
  std::vector<std::uint16_t> values(65536);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint16_t>(i);
  data::write_png16(dir / "a.png", 256, 256, values, false);
  const std::string bytes = data_test::get(dir / "a.png");
  const auto back = data::decode_grey(std::as_bytes(std::span(bytes)), "a.png");
  CHECK(back.deep);
  CHECK(back.values == values);
  CHECK_THROWS_AS(data::write_png16(dir / "b.png", 256, 255, values, false), nn::Error);
}

TEST_CASE("pixels are colourful from a chroma of 31 levels on", "[picture]") {
  const auto marked = [](int bits, const std::vector<std::uint8_t>& samples) {
    const std::string file = png_bytes(2, 1, bits, 2, samples);
    return data::decode_grey(std::as_bytes(std::span(file)), "x").colourful;
  };
  CHECK(marked(8, {10, 40, 40, 10, 41, 20}) == std::vector<std::uint8_t>{0, 1});
  CHECK(marked(8, {10, 40, 40, 10, 40, 20}).empty());
  CHECK(marked(16, {10, 0, 40, 30, 40, 0, 10, 0, 41, 200, 20, 0}) ==
        std::vector<std::uint8_t>{0, 1});
}

TEST_CASE("a window maps HU to grey levels", "[picture]") {
  const nn::Tensor s =
      nn::Tensor::from({1, 1, 6, 1}, std::vector<nn::real>{-2000, -100, 0, 1, 50, 200});
  CHECK(data::to_grey(s, {-100, 155}) == std::vector<std::uint8_t>{0, 0, 100, 101, 150, 255});
  // Halves go up: 0.5 of a level.
  CHECK(data::to_grey(nn::Tensor::from({1, 1, 1, 1}, std::vector<nn::real>{1}), {0, 510}) ==
        std::vector<std::uint8_t>{1});
  check_input_error([&] { data::to_grey(s, {100, 100}); }, {"window"});
}
