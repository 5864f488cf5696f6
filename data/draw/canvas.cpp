#include "data/draw/canvas.h"
#include "data/draw/markup.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>

#include "data/measure/slice_check.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::at;
using nn::index;

constexpr index kMaxSide = 32768;

unsigned char mix(unsigned char from, unsigned char to, double share) {
  const double value = (1.0 - share) * static_cast<double>(from) + share * static_cast<double>(to);
  return static_cast<unsigned char>(std::lround(value));
}

Color mix(Color from, Color to, double share) {
  return {mix(from.r, to.r, share), mix(from.g, to.g, share), mix(from.b, to.b, share)};
}

void refuse_nan(const char* where, double u) {
  if (!std::isnan(u)) return;
  throw nn::Error(nn::Fault::input, where, "a value that is not a number",
                  "a shade of grey or colour");
}

Canvas scaled(const char* where, const nn::Tensor& slice, int scale, const auto& color_of) {
  nn::require(scale >= 1, where, "magnification " + std::to_string(scale), "1 or more");
  const index h = slice.shape().h;
  const index w = slice.shape().w;
  Canvas out(w * scale, h * scale, {});
  for (index y = 0; y < h; ++y) {
    for (index x = 0; x < w; ++x) {
      out.fill_rect(x * scale, y * scale, scale, scale, color_of(y * w + x));
    }
  }
  return out;
}

}  // namespace

Canvas::Canvas(index width, index height, Color background) : width_(width), height_(height) {
  nn::require(width >= 1 && height >= 1 && width <= kMaxSide && height <= kMaxSide, "picture",
              std::to_string(width) + " x " + std::to_string(height) + " pixels",
              "sides from 1 to 32768", "choose fewer slices or a smaller magnification");
  rgb_.resize(at(width * height * 3));
  fill_rect(0, 0, width, height, background);
}

Color Canvas::pixel(index x, index y) const {
  nn::require(x >= 0 && y >= 0 && x < width_ && y < height_, "picture",
              "pixel " + std::to_string(x) + ", " + std::to_string(y), "one inside the picture");
  const unsigned char* p = &rgb_[at((y * width_ + x) * 3)];
  return {p[0], p[1], p[2]};
}

void Canvas::fill_rect(index x, index y, index w, index h, Color color) {
  const index right = std::min(x + w, width_);
  const index bottom = std::min(y + h, height_);
  for (index row = std::max<index>(y, 0); row < bottom; ++row) {
    for (index col = std::max<index>(x, 0); col < right; ++col) {
      unsigned char* p = &rgb_[at((row * width_ + col) * 3)];
      p[0] = color.r;
      p[1] = color.g;
      p[2] = color.b;
    }
  }
}

void Canvas::draw_rect(index x, index y, index w, index h, Color color) {
  fill_rect(x, y, w, 1, color);
  fill_rect(x, y + h - 1, w, 1, color);
  fill_rect(x, y, 1, h, color);
  fill_rect(x + w - 1, y, 1, h, color);
}

void Canvas::blend(index x, index y, double alpha, Color color) {
  unsigned char* p = &rgb_[at((y * width_ + x) * 3)];
  const Color mixed = mix({p[0], p[1], p[2]}, color, alpha);
  p[0] = mixed.r;
  p[1] = mixed.g;
  p[2] = mixed.b;
}

void Canvas::draw_line(double x0, double y0, double x1, double y1, double thickness, Color color) {
  nn::require(std::isfinite(x0) && std::isfinite(y0) && std::isfinite(x1) && std::isfinite(y1) &&
                  thickness > 0.0,
              "picture", "a line with ends or thickness that are not finite", "finite numbers");
  const double reach = thickness / 2.0 + 1.0;
  const auto first = [](double v, index side) {
    return static_cast<index>(std::clamp(std::floor(v), 0.0, static_cast<double>(side)));
  };
  const index left = first(std::min(x0, x1) - reach, width_);
  const index right = first(std::max(x0, x1) + reach + 1.0, width_);
  const index top = first(std::min(y0, y1) - reach, height_);
  const index bottom = first(std::max(y0, y1) + reach + 1.0, height_);
  const double dx = x1 - x0;
  const double dy = y1 - y0;
  const double length2 = dx * dx + dy * dy;
  for (index y = top; y < bottom; ++y) {
    for (index x = left; x < right; ++x) {
      const double px = static_cast<double>(x) - x0;
      const double py = static_cast<double>(y) - y0;
      const double along =
          length2 > 0.0 ? std::clamp((px * dx + py * dy) / length2, 0.0, 1.0) : 0.0;
      const double ex = px - along * dx;
      const double ey = py - along * dy;
      // Distance to the edge of the line, taken as the share of the pixel that it covers.
      const double cover = thickness / 2.0 + 0.5 - std::sqrt(ex * ex + ey * ey);
      if (cover > 0.0) blend(x, y, std::min(cover, 1.0), color);
    }
  }
}

