#include "data/draw/canvas.h"
#include "data/draw/markup.h"

#include <limits>
#include <string>
#include <vector>

#include "nn/core/error.h"
#include "tests/catch.h"

namespace {

using data::Canvas;
using data::Color;
using nn::real;
using nn::Tensor;

constexpr Color kBlack{0, 0, 0};
constexpr Color kWhite{255, 255, 255};
constexpr Color kRed{200, 10, 20};

nn::index count(const Canvas& canvas, Color color) {
  nn::index n = 0;
  for (nn::index y = 0; y < canvas.height(); ++y) {
    for (nn::index x = 0; x < canvas.width(); ++x) n += canvas.pixel(x, y) == color ? 1 : 0;
  }
  return n;
}

}  // namespace

TEST_CASE("canvas: size, order of the bytes, background") {
  Canvas canvas(3, 2, {1, 2, 3});
  canvas.fill_rect(2, 1, 1, 1, kRed);
  CHECK(canvas.rgb() == std::vector<unsigned char>{1, 2, 3, 1, 2, 3, 1, 2, 3,  //
                                                   1, 2, 3, 1, 2, 3, 200, 10, 20});
  CHECK(canvas.pixel(2, 1) == kRed);
  CHECK_THROWS_AS(canvas.pixel(3, 0), nn::Error);
  CHECK_THROWS_AS(canvas.pixel(0, -1), nn::Error);
  CHECK_THROWS_AS(Canvas(0, 5, kBlack), nn::Error);
  CHECK_THROWS_AS(Canvas(5, 40000, kBlack), nn::Error);
}

TEST_CASE("canvas: rectangles, also across the borders") {
  Canvas canvas(10, 8, kBlack);
  canvas.fill_rect(-2, -2, 4, 3, kRed);
  CHECK(count(canvas, kRed) == 2);
  canvas.fill_rect(8, 6, 100, 100, kRed);
  CHECK(count(canvas, kRed) == 2 + 4);
  canvas.fill_rect(20, 20, 5, 5, kRed);
  CHECK(count(canvas, kRed) == 6);

  Canvas outline(10, 8, kBlack);
  outline.draw_rect(1, 1, 6, 5, kRed);
  CHECK(count(outline, kRed) == 2 * 6 + 2 * 3);
  CHECK(outline.pixel(2, 2) == kBlack);
}

TEST_CASE("canvas: lines") {
  SECTION("a horizontal line of one pixel covers whole pixels") {
    Canvas canvas(20, 9, kBlack);
    canvas.draw_line(3, 4, 12, 4, 1.0, kWhite);
    CHECK(count(canvas, kWhite) == 10);
    CHECK(canvas.pixel(3, 4) == kWhite);
    CHECK(canvas.pixel(12, 4) == kWhite);
    CHECK(canvas.pixel(7, 3) == kBlack);
  }
  SECTION("between two rows it covers half of both") {
    Canvas canvas(20, 9, kBlack);
    canvas.draw_line(0, 4.5, 19, 4.5, 1.0, kWhite);
    CHECK(canvas.pixel(10, 4) == Color{128, 128, 128});
    CHECK(canvas.pixel(10, 5) == Color{128, 128, 128});
  }
  SECTION("a line from far outside is cut off") {
    Canvas canvas(20, 9, kBlack);
    canvas.draw_line(-1e6, 4, 1e6, 4, 1.0, kWhite);
    CHECK(count(canvas, kWhite) == 20);
    canvas.draw_line(-50, -50, -20, -20, 3.0, kRed);
    canvas.draw_line(500, 500, 700, 500, 3.0, kRed);
    CHECK(count(canvas, kRed) == 0);
  }
  SECTION("without length it is a dot") {
    Canvas canvas(9, 9, kBlack);
    canvas.draw_line(4, 4, 4, 4, 3.0, kWhite);
    CHECK(count(canvas, kWhite) == 5);
  }
  SECTION("refused") {
    Canvas canvas(9, 9, kBlack);
    CHECK_THROWS_AS(canvas.draw_line(0, 0, std::numeric_limits<double>::quiet_NaN(), 1, 1, kRed),
                    nn::Error);
  }
}

TEST_CASE("canvas: letters") {
  const data::Ink ink = data::ink_of("Ag", {24, false});
  SECTION("their ink is mixed with the ground by its share of each pixel") {
    Canvas canvas(60, 40, kBlack);
    canvas.draw_text(3, 2, "Ag", kWhite, {24, false});
    for (nn::index y = 0; y < ink.height; ++y) {
      for (nn::index x = 0; x < ink.width; ++x) {
        const std::uint8_t share = ink.cover[nn::at(y * ink.width + x)];
        CHECK(canvas.pixel(3 + ink.left + x, 2 + ink.top + y) == Color{share, share, share});
      }
    }
  }
  SECTION("cut off at every border") {
    Canvas canvas(20, 12, kBlack);
    for (const nn::index at : {-15, -200, 14, 300})
      canvas.draw_text(at, at, "Agp", kWhite, {24, true});
    canvas.draw_text(-5, -5, "Agp", kWhite, {24, true});
    CHECK(count(canvas, kWhite) > 10);
  }
  SECTION("outlined ones show on their own colour") {
    Canvas canvas(60, 40, kWhite);
    canvas.draw_outlined(3, 2, "Ag", kWhite, {24, false});
    CHECK(count(canvas, kBlack) > 50);
    CHECK(count(canvas, kWhite) > 60 * 40 / 2);
  }
  SECTION("shortened texts end in dots, and fit") {
    const data::Font font{12, false};
    CHECK(data::fitted("short", 100, font) == "short");
    const std::string cut =
        data::fitted("\u00D1and\u00FA \u00D1and\u00FA \u00D1and\u00FA", 60, font);
    CHECK(cut.ends_with("\u2026"));
    CHECK(Canvas::text_width(cut, font) <= 60);
    CHECK(Canvas::text_width(cut, font) > 40);
    CHECK(data::fitted("long", 1, font) == "\u2026");
  }
}

