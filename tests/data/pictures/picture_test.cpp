#include "data/pictures/picture.h"

#include <zlib.h>

#include <filesystem>

#include "tests/data/pictures/picture_files.h"
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
}

TEST_CASE("what is transparent lies over black, and the colour that it hides is not seen",
          "[picture]") {
  const data::GreyPicture grey =
      decode(png_bytes(4, 1, 8, 4, {255, 0, 8, 255, 200, 128, 255, 127}));
  // 200 * 128 / 255 = 100.39, 255 * 127 / 255 = 127.
  CHECK(grey.values == std::vector<std::uint16_t>{0, 8, 100, 127});
  CHECK(grey.transparent);
  const data::GreyPicture colour = decode(png_bytes(2, 1, 8, 6, {255, 0, 0, 0, 9, 9, 9, 255}));
  CHECK(colour.values == std::vector<std::uint16_t>{0, 9});
  CHECK_FALSE(colour.colour);
  CHECK(colour.colourful.empty());
  // 0x8000 * 0x8000 / 0xFFFF = 16384.25.
  const data::GreyPicture deep =
      decode(png_bytes(2, 1, 16, 4, {0xFF, 0xFF, 0, 0, 0x80, 0, 0x80, 0}));
  CHECK(deep.deep);
  CHECK(deep.values == std::vector<std::uint16_t>{0, 16384});
  CHECK_FALSE(decode(png_bytes(1, 1, 8, 4, {7, 255})).transparent);
  const std::string file = png_bytes(1, 1, 8, 6, {100, 200, 50, 51});
  CHECK(data::decode_picture(std::as_bytes(std::span(file)), "x").bytes ==
        std::vector<std::uint8_t>{20, 40, 10});
}

TEST_CASE("all eight Exif orientations are applied", "[picture]") {
  // Stored as 1 2 3 over 4 5 6. Exif 2.3, 4.6.4: which side row 0 and column 0 belong to.
  using Values = std::vector<std::uint16_t>;
  const std::vector<Values> shown{{1, 2, 3, 4, 5, 6},   // top, left
                                  {3, 2, 1, 6, 5, 4},   // top, right
                                  {6, 5, 4, 3, 2, 1},   // bottom, right
                                  {4, 5, 6, 1, 2, 3},   // bottom, left
                                  {1, 4, 2, 5, 3, 6},   // left, top
                                  {4, 1, 5, 2, 6, 3},   // right, top
                                  {6, 3, 5, 2, 4, 1},   // right, bottom
                                  {3, 6, 2, 5, 1, 4}};  // left, bottom
  const std::string png = png_bytes(3, 2, 8, 0, {1, 2, 3, 4, 5, 6});
  const auto size = [](const std::string& bytes) {
    return data::picture_size(std::as_bytes(std::span(bytes)), "x.png");
  };
  for (int orientation = 1; orientation <= 8; ++orientation) {
    INFO(orientation);
    const std::string file =
        data_test::png_with_exif(png, data_test::exif_bytes(orientation, orientation % 2 == 0));
    const data::GreyPicture p = decode(file);
    CHECK(p.values == shown[static_cast<std::size_t>(orientation - 1)]);
    CHECK(p.width == (orientation < 5 ? 3 : 2));
    CHECK(p.height == (orientation < 5 ? 2 : 3));
    CHECK(p.turned == (orientation > 1));
    CHECK(size(file).width == p.width);
    CHECK(size(file).height == p.height);
    // Colour and 16 bits the same way.
    std::vector<std::uint8_t> rgb;
    std::vector<std::uint8_t> deep;
    for (std::uint8_t v = 1; v <= 6; ++v) {
      rgb.insert(rgb.end(), {v, v, 9});
      deep.insert(deep.end(), {0, v});
    }
    const std::string exif = data_test::exif_bytes(orientation, true);
    const std::string coloured = data_test::png_with_exif(png_bytes(3, 2, 8, 2, rgb), exif);
    const Image8 image = data::decode_picture(std::as_bytes(std::span(coloured)), "x");
    REQUIRE(image.bytes.size() == 18);
    for (std::size_t i = 0; i < 6; ++i) {
      CHECK(image.bytes[3 * i] == p.values[i]);
      CHECK(image.bytes[3 * i + 2] == 9);
    }
    CHECK(decode(data_test::png_with_exif(png_bytes(3, 2, 16, 0, deep), exif)).values == p.values);
  }
  CHECK(decode(data_test::jpeg_with_exif(kJpeg, data_test::exif_bytes(6, true))).turned);
}

TEST_CASE("Exif data that make no sense leave a picture as it is", "[picture]") {
  const std::string png = png_bytes(1, 2, 8, 0, {1, 2});
  const std::string good = data_test::exif_bytes(6, true);
  REQUIRE(decode(data_test::png_with_exif(png, good)).width == 2);
  const auto ignored = [&](const std::string& exif) {
    CHECK_FALSE(decode(data_test::png_with_exif(png, exif)).turned);
    CHECK_FALSE(decode(data_test::jpeg_with_exif(kJpeg, exif)).turned);
  };
  for (std::size_t cut = 0; cut < 19; ++cut) ignored(good.substr(0, cut));
  ignored(data_test::exif_bytes(0, true));
  ignored(data_test::exif_bytes(9, false));
  std::string bad = good;
  bad[0] = 'X';
  ignored(bad);
  bad = good;
  bad[4] = '\xff';  // the directory lies beyond the end
  ignored(bad);
  bad = good;
  bad[12] = 4;  // another type
  ignored(bad);
}

TEST_CASE("a CMYK JPEG is called by its name", "[picture]") {
  // The header of the JPEG with four components and Adobe's mark; no more of it is read.
  std::string cmyk = kJpeg;
  const std::size_t frame = cmyk.find("\xff\xc0");
  REQUIRE(frame != std::string::npos);
  cmyk.replace(
      frame, 13,
      std::string("\xff\xc0\0\x14\x08\0\x08\0\x08\x04\x01\x11\0\x02\x11\0\x03\x11\0\x04\x11\0",
                  22));
  check_refused(cmyk, {"a CMYK JPEG", "convert it to grey or RGB"});
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
