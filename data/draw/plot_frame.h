// Around the data of a plot: legend, title, and the frame that the axes make.
#pragma once

#include <string>
#include <vector>

#include "data/draw/axis.h"
#include "data/draw/plot.h"

namespace data {

/// Where the axes stand in the picture.
struct PlotFrame {
  Axis y_axis;
  double left = 0;
  double right = 0;
  double top = 0;
  double bottom = 0;

  double y(double v) const { return bottom - y_axis.map(v) * (bottom - top); }
};

/// Throws for sizes below 320 x 200, and unless there are 1 to 8 names.
void require_plot(const char* where, const PlotStyle& style, std::size_t names);

/// Draws title, legend and y axis with its grid, and returns what is left for the data. The legend
/// runs above the data, line by line, where it hides nothing.
PlotFrame draw_frame(Svg& svg, const PlotStyle& style, const std::vector<std::string>& names,
                     const Axis& y_axis);

}  // namespace data
