#include "train/report/montage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "data/draw/markup.h"
#include "data/measure/metrics.h"
#include "data/measure/slice_check.h"
#include "data/pictures/picture.h"
#include "nn/core/error.h"

namespace train {
namespace {

using nn::index;
using nn::Tensor;

constexpr data::Color kMuted{160, 163, 170};
constexpr data::Color kFrame{72, 75, 82};

constexpr index kColumns = 4;
// What the numbers and captions need; narrower panels stand in a column of this width.
constexpr index kMinColumn = 224;

/// All lengths of a block in pixels, derived from its panels.
struct Layout {
  Layout(const nn::Shape& slice, int requested_scale) {
    scale = requested_scale > 0 ? requested_scale
                                : static_cast<int>(std::max<index>(1, (255 + slice.w) / slice.w));
    panel_w = slice.w * scale;
    panel_h = slice.h * scale;
    column_w = std::max(panel_w, kMinColumn);
    text = static_cast<int>(std::max<index>(1, (column_w + 64) / 256));
    gap = 10 * text;
    line = data::Canvas::text_height({text, false}) + 3 * text;
    caption_h = 2 * line + 2 * text;
    numbers_h = 17 * line;
    top_h = std::max(panel_h, numbers_h - caption_h);
    block_h = line + 2 * gap + 2 * caption_h + top_h + panel_h + gap;
  }
  index width() const { return kColumns * (column_w + gap) + gap; }

  int scale = 1;  ///< magnification of slices
  int text = 1;   ///< magnification of the font
  index panel_w = 0;
  index panel_h = 0;
  index column_w = 0;
  index gap = 0;
  index line = 0;
  index caption_h = 0;  ///< name and one line of detail above a panel
  index numbers_h = 0;  ///< the numbers and scales in place of a panel with its caption
  index top_h = 0;      ///< upper row of panels
  index block_h = 0;
};

std::string with_sign(double value, int decimals) {
  const std::string text = data::fixed(value, decimals);
  return value > 0.0 ? "+" + text : text;
}

std::string or_dash(const std::optional<double>& value, int decimals) {
  return value ? data::fixed(*value, decimals) : "-";
}

Tensor clamped(const Tensor& slice) {
  Tensor out = slice.clone();
  for (nn::real& v : out.values()) {
    v = std::clamp(v, static_cast<nn::real>(data::kClampLo), static_cast<nn::real>(data::kClampHi));
  }
  return out;
}

class Block {
 public:
  Block(data::Canvas& canvas, const Layout& layout, const MontageStyle& style, index top)
      : canvas_(canvas), at_(layout), style_(style), top_(top) {}

  void draw(const ShownSlice& slice) {
    const Tensor truth = clamped(slice.truth);
    const Tensor prediction = clamped(slice.prediction);
    const Tensor cubic = clamped(slice.cubic);
    const data::SliceMetrics of_network = data::measure(truth, prediction);
    const data::SliceMetrics of_cubic = data::measure(truth, cubic);

    const index title_h = slice.title.empty() ? 0 : at_.line + at_.gap;
    canvas_.draw_text(column(0), top_, data::fitted(slice.title, at_.width() - 2 * at_.gap, bold()),
                      data::kLetters, bold());
    const index upper = top_ + title_h;
    const index lower = upper + at_.caption_h + at_.top_h + at_.gap;
    panel(0, upper, "A", "known slice before", grey_panel(slice.a));
    panel(1, upper, "truth", "measured slice", grey_panel(truth));
    panel(2, upper, "C", "known slice after", grey_panel(slice.c));
    numbers(upper, of_cubic, of_network);
    panel(0, lower, "cubic", psnr_text(of_cubic), grey_panel(cubic));
    panel(1, lower, style_.prediction_name, psnr_text(of_network), grey_panel(prediction));
    panel(2, lower, "cubic - truth", error_text(of_cubic), error_panel(cubic, truth));
    panel(3, lower, style_.prediction_name + " - truth", error_text(of_network),
          error_panel(prediction, truth));
  }

