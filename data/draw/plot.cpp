#include "data/draw/plot.h"

#include <algorithm>
#include <cmath>

#include "data/draw/plot_frame.h"
#include "nn/core/error.h"

namespace data {
namespace {

bool shown(const Series& s, const std::vector<double>& y, std::size_t i, bool log_y) {
  return i < s.x.size() && drawable(s.x[i], false) && drawable(y[i], log_y);
}

/// Entries of the legend: the name, and how many points are missing.
std::string legend_text(const Series& s, bool log_y) {
  std::size_t missing = 0;
  for (std::size_t i = 0; i < s.x.size(); ++i) missing += shown(s, s.y, i, log_y) ? 0 : 1;
  if (missing == 0) return s.name;
  return s.name + " (" + std::to_string(missing) + (missing == 1 ? " point" : " points") +
         " not drawable)";
}

/// Of the points that are drawn.
Axis axis_of(std::span<const Series> series, bool of_y, const PlotStyle& style) {
  const bool log_y = style.log_y;
  std::vector<double> values;
  if (of_y && style.zero_line) values.push_back(0.0);
  for (const Series& s : series) {
    for (const std::vector<double>* y : {&s.y, &s.raw}) {
      for (std::size_t i = 0; i < y->size(); ++i) {
        if (shown(s, *y, i, log_y)) values.push_back(of_y ? (*y)[i] : s.x[i]);
      }
    }
  }
  return axis_over(values, of_y && log_y, of_y ? 0.04 : 0.0);
}

class LinePlot {
 public:
  LinePlot(Svg& svg, const PlotStyle& style, const PlotFrame& frame, const Axis& x_axis)
      : svg_(svg), style_(style), at_(frame), x_axis_(x_axis) {}

  void bands() {
    for (std::size_t k = 0; k < style_.bands.size(); ++k) {
      const Band& band = style_.bands[k];
      const double from = x(std::clamp(band.from, x_axis_.lo, x_axis_.hi));
      const double to = x(std::clamp(band.to, x_axis_.lo, x_axis_.hi));
      if (!(from < to)) continue;
      if (k % 2 == 0) svg_.rect(from, at_.top, to - from, at_.bottom - at_.top, "band");
      if (Svg::text_width(band.name) > to - from) continue;
      svg_.text(0.5 * (from + to), at_.top + 15, band.name, "region", Svg::Anchor::middle);
    }
  }

  void x_axis() {
    const int wanted = static_cast<int>(std::max(3.0, (at_.right - at_.left) / 110));
    for (const Tick& t : ticks_of(x_axis_, wanted)) {
      const double tick = std::round(x(t.value)) + 0.5;
      svg_.line(tick, at_.bottom, tick, at_.bottom + 5, "axis");
      svg_.text(std::min(tick, style_.width - 4 - 0.5 * Svg::text_width(t.label)), at_.bottom + 19,
                t.label, "tick", Svg::Anchor::middle);
    }
    const double base = std::round(at_.bottom) + 0.5;
    svg_.line(at_.left, base, at_.right, base, "axis");
    if (style_.zero_line) {
      const double zero = std::round(at_.y(0.0)) + 0.5;
      svg_.line(at_.left, zero, at_.right, zero, "axis");
    }
    svg_.text(0.5 * (at_.left + at_.right), at_.bottom + 39, style_.x_label, "label",
              Svg::Anchor::middle);
  }

  /// `y`: the values of the series, smoothed or raw.
  void curve(const Series& s, const std::vector<double>& y, std::size_t k) {
    const std::string pale = &y == &s.raw ? " pale" : "";
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = 0; i <= s.x.size(); ++i) {
      if (shown(s, y, i, style_.log_y)) {
        points.emplace_back(x(s.x[i]), at_.y(y[i]));
        continue;
      }
      // A point without neighbours is a dot.
      if (points.size() == 1) {
        svg_.circle(points[0].first, points[0].second, 2.5, "b" + std::to_string(k) + pale);
      } else if (points.size() > 1) {
        svg_.polyline(points, "s" + std::to_string(k) + pale);
      }
      points.clear();
    }
  }

 private:
  double x(double v) const { return at_.left + x_axis_.map(v) * (at_.right - at_.left); }

  Svg& svg_;
  const PlotStyle& style_;
  const PlotFrame& at_;
  const Axis& x_axis_;
};

std::string description(const PlotStyle& style, const std::vector<std::string>& names) {
  std::string text = style.title.empty() ? "Plot" : style.title;
  for (std::size_t k = 0; k < names.size(); ++k) text += (k == 0 ? ": " : ", ") + names[k];
  return text;
}

}  // namespace

Svg line_plot(std::span<const Series> series, const PlotStyle& style) {
  require_plot("line_plot", style, series.size());
  std::vector<std::string> names;
  for (const Series& s : series) {
    const bool same = s.x.size() == s.y.size() && (s.raw.empty() || s.raw.size() == s.x.size());
    nn::require(same, "line_plot",
                "series \"" + s.name + "\" with " + std::to_string(s.x.size()) + " x, " +
                    std::to_string(s.y.size()) + " y and " + std::to_string(s.raw.size()) + " raw",
                "as many x as y, and no raw or as many");
    names.push_back(legend_text(s, style.log_y));
  }
  Svg svg(style.width, style.height, description(style, names));
  const PlotFrame frame = draw_frame(svg, style, names, axis_of(series, true, style));
  const Axis x_axis = axis_of(series, false, style);
  LinePlot plot(svg, style, frame, x_axis);
  plot.bands();
  plot.x_axis();
  for (std::size_t k = 0; k < series.size(); ++k) {
    if (!series[k].raw.empty()) plot.curve(series[k], series[k].raw, k);
  }
  for (std::size_t k = 0; k < series.size(); ++k) plot.curve(series[k], series[k].y, k);
  return svg;
}

}  // namespace data
