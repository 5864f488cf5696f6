#include "data/draw/plot_frame.h"

#include <algorithm>
#include <cmath>

#include "data/draw/markup.h"
#include "nn/core/error.h"

namespace data {
namespace {

constexpr double kEdge = 24;
constexpr double kLine = 20;
constexpr double kKey = 34;

/// Returns the base line of the last line.
double draw_legend(Svg& svg, const PlotStyle& style, const std::vector<std::string>& names,
                   double y) {
  double x = kEdge;
  for (std::size_t k = 0; k < names.size(); ++k) {
    const double width = kKey + Svg::text_width(names[k]);
    if (x > kEdge && x + width > style.width - kEdge) {
      x = kEdge;
      y += kLine;
    }
    svg.line(x, y - 4, x + 26, y - 4, "key s" + std::to_string(k));
    svg.text(x + kKey, y, names[k], "name");
    x += width + kEdge;
  }
  return y;
}

}  // namespace

void require_plot(const char* where, const PlotStyle& style, std::size_t names) {
  nn::require(names >= 1 && names <= kSeriesColors, where, std::to_string(names) + " series",
              "1 to 8");
  nn::require(style.width >= 320 && style.height >= 200, where,
              fixed(style.width, 0) + " x " + fixed(style.height, 0) + " pixels",
              "at least 320 x 200");
}

PlotFrame draw_frame(Svg& svg, const PlotStyle& style, const std::vector<std::string>& names,
                     const Axis& y_axis) {
  double y = 22;
  if (!style.title.empty()) {
    svg.text(kEdge, y, style.title, "title");
    y += kLine + 4;
  }
  y = draw_legend(svg, style, names, y);
  if (!style.y_label.empty()) {
    y += kLine + 2;
    svg.text(kEdge, y, style.y_label, "label");
  }
  PlotFrame frame;
  frame.y_axis = y_axis;
  frame.top = y + 12;
  frame.bottom = style.height - 50;
  frame.right = style.width - kEdge;
  frame.left = 60;
  const int wanted = static_cast<int>(std::max(3.0, (frame.bottom - frame.top) / 50));
  const std::vector<Tick> ticks = ticks_of(y_axis, wanted);
  for (const Tick& t : ticks) {
    frame.left = std::max(frame.left, Svg::text_width(t.label) + 20);
  }
  for (const Tick& t : ticks) {
    const double at = std::round(frame.y(t.value)) + 0.5;
    svg.line(frame.left, at, frame.right, at, "grid");
    svg.text(frame.left - 8, at + 4, t.label, "tick", Svg::Anchor::end);
  }
  return frame;
}

}  // namespace data