 private:
  data::Font plain() const { return {at_.text, false}; }
  data::Font bold() const { return {at_.text, true}; }
  index column(index i) const { return at_.gap + i * (at_.column_w + at_.gap); }

  data::Canvas grey_panel(const Tensor& slice) const {
    return data::grey_image(clamped(slice), style_.lo, style_.hi, at_.scale);
  }
  data::Canvas error_panel(const Tensor& slice, const Tensor& truth) const {
    return data::difference_image(slice, truth, style_.error_limit, at_.scale);
  }

  static std::string psnr_text(const data::SliceMetrics& m) {
    return "PSNR " + data::fixed(m.psnr[0], 2) + " dB, soft " + data::fixed(m.psnr[1], 2) + " dB";
  }
  static std::string error_text(const data::SliceMetrics& m) {
    return "mean |error| in body " + or_dash(m.body_absolute.mean(), 1) + " HU";
  }

  void panel(index col, index y, const std::string& name, const std::string& detail,
             const data::Canvas& image) {
    const index x = column(col);
    canvas_.draw_text(x, y, data::fitted(name, at_.column_w, bold()), data::kLetters, bold());
    canvas_.draw_text(x, y + at_.line, data::fitted(detail, at_.column_w, plain()), kMuted,
                      plain());
    canvas_.draw_image(x, y + at_.caption_h, image);
    canvas_.draw_rect(x, y + at_.caption_h, image.width(), image.height(), kFrame);
  }

  void right_aligned(index right, index y, const std::string& text, data::Color color,
                     data::Font font) {
    canvas_.draw_text(right - data::Canvas::text_width(text, font), y, text, color, font);
  }

  /// The upper right cell: both methods in numbers, then the two scales.
  void numbers(index y, const data::SliceMetrics& cubic, const data::SliceMetrics& network) {
    const index x = column(3);
    const index right_cubic = x + at_.column_w * 60 / 100;
    const index right_network = x + at_.column_w;
    right_aligned(right_cubic, y, "cubic", kMuted, plain());
    right_aligned(right_network, y,
                  data::fitted(style_.prediction_name, at_.column_w * 38 / 100, plain()), kMuted,
                  plain());
    y += at_.line;
    const auto row = [&](const std::string& name, double a, double b, bool more_is_better,
                         int decimals) {
      canvas_.draw_text(x, y, name, kMuted, plain());
      // The better one is bold, by the digits that are shown.
      const std::string text_a = data::fixed(a, decimals);
      const std::string text_b = data::fixed(b, decimals);
      const bool b_wins = text_a != text_b && (b > a) == more_is_better;
      const bool a_wins = text_a != text_b && !b_wins;
      right_aligned(right_cubic, y, text_a, a_wins ? data::kLetters : kMuted, {at_.text, a_wins});
      right_aligned(right_network, y, text_b, b_wins ? data::kLetters : kMuted, {at_.text, b_wins});
      y += at_.line;
    };
    for (std::size_t i = 0; i < data::kWindowCount; ++i) {
      row("PSNR " + std::string(data::kWindows[i].name), cubic.psnr[i], network.psnr[i], true, 2);
    }
    for (std::size_t i = 0; i < data::kWindowCount; ++i) {
      row("SSIM " + std::string(data::kWindows[i].name), cubic.ssim[i], network.ssim[i], true, 4);
    }
    const std::optional<double> a = cubic.body_absolute.mean();
    const std::optional<double> b = network.body_absolute.mean();
    if (a && b) row("MAE body", *a, *b, false, 1);

    y += at_.line / 2;
    scale_bar(x, y, "error in HU, red: too high", -style_.error_limit, style_.error_limit, true,
              [](double u) { return data::diverging(2.0 * u - 1.0); });
    y += 3 * at_.line + at_.line / 2;
    scale_bar(x, y, "grey in HU", style_.lo, style_.hi, false,
              [](double u) { return data::grey(u); });
  }

