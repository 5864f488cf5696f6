// A vector picture as text: just enough of SVG 1.1 for plots. Colours are classes, so that one
// picture is readable on white, on black and on paper; plot_css() says what they mean.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace data {

/// Series have classes s0 .. s7 (lines) and b0 .. b7 (areas).
inline constexpr std::size_t kSeriesColors = 8;

/// Style of all plots; inside a page it stands in the head, once.
std::string_view plot_css();

class Svg {
 public:
  /// `description` is what a screen reader says.
  Svg(double width, double height, std::string_view description);

  void rect(double x, double y, double w, double h, std::string_view style);
  void line(double x0, double y0, double x1, double y1, std::string_view style);
  void circle(double x, double y, double radius, std::string_view style);
  void polyline(const std::vector<std::pair<double, double>>& points, std::string_view style);
  enum class Anchor { start, middle, end };
  /// Base line at y.
  void text(double x, double y, std::string_view text, std::string_view style,
            Anchor anchor = Anchor::start);

  /// An element to stand inside a page.
  std::string element() const;
  /// A file of its own, with its style.
  std::string file() const;

  /// About how wide a text will be: fonts differ, so leave room.
  static double text_width(std::string_view text);

 private:
  std::string head_;
  std::string body_;
};

}  // namespace data
