// Marks on pictures: that a bar is as long as it says, and colours stand at their values.
#include "data/draw/marks.h"

#include "nn/core/error.h"
#include "tests/catch.h"

namespace {

using data::Canvas;
using data::Color;
using data::Font;
using data::Panel;

constexpr Color kGrey{90, 90, 90};

/// The longest row of pixels of one colour.
nn::index longest_run(const Canvas& canvas, Color color) {
  nn::index longest = 0;
  for (nn::index y = 0; y < canvas.height(); ++y) {
    nn::index run = 0;
    for (nn::index x = 0; x < canvas.width(); ++x) {
      run = canvas.pixel(x, y) == color ? run + 1 : 0;
      longest = std::max(longest, run);
    }
  }
  return longest;
}

/// Whether anything was drawn in a part of the canvas.
bool drawn(const Canvas& canvas, nn::index x, nn::index y, nn::index w, nn::index h) {
  for (nn::index r = y; r < y + h; ++r) {
    for (nn::index c = x; c < x + w; ++c) {
      if (!(canvas.pixel(c, r) == kGrey)) return true;
    }
  }
  return false;
}

}  // namespace

TEST_CASE("scale bars have round lengths below a third of their panel") {
  CHECK(data::scale_bar_length(400, 0.5) == 50);  // of 60 mm
  CHECK(data::scale_bar_length(400, 0.4) == 20);  // of 48 mm
  CHECK(data::scale_bar_length(512, 0.98) == 100);
  CHECK(data::scale_bar_length(400, 0.01) == 1);
  CHECK(data::scale_bar_length(400, 0.001) == 0);  // less than 1 mm would fit
  CHECK(data::scale_bar_length(10000, 1) == 500);
  CHECK(data::scale_bar_length(400, 0) == 0);
  CHECK(data::scale_bar_length(400, -1) == 0);
}

TEST_CASE("a scale bar is as many pixels long as it says, at the lower left of its panel") {
  for (const double mm : {0.5, 0.4883, 0.9766, 0.33}) {
    Canvas canvas(340, 260, kGrey);
    const Panel panel{20, 10, 300, 240};
    data::draw_scale_bar(canvas, panel, mm, {12, true});
    const double length = data::scale_bar_length(300, mm);
    INFO(mm << " mm a pixel, " << length << " mm");
    CHECK(longest_run(canvas, data::kLetters) == static_cast<nn::index>(length / mm + 0.5));
    CHECK(drawn(canvas, 20, 220, 100, 30));
    CHECK_FALSE(drawn(canvas, 0, 0, 340, 200));
    CHECK_FALSE(drawn(canvas, 130, 200, 210, 60));
    CHECK_FALSE(drawn(canvas, 0, 0, 20, 260));
    CHECK_FALSE(drawn(canvas, 0, 250, 340, 10));
  }
  Canvas none(100, 100, kGrey);
  data::draw_scale_bar(none, {0, 0, 100, 100}, 0, {12, true});
  CHECK_FALSE(drawn(none, 0, 0, 100, 100));
}

TEST_CASE("sides stand in the middle of their edges, and nothing where they are unknown") {
  const Panel panel{10, 10, 200, 160};
  const Font font{12, true};
  Canvas all(220, 180, kGrey);
  data::draw_sides(all, panel, {"R", "L", "A", "P"}, font);
  CHECK(drawn(all, 10, 80, 20, 20));
  CHECK(drawn(all, 190, 80, 20, 20));
  CHECK(drawn(all, 100, 10, 20, 20));
  CHECK(drawn(all, 100, 150, 20, 20));
  CHECK_FALSE(drawn(all, 40, 40, 130, 100));
  CHECK_FALSE(drawn(all, 0, 0, 220, 10));
  CHECK_FALSE(drawn(all, 210, 0, 10, 180));
  Canvas none(220, 180, kGrey);
  data::draw_sides(none, panel, {}, font);
  CHECK_FALSE(drawn(none, 0, 0, 220, 180));
}

TEST_CASE("a colour bar has its colours and ticks at their values") {
  Canvas canvas(120, 240, kGrey);
  const Panel bar{10, 20, 14, 201};
  data::draw_color_bar(canvas, bar, {0, 100, false}, data::kLetters, {12, false});
  CHECK(canvas.pixel(15, 20) == data::grey(1));
  CHECK(canvas.pixel(15, 120) == data::grey(0.5));
  CHECK(canvas.pixel(15, 220) == data::grey(0));
  for (nn::index k = 0; k <= 2; ++k) CHECK(canvas.pixel(26, 220 - 100 * k) == data::kLetters);
  CHECK(canvas.pixel(26, 180) == kGrey);
  CHECK(drawn(canvas, 31, 14, 30, 13));   // "100"
  CHECK(drawn(canvas, 31, 214, 10, 13));  // "0"

  Canvas uneven(120, 240, kGrey);
  data::draw_color_bar(uneven, bar, {-20, 100, false}, data::kLetters, {12, false});
  CHECK(uneven.pixel(26, 187) == data::kLetters);  // 0, a sixth above the lower end
  CHECK(uneven.pixel(26, 103) == data::kLetters);  // 50
  CHECK(uneven.pixel(26, 53) == kGrey);

  Canvas errors(120, 240, kGrey);
  const data::ColorBar both{-100, 100, true};
  data::draw_color_bar(errors, bar, both, data::kLetters, {12, false});
  CHECK(errors.pixel(15, 20) == data::diverging(1));
  CHECK(errors.pixel(15, 120) == data::diverging(0));
  CHECK(errors.pixel(15, 220) == data::diverging(-1));
  CHECK(data::color_bar_labels(201, both, {12, false}) >
        data::color_bar_labels(201, {0, 100, false}, {12, false}));  // "+100"
  CHECK_THROWS_AS(data::draw_color_bar(errors, bar, {5, 5, false}, kGrey, {12, false}), nn::Error);
}

TEST_CASE("numbers are set with a true minus sign") {
  CHECK(data::typeset(-160, 0) == "\u2212160");
  CHECK(data::typeset(12.34, 1) == "12.3");
  CHECK(data::typeset(12, 0, true) == "+12");
  CHECK(data::typeset(-0.01, 1, true) == "0.0");
  CHECK(data::window_text(-160, 240) == "window \u2212160 to 240 HU");
}
