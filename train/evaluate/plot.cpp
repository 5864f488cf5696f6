#include "train/evaluate/plot.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nn/core/error.h"
#include "nn/core/math.h"

namespace train {
namespace {

using nn::index;

constexpr Color kPaper{255, 255, 255};
constexpr Color kInk{30, 32, 36};
constexpr Color kMuted{100, 104, 112};
constexpr Color kGrid{228, 230, 234};
constexpr Color kAxis{120, 124, 132};
constexpr double kLineWidth = 1.8;
constexpr double kDotWidth = 5.0;  // a point without neighbours

// Okabe, Ito, "Color Universal Design", 2008; the yellow of the set is too light for thin lines on
// white and darkened here.
constexpr std::array<Color, 8> kColors{{{0, 114, 178},
                                        {213, 94, 0},
                                        {0, 158, 115},
                                        {204, 121, 167},
                                        {230, 159, 0},
                                        {86, 180, 233},
                                        {0, 0, 0},
                                        {150, 140, 20}}};

struct Tick {
  double value;
  std::string label;
};

/// One axis: from data to [0, 1], linear or logarithmic.
struct Axis {
  double lo = 0.0;
  double hi = 1.0;
  bool log = false;

  double map(double v) const {
    if (!log) return (v - lo) / (hi - lo);
    return (nn::math::log(v) - nn::math::log(lo)) / (nn::math::log(hi) - nn::math::log(lo));
  }
};

// Beyond it the arithmetic of the axes could overflow.
constexpr double kLargest = 1e280;

bool drawable(double x, double y, bool log_y) {
  const bool finite = std::abs(x) <= kLargest && std::abs(y) <= kLargest;  // false for NaN
  return finite && (!log_y || y >= 1.0 / kLargest);
}

double power_of_ten(int exponent) {
  const double p = nn::math::ipow(10.0, static_cast<std::uint64_t>(std::abs(exponent)));
  return exponent < 0 ? 1.0 / p : p;
}

int decade_of(double value) {
  constexpr double kLn10 = 2.302585092994045684;
  return static_cast<int>(std::floor(nn::math::log(value) / kLn10 + 1e-9));
}

/// As few digits as a multiple of `step` needs; powers of ten where there would be many zeros.
std::string label_of(double value, double step) {
  if (value == 0.0) return "0";
  const int size = decade_of(std::abs(value));
  if (size >= 6 || size < -4) {
    const int digits = std::clamp(size - decade_of(step), 0, 12);
    return fixed(value / power_of_ten(size), digits) + "e" + std::to_string(size);
  }
  return fixed(value, std::max(0, -decade_of(step)));
}

/// Multiples of 1, 2 or 5 times a power of ten inside the axis, about `wanted` of them.
std::vector<Tick> linear_ticks(const Axis& axis, int wanted) {
  const double rough = (axis.hi - axis.lo) / wanted;
  const double decade = power_of_ten(decade_of(rough));
  double step = 10.0 * decade;
  for (const double factor : {5.0, 2.0, 1.0}) {
    if (factor * decade >= rough * (1.0 - 1e-9)) step = factor * decade;
  }
  std::vector<Tick> ticks;
  const double slack = 1e-9 * (axis.hi - axis.lo);
  for (double k = std::ceil((axis.lo - slack) / step); k * step <= axis.hi + slack; k += 1.0) {
    ticks.push_back({k * step, label_of(k * step, step)});
  }
  return ticks;
}

/// Powers of ten, and 2 and 5 times them where there are few; every n-th where there are many.
std::vector<Tick> log_ticks(const Axis& axis, int wanted) {
  const int first = decade_of(axis.lo);
  const int last = decade_of(axis.hi);
  const int stride = std::max(1, (last - first) / wanted);
  std::vector<Tick> ticks;
  for (int decade = first; decade <= last; decade += stride) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor != 1.0 && last - first > 3) continue;
      const double value = factor * power_of_ten(decade);
      if (value < axis.lo * (1.0 - 1e-9) || value > axis.hi * (1.0 + 1e-9)) continue;
      ticks.push_back({value, label_of(value, power_of_ten(decade))});
    }
  }
  // Less than a third of a decade: the linear ticks are the better ones.
  return ticks.size() >= 2 ? ticks : linear_ticks(axis, wanted);
}

