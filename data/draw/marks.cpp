#include "data/draw/marks.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "data/draw/axis.h"
#include "data/draw/markup.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

constexpr Color kBarFrame{120, 120, 120};

/// About four lines apart.
std::vector<Tick> color_ticks(index height, const ColorBar& scale, Font font) {
  const double apart = 4.0 * static_cast<double>(line_height(font));
  const int wanted = static_cast<int>(std::max(2.0, static_cast<double>(height) / apart));
  std::vector<Tick> ticks = ticks_of({scale.low, scale.high, false}, wanted);
  for (Tick& t : ticks) {
    const bool minus = t.label.front() == '-';
    if (minus) t.label = "\u2212" + t.label.substr(1);
    if (scale.differences && t.value > 0) t.label = "+" + t.label;
  }
  return ticks;
}

index tick_length(Font font) { return std::max(2, font.size / 4); }

}  // namespace

std::string typeset(double value, int decimals, bool sign) {
  const std::string text = fixed(value, decimals);
  if (text.front() == '-') return "\u2212" + text.substr(1);
  return sign && value > 0 ? "+" + text : text;
}

std::string window_text(double low, double high) {
  return "window " + typeset(low, 0) + " to " + typeset(high, 0) + " HU";
}

double scale_bar_length(index width, double mm_per_pixel) {
  if (!(mm_per_pixel > 0)) return 0;
  double longest = 0;
  for (const double mm : {1, 2, 5, 10, 20, 50, 100, 200, 500}) {
    if (mm / mm_per_pixel <= 0.3 * static_cast<double>(width)) longest = mm;
  }
  return longest;
}

void draw_scale_bar(Canvas& canvas, const Panel& panel, double mm_per_pixel, Font font) {
  const double mm = scale_bar_length(panel.width, mm_per_pixel);
  if (mm == 0) return;
  const auto length = static_cast<index>(std::lround(mm / mm_per_pixel));
  const index thick = std::max(2, font.size / 5);
  const index edge = std::max(1, font.size / 10);  // black, so that it shows on bone
  const index x = panel.x + font.size / 2;
  const index y = panel.y + panel.height - font.size / 2 - thick;
  canvas.fill_rect(x - edge, y - edge, length + 2 * edge, thick + 2 * edge, {});
  canvas.fill_rect(x, y, length, thick, kLetters);
  canvas.draw_outlined(x, y - edge - base_line(font) - font.size / 4, fixed(mm, 0) + " mm",
                       kLetters, font);
}

void draw_sides(Canvas& canvas, const Panel& panel, const Sides& sides, Font font) {
  const index margin = font.size / 3;
  const index above = base_line(font) - capital_height(font);  // of a letter in its line
  const auto put = [&](const std::string& text, index x, index y) {
    if (!text.empty()) canvas.draw_outlined(x, y - above, text, kLetters, font);
  };
  const auto wide = [&](const std::string& text) { return Canvas::text_width(text, font); };
  const index middle_x = panel.x + panel.width / 2;
  const index middle_y = panel.y + (panel.height - capital_height(font)) / 2;
  put(sides.left, panel.x + margin, middle_y);
  put(sides.right, panel.x + panel.width - margin - wide(sides.right), middle_y);
  put(sides.top, middle_x - wide(sides.top) / 2, panel.y + margin);
  put(sides.bottom, middle_x - wide(sides.bottom) / 2,
      panel.y + panel.height - margin - capital_height(font));
}

void draw_color_bar(Canvas& canvas, const Panel& bar, const ColorBar& scale, Color letters,
                    Font font) {
  nn::require(scale.low < scale.high && bar.height > 1, "picture",
              "colours from " + fixed(scale.low, 1) + " to " + fixed(scale.high, 1),
              "a lower end below the upper end");
  const double last = static_cast<double>(bar.height - 1);
  for (index i = 0; i < bar.height; ++i) {
    const double u = 1 - static_cast<double>(i) / last;
    canvas.fill_rect(bar.x, bar.y + i, bar.width, 1,
                     scale.differences ? diverging(2 * u - 1) : grey(u));
  }
  canvas.draw_rect(bar.x - 1, bar.y - 1, bar.width + 2, bar.height + 2, kBarFrame);
  const index tick = tick_length(font);
  for (const Tick& t : color_ticks(bar.height, scale, font)) {
    const double u = (t.value - scale.low) / (scale.high - scale.low);
    const index y = bar.y + static_cast<index>(std::lround((1 - u) * last));
    canvas.fill_rect(bar.x + bar.width + 1, y, tick, 1, letters);
    const index top = y + capital_height(font) / 2 - base_line(font);
    canvas.draw_text(bar.x + bar.width + 2 * tick, top, t.label, letters, font);
  }
}

index color_bar_labels(index height, const ColorBar& scale, Font font) {
  index widest = 0;
  for (const Tick& t : color_ticks(height, scale, font)) {
    widest = std::max(widest, Canvas::text_width(t.label, font));
  }
  return 2 * tick_length(font) + widest;
}

}  // namespace data
