// Plots as SVG: named series over steps or positions, with axes, ticks, grid and legend. The
// colours are ones that colour-blind readers can tell apart (Okabe, Ito 2008).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "data/draw/svg.h"

namespace data {

struct Series {
  std::string name;
  std::vector<double> x;  ///< as many as y
  std::vector<double> y;
  /// y before it was smoothed, drawn paler and below all lines; empty: nothing was smoothed.
  std::vector<double> raw = {};
};

/// A range on the x axis, shaded if every second, with its name at the top.
struct Band {
  std::string name;
  double from = 0;
  double to = 0;
};

struct PlotStyle {
  std::string title;
  std::string x_label = "step";
  std::string y_label;  ///< stands above the axis, horizontally
  bool log_y = false;
  bool zero_line = false;  ///< a line at y = 0, which is then inside the axes; not for log_y
  std::vector<Band> bands;
  double width = 960;
  double height = 420;
};

/// Up to 8 series. Points that cannot be drawn (not finite, beyond 1e280, not above 0 on a
/// logarithmic axis) interrupt their line, and the legend says how many there were: a run that
/// diverged still gets its plot. Throws nn::Error for no series, more than 8, x, y and raw of
/// different lengths, and sizes below 320 x 200.
Svg line_plot(std::span<const Series> series, const PlotStyle& style);

}  // namespace data
