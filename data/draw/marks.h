// What a picture of a slice carries so that it can be read alone: a scale bar in mm, the sides of
// the patient, and a bar that says which shade is how many HU.
#pragma once

#include <string>

#include "data/draw/canvas.h"
#include "data/volume/sides.h"

namespace data {

/// Where a slice is drawn on a canvas, in pixels.
struct Panel {
  nn::index x = 0;
  nn::index y = 0;
  nn::index width = 0;
  nn::index height = 0;
};

/// The longest of 1, 2, 5, 10, 20, ... 500 mm that takes at most 3 tenths of `width` pixels; 0 if
/// none does, or if `mm_per_pixel` is not above 0.
double scale_bar_length(nn::index width, double mm_per_pixel);

/// A bar of scale_bar_length() at the lower left, with its length in words above it. It is as many
/// pixels long as its length is, rounded. Draws nothing where that is 0.
void draw_scale_bar(Canvas& canvas, const Panel& panel, double mm_per_pixel, Font font);

/// The letters of the patient's sides in the middle of the four edges; none where they are empty.
void draw_sides(Canvas& canvas, const Panel& panel, const Sides& sides, Font font);

/// What colours mean. The bar stands upright, the highest value at the top, with its ticks and
/// their labels at the right.
struct ColorBar {
  double low = 0;
  double high = 1;
  bool differences = false;  ///< colours of diverging(), labels with a sign; else greys
};

/// `bar`: the coloured part alone, with its frame.
void draw_color_bar(Canvas& canvas, const Panel& bar, const ColorBar& scale, Color letters,
                    Font font);

/// Pixels that ticks and labels take at the right of a bar of this height.
nn::index color_bar_labels(nn::index height, const ColorBar& scale, Font font);

/// A whole number with a true minus sign, and "+" before it if `sign`.
std::string typeset(double value, int decimals, bool sign = false);

/// "window −160 to 240 HU"
std::string window_text(double low, double high);

}  // namespace data