  template <class ColorOf>
  void scale_bar(index x, index y, const std::string& name, double lo, double hi, bool sign,
                 const ColorOf& color_of) {
    canvas_.draw_text(x, y, data::fitted(name, at_.column_w, plain()), kMuted, plain());
    y += at_.line;
    const index bar_h = 10 * at_.text;
    for (index i = 0; i < at_.column_w; ++i) {
      const double u = static_cast<double>(i) / static_cast<double>(at_.column_w - 1);
      canvas_.fill_rect(x + i, y, 1, bar_h, color_of(u));
    }
    canvas_.draw_rect(x, y, at_.column_w, bar_h, kFrame);
    constexpr index kTicks = 5;
    for (index k = 0; k < kTicks; ++k) {
      const double u = static_cast<double>(k) / static_cast<double>(kTicks - 1);
      const double value = lo + u * (hi - lo);
      const int decimals = hi - lo < 8.0 ? 1 : 0;
      const std::string label = sign ? with_sign(value, decimals) : data::fixed(value, decimals);
      const index tick = x + k * (at_.column_w - 1) / (kTicks - 1);
      canvas_.fill_rect(tick, y + bar_h, at_.text, 3 * at_.text, kMuted);
      const index width = data::Canvas::text_width(label, plain());
      const index left = std::max(x, std::min(tick - width / 2, x + at_.column_w - width));
      canvas_.draw_text(left, y + bar_h + 4 * at_.text, label, kMuted, plain());
    }
  }

  data::Canvas& canvas_;
  const Layout& at_;
  const MontageStyle& style_;
  index top_;
};

}  // namespace

data::Canvas montage(std::span<const ShownSlice> slices, const MontageStyle& style) {
  nn::require(!slices.empty(), "montage", "no slices", "at least one");
  for (const ShownSlice& slice : slices) {
    for (const Tensor* t : {&slice.a, &slice.c, &slice.truth, &slice.prediction, &slice.cubic}) {
      data::require_slice("montage", *t);
      data::require_same_shape("montage", slice.truth, *t);
    }
  }
  std::vector<Layout> layouts;
  index width = 0;
  index blocks_h = 0;
  for (const ShownSlice& slice : slices) {
    layouts.emplace_back(slice.truth.shape(), style.scale);
    width = std::max(width, layouts.back().width());
    blocks_h += layouts.back().block_h;
  }
  const Layout& first = layouts.front();
  const data::Font heading{first.text + 1, true};
  const index heading_h =
      style.title.empty() ? 0 : data::Canvas::text_height(heading) + first.gap + first.gap / 2;
  data::Canvas canvas(width, first.gap + heading_h + blocks_h, data::kGround);
  canvas.draw_text(first.gap, first.gap, data::fitted(style.title, width - 2 * first.gap, heading),
                   data::kLetters, heading);
  index top = first.gap + heading_h;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    Block(canvas, layouts[i], style, top).draw(slices[i]);
    top += layouts[i].block_h;
  }
  return canvas;
}

MontageFile montage_file(const ScanReport& report) {
  MontageStyle style;
  const bool seen = report.trained_on && report.protocol == data::to_string(data::Protocol::unseen);
  // The name last: what does not fit is cut off at the end.
  style.title = "synthetic slices, for research; protocol " + report.protocol +
                (seen ? " (TRAINED ON)" : "") + "; " + report.scan;
  style.lo = report.hu ? report.window.window.low : data::kWindows[0].lo;
  style.hi = report.hu ? report.window.window.high : data::kWindows[0].hi;
  const data::Canvas drawn = montage(report.shown, style);
  return {drawn.width(), drawn.height(),
          data::encode_png(drawn.width(), drawn.height(), 3, drawn.rgb())};
}

}  // namespace train