Axis axis_over(std::span<const Series> series, bool of_y, bool log_y) {
  double lo = std::numeric_limits<double>::infinity();
  double hi = -lo;
  for (const Series& s : series) {
    for (std::size_t i = 0; i < s.x.size(); ++i) {
      if (!drawable(s.x[i], s.y[i], log_y)) continue;
      lo = std::min(lo, of_y ? s.y[i] : s.x[i]);
      hi = std::max(hi, of_y ? s.y[i] : s.x[i]);
    }
  }
  if (of_y && log_y) {
    if (lo > hi) return {0.1, 1.0, true};
    // A little room above and below, by ratio.
    const double room = nn::math::exp(0.04 * (nn::math::log(hi) - nn::math::log(lo)) + 1e-3);
    return {lo / room, hi * room, true};
  }
  if (lo > hi) return {0.0, 1.0, false};
  if (lo == hi) {
    const double half = lo == 0.0 ? 1.0 : 0.5 * std::abs(lo);
    return {lo - half, hi + half, false};
  }
  const double room = of_y ? 0.04 * (hi - lo) : 0.0;
  return {lo - room, hi + room, false};
}

void check(std::span<const Series> series, const PlotStyle& style) {
  nn::require(!series.empty() && series.size() <= kColors.size(), "line_plot",
              std::to_string(series.size()) + " series", "1 to 8");
  nn::require(style.width >= 320 && style.height >= 200, "line_plot",
              std::to_string(style.width) + " x " + std::to_string(style.height) + " pixels",
              "at least 320 x 200");
  for (const Series& s : series) {
    nn::require(s.x.size() == s.y.size(), "line_plot",
                "series \"" + s.name + "\" with " + std::to_string(s.x.size()) + " x and " +
                    std::to_string(s.y.size()) + " y",
                "as many x as y");
  }
}

/// Entries of the legend: the name, and how many points are missing.
std::string legend_text(const Series& s, bool log_y) {
  index missing = 0;
  for (std::size_t i = 0; i < s.x.size(); ++i) missing += drawable(s.x[i], s.y[i], log_y) ? 0 : 1;
  if (missing == 0) return s.name;
  return s.name + " (" + std::to_string(missing) + (missing == 1 ? " point" : " points") +
         " not drawable)";
}

constexpr index kLeft = 78;
constexpr index kRight = 28;
constexpr index kTitleY = 14;
constexpr index kLegendLine = 20;

struct LegendEntry {
  index x;
  index y;
  std::string text;
};

/// The legend runs above the plot, line by line, where it hides no data.
std::vector<LegendEntry> place_legend(std::span<const Series> series, const PlotStyle& style) {
  constexpr index kSwatch = 34;
  constexpr index kSpace = 24;
  std::vector<LegendEntry> entries;
  index x = kLeft;
  index y = style.title.empty() ? kTitleY : kTitleY + Canvas::text_height() + 10;
  for (const Series& s : series) {
    const std::string text = legend_text(s, style.log_y);
    const index width = kSwatch + Canvas::text_width(text);
    if (x > kLeft && x + width > style.width - kRight) {
      x = kLeft;
      y += kLegendLine;
    }
    entries.push_back({x, y, text});
    x += width + kSpace;
  }
  return entries;
}

void draw_legend(Canvas& canvas, const std::vector<LegendEntry>& entries) {
  for (std::size_t k = 0; k < entries.size(); ++k) {
    const LegendEntry& e = entries[k];
    const auto swatch = static_cast<double>(e.x);
    const double middle =
        static_cast<double>(e.y) + 0.5 * static_cast<double>(Canvas::text_height() - 1);
    canvas.draw_line(swatch + 1.0, middle, swatch + 25.0, middle, 3.0, kColors[k]);
    canvas.draw_text(e.x + 34, e.y, e.text, kInk);
  }
}

