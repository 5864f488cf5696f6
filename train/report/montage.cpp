#include "train/report/montage.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "data/draw/marks.h"
#include "data/draw/markup.h"
#include "data/measure/metrics.h"
#include "data/measure/slice_check.h"
#include "data/pictures/picture.h"
#include "nn/core/error.h"

namespace train {
namespace {

using nn::index;
using nn::Tensor;

constexpr data::Color kMuted{170, 173, 180};
constexpr data::Color kFrame{72, 75, 82};
constexpr data::Color kSynthetic{255, 190, 80};  // amber: no colour of an error map

constexpr index kMinColumn = 236;      // for the captions; narrower panels stand in such a column
constexpr index kLeastForMarks = 112;  // smaller panels would be hidden by their marks
constexpr index kColorBar = 14;

/// All lengths of a block in pixels, derived from its panels. Three columns of panels in three
/// rows, and at the right what they mean.
struct Layout {
  Layout(const nn::Shape& slice, int requested_scale) {
    scale = requested_scale > 0 ? requested_scale
                                : static_cast<int>(std::max<index>(1, (255 + slice.w) / slice.w));
    panel_w = slice.w * scale;
    panel_h = slice.h * scale;
    column_w = std::max(panel_w, kMinColumn);
    size = static_cast<int>(std::clamp<index>(10 + column_w / 128, 12, 40));
    gap = size;
    line = data::line_height({size, false}) + size / 4;
    caption_h = 2 * line + size / 4;
    side_w = 25 * size;
    top_h = std::max(panel_h, 9 * line - caption_h);  // the table of numbers beside it
    bottom_h = std::max(panel_h, 6 * line);           // colour bars beside them
    block_h = line + gap + 3 * caption_h + top_h + 2 * bottom_h + 3 * gap;
  }
  index column(index i) const { return gap + i * (column_w + gap); }
  index width() const { return column(3) + side_w + gap; }

  int scale = 1;  ///< magnification of slices
  int size = 12;  ///< of letters
  index panel_w = 0;
  index panel_h = 0;
  index column_w = 0;
  index side_w = 0;
  index gap = 0;
  index line = 0;
  index caption_h = 0;  ///< name and one line of detail above a panel
  index top_h = 0;      ///< upper row of panels
  index bottom_h = 0;   ///< each of the other two
  index block_h = 0;
};

Tensor clamped(const Tensor& slice) {
  Tensor out = slice.clone();
  for (nn::real& v : out.values()) {
    v = std::clamp(v, static_cast<nn::real>(data::kClampLo), static_cast<nn::real>(data::kClampHi));
  }
  return out;
}

/// A prediction that is compared.
struct Compared {
  std::string name;
  Tensor slice;
  data::SliceMetrics metrics;
};

class Block {
 public:
  Block(data::Canvas& canvas, const Layout& layout, const MontageStyle& style, index top,
        const ShownSlice& slice)
      : canvas_(canvas), at_(layout), style_(style), slice_(slice), top_(top) {
    truth_ = clamped(slice.truth);
    compare("cubic", slice.cubic);
    if (!slice.registered.empty()) compare("registered", slice.registered);
    compare(style.prediction_name, slice.prediction);
  }

  void draw() {
    const index title_h = slice_.title.empty() ? 0 : at_.line + at_.gap / 2;
    write(at_.gap, top_, slice_.title, at_.width() - 2 * at_.gap, data::kLetters, bold());
    const index upper = top_ + title_h;
    const index middle = upper + at_.caption_h + at_.top_h + at_.gap;
    const index lower = middle + at_.caption_h + at_.bottom_h + at_.gap;
    panel(0, upper, "A", "known slice before", grey_panel(slice_.a), Kind::measured);
    panel(1, upper, "truth", "measured, and hidden from all methods", grey_panel(truth_),
          Kind::measured);
    panel(2, upper, "C", "known slice after", grey_panel(slice_.c), Kind::measured);
    numbers(upper);
    index column = 0;
    for (const Compared& c : compared_) {
      panel(column, middle, c.name, psnr_text(c.metrics), grey_panel(c.slice), Kind::synthetic);
      panel(column, lower, c.name + " \u2212 truth", error_text(c.metrics), error_panel(c.slice),
            Kind::error);
      ++column;
    }
    color_bar(middle, style_.unit, {shown(style_.lo), shown(style_.hi)});
    const double limit = style_.error_limit / style_.unit_size;
    color_bar(lower, style_.unit + ", red: too high", {-limit, limit, true});
  }