void Canvas::draw_ink(index x, index y, const Ink& ink, Color color) {
  x += ink.left;
  y += ink.top;
  for (index row = std::max<index>(0, -y); row < std::min(ink.height, height_ - y); ++row) {
    for (index col = std::max<index>(0, -x); col < std::min(ink.width, width_ - x); ++col) {
      const std::uint8_t cover = ink.cover[at(row * ink.width + col)];
      if (cover > 0) blend(x + col, y + row, cover / 255.0, color);
    }
  }
}

void Canvas::draw_text(index x, index y, std::string_view text, Color color, Font font) {
  draw_ink(x, y, ink_of(text, font), color);
}

void Canvas::draw_outlined(index x, index y, std::string_view text, Color color, Font font) {
  const Ink ink = ink_of(text, font);
  draw_ink(x, y, grown(ink, std::max(1, font.size / 10)), {});
  draw_ink(x, y, ink, color);
}

void Canvas::draw_image(index x, index y, const Canvas& image) {
  const index bottom = std::min(y + image.height_, height_);
  const index right = std::min(x + image.width_, width_);
  for (index row = std::max<index>(y, 0); row < bottom; ++row) {
    for (index col = std::max<index>(x, 0); col < right; ++col) {
      const unsigned char* from = &image.rgb_[at(((row - y) * image.width_ + col - x) * 3)];
      std::copy(from, from + 3, &rgb_[at((row * width_ + col) * 3)]);
    }
  }
}

index Canvas::text_width(std::string_view text, Font font) { return ink_width(text, font); }

index Canvas::text_height(Font font) { return line_height(font); }

Color grey(double u) {
  refuse_nan("grey", u);
  const unsigned char v = mix(0, 255, std::clamp(u, 0.0, 1.0));
  return {v, v, v};
}

Color diverging(double u) {
  refuse_nan("diverging", u);
  // sRGB of five equal steps on the straight lines in CIELAB (D65) from white to L = 32: chroma 54
  // at hue 287 degrees (blue), and chroma 60 at hue 32 degrees (red).
  constexpr std::array<Color, 6> kBlue{{{255, 255, 255},
                                        {213, 215, 236},
                                        {171, 177, 216},
                                        {128, 140, 197},
                                        {81, 105, 177},
                                        {0, 72, 157}}};
  constexpr std::array<Color, 6> kRed{{{255, 255, 255},
                                       {241, 209, 205},
                                       {223, 165, 156},
                                       {202, 121, 111},
                                       {177, 76, 68},
                                       {150, 21, 28}}};
  const auto& side = u < 0.0 ? kBlue : kRed;
  const double position = std::min(std::abs(u), 1.0) * static_cast<double>(side.size() - 1);
  const std::size_t below = std::min(static_cast<std::size_t>(position), side.size() - 2);
  return mix(side[below], side[below + 1], position - static_cast<double>(below));
}

Canvas grey_image(const nn::Tensor& slice, double lo, double hi, int scale) {
  require_slice("grey_image", slice);
  nn::require(std::isfinite(lo) && std::isfinite(hi) && lo < hi, "grey_image",
              "a window from " + fixed(lo, 1) + " to " + fixed(hi, 1),
              "a lower end below the upper end");
  return scaled("grey_image", slice, scale, [&](index i) {
    return grey((static_cast<double>(slice.data()[i]) - lo) / (hi - lo));
  });
}

Canvas difference_image(const nn::Tensor& minuend, const nn::Tensor& subtrahend, double limit,
                        int scale) {
  require_slice("difference_image", minuend);
  require_slice("difference_image", subtrahend);
  require_same_shape("difference_image", minuend, subtrahend);
  nn::require(std::isfinite(limit) && limit > 0.0, "difference_image",
              "an error scale of " + fixed(limit, 1), "a positive number of HU");
  return scaled("difference_image", minuend, scale, [&](index i) {
    const double error =
        static_cast<double>(minuend.data()[i]) - static_cast<double>(subtrahend.data()[i]);
    return diverging(error / limit);
  });
}

std::string fitted(const std::string& text, index width, Font font) {
  if (Canvas::text_width(text, font) <= width) return text;
  std::string cut = text;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; };
  while (!cut.empty() && Canvas::text_width(cut + "\u2026", font) > width) {
    while (cut.size() > 1 && continues(cut.back())) cut.pop_back();
    cut.pop_back();
  }
  return cut + "\u2026";
}

}  // namespace data
