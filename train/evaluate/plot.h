// Line plots, for loss curves: a few named series over steps, with axes, ticks, grid and legend.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "nn/core/real.h"
#include "train/evaluate/canvas.h"

namespace train {

struct Series {
  std::string name;
  std::vector<double> x;  ///< as many as y
  std::vector<double> y;
};

struct PlotStyle {
  std::string title;
  std::string x_label = "step";
  std::string y_label;  ///< stands above the axis, horizontally
  bool log_y = false;
  nn::index width = 960;
  nn::index height = 540;
};

/// Up to 8 series in colours that colour-blind readers can tell apart (Okabe, Ito 2008). Points
/// that cannot be drawn (not finite, beyond 1e280, not above 0 on a logarithmic axis) interrupt
/// their line, and the legend says how many there were: a run that diverged still gets its plot.
/// Throws nn::Error for no series, more than 8, x and y of different lengths, and sizes below 320 x
/// 200.
Canvas line_plot(std::span<const Series> series, const PlotStyle& style);

}  // namespace train