 private:
  enum class Kind { measured, synthetic, error };

  data::Font plain() const { return {at_.size, false}; }
  data::Font bold() const { return {at_.size, true}; }
  bool hu() const { return style_.unit == "HU"; }
  /// A value in the unit that is written.
  double shown(double value) const { return (value - style_.unit_zero) / style_.unit_size; }

  void compare(const std::string& name, const Tensor& slice) {
    const Tensor made = clamped(slice);
    compared_.push_back({name, made, data::measure(truth_, made)});
  }

  data::Canvas grey_panel(const Tensor& slice) const {
    return data::grey_image(clamped(slice), style_.lo, style_.hi, at_.scale);
  }
  data::Canvas error_panel(const Tensor& slice) const {
    return data::difference_image(slice, truth_, style_.error_limit, at_.scale);
  }

  std::string psnr_text(const data::SliceMetrics& m) const {
    const std::string full = "PSNR " + data::fixed(m.psnr[0], 2) + " dB";
    return hu() ? full + ", soft " + data::fixed(m.psnr[1], 2) + " dB" : full;
  }
  std::string error_text(const data::SliceMetrics& m) const {
    const std::optional<double> mean = m.body_absolute.mean();
    if (!mean) return "no body in this slice";
    return "mean |error| in body " + data::fixed(*mean / style_.unit_size, 1) + " " + style_.unit;
  }

  void write(index x, index y, const std::string& text, index width, data::Color color,
             data::Font font) {
    canvas_.draw_text(x, y, data::fitted(text, width, font), color, font);
  }
  void right_aligned(index right, index y, const std::string& text, data::Color color,
                     data::Font font) {
    canvas_.draw_text(right - data::Canvas::text_width(text, font), y, text, color, font);
  }

  void panel(index col, index y, const std::string& name, const std::string& detail,
             const data::Canvas& image, Kind kind) {
    const index x = at_.column(col);
    const bool marked = std::min(image.width(), image.height()) >= kLeastForMarks;
    const std::string tag = kind == Kind::synthetic ? "SYNTHETIC" : "";
    const std::string named = marked || tag.empty() ? name : name + ", " + tag;
    write(x, y, named, at_.column_w, data::kLetters, bold());
    write(x, y + at_.line, detail, at_.column_w, kMuted, plain());
    const data::Panel place{x, y + at_.caption_h, image.width(), image.height()};
    canvas_.draw_image(place.x, place.y, image);
    canvas_.draw_rect(place.x, place.y, place.width, place.height, kFrame);
    if (kind == Kind::error || !marked) return;
    data::draw_sides(canvas_, place, slice_.place.sides, bold());
    data::draw_scale_bar(canvas_, place, slice_.place.column_mm / at_.scale, bold());
    const index margin = at_.size / 3;
    // In the picture: whoever cuts it out keeps the word.
    canvas_.draw_outlined(place.x + margin, place.y + margin, tag, kSynthetic, bold());
  }

  /// The upper right cell: all methods in numbers, the best of each row in bold.
  void numbers(index y) {
    const index x = at_.column(3);
    const index each = at_.side_w * 24 / 100;
    const auto right_of = [&](std::size_t k) {
      return x + at_.side_w - static_cast<index>(compared_.size() - 1 - k) * each;
    };
    for (std::size_t k = 0; k < compared_.size(); ++k) {
      right_aligned(right_of(k), y, data::fitted(compared_[k].name, each - at_.gap / 2, plain()),
                    kMuted, plain());
    }
    const auto row = [&](const std::string& name, int decimals, bool more, const auto& value_of) {
      y += at_.line;
      write(x, y, name, at_.side_w, kMuted, plain());
      std::vector<std::string> texts;
      double best = 0;
      for (const Compared& c : compared_) {
        const double value = value_of(c.metrics);
        if (texts.empty() || (more ? value > best : value < best)) best = value;
        texts.push_back(data::fixed(value, decimals));
      }
      // By the digits that are shown.
      const std::string winner = data::fixed(best, decimals);
      const bool all = std::count(texts.begin(), texts.end(), winner) == std::ssize(texts);
      for (std::size_t k = 0; k < texts.size(); ++k) {
        const bool wins = texts[k] == winner && !all;
        right_aligned(right_of(k), y, texts[k], wins ? data::kLetters : kMuted, {at_.size, wins});
      }
    };
    const std::size_t windows = hu() ? data::kWindowCount : 1;  // pictures have no tissues
    for (std::size_t i = 0; i < windows; ++i) {
      row("PSNR " + std::string(data::kWindows[i].name), 2, true,
          [i](const data::SliceMetrics& m) { return m.psnr[i]; });
    }
    for (std::size_t i = 0; i < windows; ++i) {
      row("SSIM " + std::string(data::kWindows[i].name), 4, true,
          [i](const data::SliceMetrics& m) { return m.ssim[i]; });
    }
    if (!compared_.front().metrics.body_absolute.mean()) return;
    row("MAE body", 1, false, [&](const data::SliceMetrics& m) {
      return m.body_absolute.mean().value_or(0) / style_.unit_size;
    });
  }