TEST_CASE("canvas: pictures in pictures") {
  Canvas stamp(2, 2, kRed);
  Canvas canvas(5, 4, kBlack);
  canvas.draw_image(1, 1, stamp);
  CHECK(count(canvas, kRed) == 4);
  canvas.draw_image(-1, 3, stamp);
  CHECK(canvas.pixel(0, 3) == kRed);
  CHECK(count(canvas, kRed) == 5);
  canvas.draw_image(9, 9, stamp);
  CHECK(count(canvas, kRed) == 5);
}

TEST_CASE("colours") {
  CHECK(data::grey(0.0) == kBlack);
  CHECK(data::grey(1.0) == kWhite);
  CHECK(data::grey(-3.0) == kBlack);
  CHECK(data::grey(0.5) == Color{128, 128, 128});
  CHECK(data::diverging(0.0) == kWhite);
  CHECK(data::diverging(-1.0) == data::diverging(-7.0));
  CHECK(data::diverging(std::numeric_limits<double>::infinity()) == data::diverging(1.0));
  // Blue below, red above, darker and darker.
  Color last_blue = kWhite;
  Color last_red = kWhite;
  for (int k = 1; k <= 20; ++k) {
    const Color blue = data::diverging(-k / 20.0);
    const Color red = data::diverging(k / 20.0);
    CHECK(blue.b > blue.r);
    CHECK(red.r > red.b);
    CHECK(blue.r + blue.g + blue.b < last_blue.r + last_blue.g + last_blue.b);
    CHECK(red.r + red.g + red.b < last_red.r + last_red.g + last_red.b);
    last_blue = blue;
    last_red = red;
  }
  CHECK_THROWS_AS(data::grey(std::numeric_limits<double>::quiet_NaN()), nn::Error);
  CHECK_THROWS_AS(data::diverging(std::numeric_limits<double>::quiet_NaN()), nn::Error);
}

TEST_CASE("slices as pictures") {
  const std::vector<real> values{-200, -160, 40, 240, 300, 0};
  const Tensor slice = Tensor::from({1, 2, 3, 1}, values);
  const Canvas image = data::grey_image(slice, -160, 240, 2);
  CHECK(image.width() == 6);
  CHECK(image.height() == 4);
  CHECK(image.pixel(0, 0) == kBlack);
  CHECK(image.pixel(3, 1) == kBlack);
  CHECK(image.pixel(4, 0) == Color{128, 128, 128});
  CHECK(image.pixel(5, 1) == Color{128, 128, 128});
  CHECK(image.pixel(0, 2) == kWhite);
  CHECK(image.pixel(2, 3) == kWhite);

  const Tensor zero = Tensor::zeros(slice.shape());
  const Canvas error = data::difference_image(slice, zero, 160, 1);
  CHECK(error.pixel(1, 0) == data::diverging(-1.0));
  CHECK(error.pixel(2, 0) == data::diverging(0.25));
  CHECK(error.pixel(2, 1) == kWhite);

  Tensor bad = slice.clone();
  bad.data()[4] = std::numeric_limits<real>::quiet_NaN();
  CHECK_THROWS_AS(data::grey_image(bad, 0, 1, 1), nn::Error);
  CHECK_THROWS_AS(data::grey_image(slice, 1, 1, 1), nn::Error);
  CHECK_THROWS_AS(data::grey_image(slice, 0, 1, 0), nn::Error);
  CHECK_THROWS_AS(data::difference_image(slice, bad, 10, 1), nn::Error);
  CHECK_THROWS_AS(data::difference_image(slice, zero, 0, 1), nn::Error);
  CHECK_THROWS_AS(data::difference_image(slice, Tensor::zeros({1, 3, 2, 1}), 10, 1), nn::Error);
}

TEST_CASE("numbers as text") {
  CHECK(data::fixed(3.14159, 2) == "3.14");
  CHECK(data::fixed(-0.001, 2) == "0.00");
  CHECK(data::fixed(-0.01, 2) == "-0.01");
  CHECK(data::fixed(-0.0, 0) == "0");
  CHECK(data::fixed(1234.5, 1) == "1234.5");
  CHECK(data::fixed(std::numeric_limits<double>::quiet_NaN(), 1) == "nan");
}
