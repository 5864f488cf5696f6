// A picture in memory, 8-bit RGB, and just enough drawing for montages and curves. Writes no files:
// whoever wants a PNG hands rgb() to a writer. Drawing outside of the canvas is cut off, not an
// error. Positions are pixels, (0,0) at the upper left.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/draw/letters.h"
#include "nn/core/tensor.h"

namespace data {

struct Color {
  unsigned char r = 0;
  unsigned char g = 0;
  unsigned char b = 0;
  friend bool operator==(const Color&, const Color&) = default;
};

// Of our pictures: light letters on a dark ground.
inline constexpr Color kGround{20, 21, 24};
inline constexpr Color kLetters{238, 238, 238};

class Canvas {
 public:
  /// Throws nn::Error for sides below 1 or above 32768.
  Canvas(nn::index width, nn::index height, Color background);

  nn::index width() const { return width_; }
  nn::index height() const { return height_; }
  /// width * height * 3 bytes, row by row from the top.
  const std::vector<unsigned char>& rgb() const { return rgb_; }
  /// Throws outside of the canvas.
  Color pixel(nn::index x, nn::index y) const;

  void fill_rect(nn::index x, nn::index y, nn::index w, nn::index h, Color color);
  /// Outline of one pixel inside the given size.
  void draw_rect(nn::index x, nn::index y, nn::index w, nn::index h, Color color);
  /// Smooth line with round ends between the centres of two pixels, which may be fractional.
  void draw_line(double x0, double y0, double x1, double y1, double thickness, Color color);
  /// The line's upper left corner at (x, y). UTF-8, with the letters of ink_of().
  void draw_text(nn::index x, nn::index y, std::string_view text, Color color, Font font = {});
  /// The same on a black outline, legible on any ground.
  void draw_outlined(nn::index x, nn::index y, std::string_view text, Color color, Font font = {});
  void draw_image(nn::index x, nn::index y, const Canvas& image);

  static nn::index text_width(std::string_view text, Font font = {});
  static nn::index text_height(Font font = {});

 private:
  void draw_ink(nn::index x, nn::index y, const Ink& ink, Color color);
  void blend(nn::index x, nn::index y, double alpha, Color color);

  nn::index width_;
  nn::index height_;
  std::vector<unsigned char> rgb_;
};

/// 0 is black, 1 is white; cut off beyond. NaN throws.
Color grey(double u);

/// Blue, white, red for -1, 0, 1; cut off beyond. Anchors equally spaced in CIELAB, so that equal
/// differences look about equal and both signs equally strong. NaN throws.
Color diverging(double u);

/// A slice (1,H,W,1) with lo black and hi white, each pixel `scale` x `scale` large.
Canvas grey_image(const nn::Tensor& slice, double lo, double hi, int scale);

/// minuend - subtrahend with diverging colours, +-limit at the ends.
Canvas difference_image(const nn::Tensor& minuend, const nn::Tensor& subtrahend, double limit,
                        int scale);

/// The text, shortened to end in "…" until it is at most `width` pixels wide.
std::string fitted(const std::string& text, nn::index width, Font font);

}  // namespace data