  /// At the right of the row of panels that begins at `y`.
  void color_bar(index y, const std::string& name, const data::ColorBar& scale) {
    const index x = at_.column(3);
    write(x, y + at_.line, name, at_.side_w, kMuted, plain());
    data::draw_color_bar(canvas_, {x + 1, y + at_.caption_h + 1, kColorBar, at_.bottom_h - 2},
                         scale, kMuted, plain());
  }

  data::Canvas& canvas_;
  const Layout& at_;
  const MontageStyle& style_;
  const ShownSlice& slice_;
  index top_;
  Tensor truth_;
  std::vector<Compared> compared_;
};

void require_shown(const ShownSlice& slice) {
  for (const Tensor* t :
       {&slice.a, &slice.c, &slice.truth, &slice.prediction, &slice.cubic, &slice.registered}) {
    if (t == &slice.registered && t->empty()) continue;
    data::require_slice("montage", *t);
    data::require_same_shape("montage", slice.truth, *t);
  }
}

}  // namespace

data::Canvas montage(std::span<const ShownSlice> slices, const MontageStyle& style) {
  nn::require(!slices.empty(), "montage", "no slices", "at least one");
  std::vector<Layout> layouts;
  index width = 0;
  index blocks_h = 0;
  for (const ShownSlice& slice : slices) {
    require_shown(slice);
    layouts.emplace_back(slice.truth.shape(), style.scale);
    width = std::max(width, layouts.back().width());
    blocks_h += layouts.back().block_h;
  }
  const Layout& first = layouts.front();
  const data::Font heading{first.size * 4 / 3, true};
  const data::Font small{first.size, false};
  index top = first.gap;
  const index title_h = style.title.empty() ? 0 : data::line_height(heading) + first.gap / 2;
  const index note_h = style.note.empty() ? 0 : first.line;
  const index heading_h = title_h + note_h + (title_h + note_h > 0 ? first.gap : 0);
  data::Canvas canvas(width, top + heading_h + blocks_h, data::kGround);
  const index most = width - 2 * first.gap;
  canvas.draw_text(first.gap, top, data::fitted(style.title, most, heading), data::kLetters,
                   heading);
  canvas.draw_text(first.gap, top + title_h, data::fitted(style.note, most, small), kMuted, small);
  top += heading_h;
  for (std::size_t i = 0; i < slices.size(); ++i) {
    Block(canvas, layouts[i], style, top, slices[i]).draw();
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
  const std::string factor = std::to_string(report.factor);
  style.note = "factor " + factor + ": one slice of " + factor + " is known";
  style.lo = report.hu ? report.window.window.low : data::kWindows[0].lo;
  style.hi = report.hu ? report.window.window.high : data::kWindows[0].hi;
  if (report.hu) {
    style.note += "; " + data::window_text(style.lo, style.hi);
  } else {
    style.unit = "grey levels";
    style.unit_zero = data::kWindows[0].lo;
    style.unit_size = report.grey_unit;
  }
  const data::Canvas drawn = montage(report.shown, style);
  return {drawn.width(), drawn.height(),
          data::encode_png(drawn.width(), drawn.height(), 3, drawn.rgb())};
}

}  // namespace train
