#include "data/draw/svg.h"

#include <algorithm>

#include "data/draw/canvas.h"
#include "data/draw/markup.h"

namespace data {
namespace {

/// Hundredths of a pixel are finer than any screen; no zeros at the end.
std::string number(double v) {
  std::string text = fixed(v, 2);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

std::string attribute(const char* name, double v) {
  return std::string(" ").append(name).append("=\"").append(number(v)).append("\"");
}

std::string classed(std::string_view style) {
  return std::string(" class=\"").append(style).append("\"");
}

}  // namespace

std::string_view plot_css() {
  // Okabe, Ito, "Color Universal Design", 2008, darkened or lightened where a thin line would not
  // show. Lines differ in dashes as well, for print without colour.
  return R"(svg.plot{--paper:#fff;--ink:#1e2024;--muted:#565b63;--grid:#e4e6ea;--axis:#787c84;
--c0:#0072b2;--c1:#c44f00;--c2:#008a63;--c3:#b3558c;--c4:#b87c00;--c5:#3c94c8;
--c6:#000;--c7:#7f770f}
@media screen and (prefers-color-scheme:dark){svg.plot{--paper:#15171a;--ink:#e8e9eb;
--muted:#a9aeb7;--grid:#2c3036;--axis:#7d838c;--c0:#56b4e9;--c1:#f0883e;--c2:#2fc69b;
--c3:#e29ac4;--c4:#e69f00;--c5:#9ad0f2;--c6:#f5f5f5;--c7:#cfc54a}}
.plot text{font:13px system-ui,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;fill:var(--muted)}
.plot .title{font-weight:600;fill:var(--ink)}.plot .name{fill:var(--ink)}
.plot .paper{fill:var(--paper)}.plot .band{fill:#7f8794;fill-opacity:.1}
.plot .grid{stroke:var(--grid)}.plot .axis{stroke:var(--axis)}
.plot polyline{fill:none;stroke-width:1.8;stroke-linejoin:round}
.plot .key{stroke-width:3}
.plot .pale{stroke-width:1;stroke-opacity:.35;fill-opacity:.35}
.plot .s0{stroke:var(--c0)}.plot .s1{stroke:var(--c1);stroke-dasharray:7 3}
.plot .s2{stroke:var(--c2);stroke-dasharray:2 3}.plot .s3{stroke:var(--c3)}
.plot .s4{stroke:var(--c4)}.plot .s5{stroke:var(--c5)}.plot .s6{stroke:var(--c6)}
.plot .s7{stroke:var(--c7)}
.plot .b0{fill:var(--c0)}.plot .b1{fill:var(--c1)}.plot .b2{fill:var(--c2)}.plot .b3{fill:var(--c3)}
.plot .b4{fill:var(--c4)}.plot .b5{fill:var(--c5)}.plot .b6{fill:var(--c6)}.plot .b7{fill:var(--c7)}
.plot .pale{stroke-dasharray:none}
)";
}

Svg::Svg(double width, double height, std::string_view description) {
  head_ = " class=\"plot\" viewBox=\"0 0 " + number(width) + " " + number(height) +
          "\" role=\"img\" aria-label=\"" + escaped(description) + "\">\n";
  rect(0, 0, width, height, "paper");
}

void Svg::rect(double x, double y, double w, double h, std::string_view style) {
  body_ += "<rect" + attribute("x", x) + attribute("y", y) + attribute("width", w) +
           attribute("height", h) + classed(style) + "/>\n";
}

void Svg::line(double x0, double y0, double x1, double y1, std::string_view style) {
  body_ += "<line" + attribute("x1", x0) + attribute("y1", y0) + attribute("x2", x1) +
           attribute("y2", y1) + classed(style) + "/>\n";
}

void Svg::circle(double x, double y, double radius, std::string_view style) {
  body_ += "<circle" + attribute("cx", x) + attribute("cy", y) + attribute("r", radius) +
           classed(style) + "/>\n";
}

void Svg::polyline(const std::vector<std::pair<double, double>>& points, std::string_view style) {
  body_ += "<polyline" + classed(style) + " points=\"";
  for (std::size_t i = 0; i < points.size(); ++i) {
    body_ += (i == 0 ? "" : " ") + number(points[i].first) + "," + number(points[i].second);
  }
  body_ += "\"/>\n";
}

void Svg::text(double x, double y, std::string_view text, std::string_view style, Anchor anchor) {
  const char* side = anchor == Anchor::middle ? "middle" : "end";
  body_ += "<text" + attribute("x", x) + attribute("y", y) + classed(style);
  if (anchor != Anchor::start) body_ += std::string(" text-anchor=\"") + side + "\"";
  body_ += ">" + escaped(text) + "</text>\n";
}

std::string Svg::element() const { return "<svg" + head_ + body_ + "</svg>\n"; }

std::string Svg::file() const {
  return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + head_ + "<style>" + std::string(plot_css()) +
         "</style>\n" + body_ + "</svg>\n";
}

double Svg::text_width(std::string_view text) {
  constexpr double kPerCharacter = 7.0;
  const auto characters = std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  });
  return kPerCharacter * static_cast<double>(characters);
}

}  // namespace data