/// Where the axes stand in the picture, and which data they show.
struct Frame {
  Axis x_axis;
  Axis y_axis;
  index left = 0;
  index right = 0;
  index top = 0;
  index bottom = 0;

  double x(double v) const {
    return static_cast<double>(left) + x_axis.map(v) * static_cast<double>(right - left);
  }
  double y(double v) const {
    return static_cast<double>(bottom) - y_axis.map(v) * static_cast<double>(bottom - top);
  }
};

void draw_axes(Canvas& canvas, const Frame& at, const std::vector<Tick>& y_ticks,
               const std::string& x_label) {
  const index text_h = Canvas::text_height();
  const index width = at.right - at.left + 1;
  for (const Tick& t : y_ticks) {
    const auto y = static_cast<index>(std::lround(at.y(t.value)));
    canvas.fill_rect(at.left, y, width, 1, kGrid);
    canvas.draw_text(at.left - 8 - Canvas::text_width(t.label), y - text_h / 2, t.label, kMuted);
  }
  const int wanted = static_cast<int>(std::max<index>(3, width / 110));
  for (const Tick& t : linear_ticks(at.x_axis, wanted)) {
    const auto x = static_cast<index>(std::lround(at.x(t.value)));
    const index label_w = Canvas::text_width(t.label);
    canvas.fill_rect(x, at.bottom, 1, 5, kAxis);
    canvas.draw_text(std::min(x - label_w / 2, canvas.width() - label_w - 4), at.bottom + 9,
                     t.label, kMuted);
  }
  canvas.fill_rect(at.left, at.bottom, width, 1, kAxis);
  canvas.draw_text((at.left + at.right - Canvas::text_width(x_label)) / 2, at.bottom + text_h + 18,
                   x_label, kMuted);
}

void draw_curve(Canvas& canvas, const Frame& at, const Series& s, bool log_y, Color color) {
  const auto shown = [&](std::size_t i) {
    return i < s.x.size() && drawable(s.x[i], s.y[i], log_y);
  };
  for (std::size_t i = 0; i < s.x.size(); ++i) {
    if (!shown(i)) continue;
    const bool from_here = shown(i + 1);
    const bool to_here = i > 0 && shown(i - 1);
    const double x = at.x(s.x[i]);
    const double y = at.y(s.y[i]);
    if (from_here) {
      canvas.draw_line(x, y, at.x(s.x[i + 1]), at.y(s.y[i + 1]), kLineWidth, color);
    } else if (!to_here) {
      canvas.draw_line(x, y, x, y, kDotWidth, color);
    }
  }
}

}  // namespace

Canvas line_plot(std::span<const Series> series, const PlotStyle& style) {
  check(series, style);
  const std::vector<LegendEntry> legend = place_legend(series, style);
  const index label_y = legend.back().y + kLegendLine + 4;

  Frame frame;
  frame.x_axis = axis_over(series, false, style.log_y);
  frame.y_axis = axis_over(series, true, style.log_y);
  frame.top = style.y_label.empty() ? label_y : label_y + Canvas::text_height() + 8;
  frame.bottom = style.height - 56;
  frame.right = style.width - kRight;
  const int wanted = static_cast<int>(std::max<index>(3, (frame.bottom - frame.top) / 60));
  const std::vector<Tick> y_ticks =
      style.log_y ? log_ticks(frame.y_axis, wanted) : linear_ticks(frame.y_axis, wanted);
  frame.left = kLeft;
  for (const Tick& t : y_ticks) {
    frame.left = std::max(frame.left, Canvas::text_width(t.label) + 14);
  }

  Canvas canvas(style.width, style.height, kPaper);
  canvas.draw_text(kLeft, kTitleY, style.title, kInk, {1, true});
  canvas.draw_text(kLeft, label_y, style.y_label, kMuted);
  draw_legend(canvas, legend);
  draw_axes(canvas, frame, y_ticks, style.x_label);
  for (std::size_t k = 0; k < series.size(); ++k) {
    draw_curve(canvas, frame, series[k], style.log_y, kColors[k]);
  }
  return canvas;
}

}  // namespace train
