#include "data/draw/reformat_picture.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "data/draw/marks.h"
#include "data/draw/markup.h"
#include "data/pictures/pictures.h"
#include "nn/core/error.h"

namespace data {
namespace {

using data::Placement;
using data::Plane;
using data::Volume;
using nn::index;

// Greys only, so that an animation shows the same.
constexpr Color kGreyGround{24, 24, 24};
constexpr Color kNothing{40, 40, 40};  // where the scan does not reach, unlike its black air
constexpr Color kMutedGrey{175, 175, 175};
constexpr index kLeastPanel = 220;  // wide enough for its letters and its caption
constexpr index kColorBar = 12;

struct Scan {
  const Volume* volume;
  Placement place;
};

/// "SYNTHETIC, t = 0.50, model"
std::string note_text(const SliceNote& note) {
  if (note.kind == SliceNote::Kind::measured) return "";
  if (note.kind == SliceNote::Kind::unknown) return "measured or synthetic: unknown";
  std::string text = "SYNTHETIC";
  if (note.t) text += ", t = " + fixed(*note.t, 2);
  return note.method.empty() ? text : text + ", " + note.method;
}

/// "11 SYNTHETIC (model)" of all slices.
std::string made_of(const std::vector<SliceNote>& notes) {
  std::set<std::string> methods;
  index synthetic = 0;
  index unknown = 0;
  for (const SliceNote& n : notes) {
    unknown += n.kind == SliceNote::Kind::unknown ? 1 : 0;
    if (n.kind != SliceNote::Kind::synthetic) continue;
    ++synthetic;
    if (!n.method.empty()) methods.insert(n.method);
  }
  if (unknown > 0) return "some SYNTHETIC";
  if (synthetic == 0) return "";
  std::string by;
  for (const std::string& m : methods) by += (by.empty() ? " (" : ", ") + m;
  return std::to_string(synthetic) + " SYNTHETIC" + (by.empty() ? "" : by + ")");
}

/// Everything that the frames of one picture or animation share.
class Drawing {
 public:
  Drawing(const Volume& scan, const Volume* after, const ReformatOptions& options)
      : options_(options), hu_(scan.unit == data::Unit::hu) {
    scans_.push_back({&scan, Placement(scan)});
    if (after != nullptr) {
      nn::require(after->unit == scan.unit, after->source, data::to_string(after->unit),
                  data::to_string(scan.unit) + " as in " + scan.source);
      scans_.push_back({after, Placement(*after)});
    }
    window_ = data::shown_window(scan, options.window);
    nn::require(
        std::isfinite(window_.low) && std::isfinite(window_.high) && window_.low < window_.high,
        "window", fixed(window_.low, 1) + " to " + fixed(window_.high, 1),
        "a lower end below the upper end");
    std::vector<Placement> places;
    for (const Scan& s : scans_) places.push_back(s.place);
    const data::View view = data::view_of(options.plane, finest().place);
    own_ = data::frame_around(view, {places.front()}, options.size);
    frame_ = data::frame_around(view, places, options.size);
    nn::require(options.notes.empty() || std::ssize(options.notes) == finest().place.slices(),
                "reformat", std::to_string(options.notes.size()) + " notes of slices",
                std::to_string(finest().place.slices()));
    size_ = static_cast<int>(std::clamp<index>(10 + frame_.width / 128, 12, 40));
    gap_ = size_;
    line_ = Canvas::text_height(plain()) + size_ / 4;
    column_ = std::max(frame_.width, kLeastPanel);
    if (hu_) labels_ = kColorBar + color_bar_labels(frame_.height, color_bar(), plain()) + gap_;
  }

  index width() const {
    return gap_ + static_cast<index>(scans_.size()) * (column_ + gap_) + labels_;
  }
  index height() const { return 4 * line_ + 3 * gap_ + gap_ / 2 + frame_.height; }
  const Scan& finest() const { return scans_.back(); }
  const Scan& first() const { return scans_.front(); }

  double depth() const {
    const double middle = (own_.first_depth + own_.last_depth) / 2;
    const double at = options_.at.value_or(middle);
    nn::require(at >= frame_.first_depth && at <= frame_.last_depth, "--at", fixed(at, 1) + " mm",
                fixed(frame_.first_depth, 1) + " to " + fixed(frame_.last_depth, 1) + " mm",
                "that is what the scan covers");
    return at;
  }

  Canvas draw(double depth, const std::string& heading) {
    const auto count = static_cast<index>(scans_.size());
    const index top = gap_ + 3 * line_ + gap_ / 2;
    Canvas canvas(width(), height(), kGreyGround);
    write(canvas, gap_, gap_, heading, canvas.width() - 2 * gap_, kLetters, bold());
    const index inset = (column_ - frame_.width) / 2;
    for (index i = 0; i < count; ++i) {
      const index x = gap_ + i * (column_ + gap_);
      const Scan& scan = scans_[static_cast<std::size_t>(i)];
      const std::string name = count == 1 ? "scan" : i == 0 ? "before" : "after";
      const index y = gap_ + line_ + gap_ / 2;
      write(canvas, x, y, name, column_, kLetters, bold());
      write(canvas, x, y + line_, caption(scan), column_, kMutedGrey, plain());
      const Panel panel{x + inset, top, frame_.width, frame_.height};
      draw_section(canvas, panel, scan, depth);
      draw_labels(canvas, panel, scan, depth);
    }
    if (hu_) {
      const index x = gap_ + count * (column_ + gap_);
      write(canvas, x, top - line_, "HU", labels_, kMutedGrey, plain());
      draw_color_bar(canvas, {x, top + 1, kColorBar, frame_.height - 2}, color_bar(), kMutedGrey,
                     plain());
    }
    write(canvas, gap_, top + frame_.height + gap_, footer(), canvas.width() - 2 * gap_, kMutedGrey,
          plain());
    return canvas;
  }

 private:
  Font plain() const { return {size_, false}; }
  Font bold() const { return {size_, true}; }
  ColorBar color_bar() const { return {window_.low, window_.high}; }

  static void write(Canvas& canvas, index x, index y, const std::string& text, index width,
                    Color color, Font font) {
    canvas.draw_text(x, y, fitted(text, width, font), color, font);
  }

  std::string caption(const Scan& scan) const {
    std::string text = std::to_string(scan.place.slices()) + " slices";
    if (hu_) text += ", " + fixed(scan.place.step(), 2) + " mm";
    const std::string made = &scan == &scans_.back() ? made_of(options_.notes) : "";
    return made.empty() ? text : text + ", " + made;
  }

  std::string footer() const {
    const std::string use = "RESEARCH, not for diagnosis";
    return hu_ ? window_text(window_.low, window_.high) + "   " + use : use;
  }

  void draw_section(Canvas& canvas, const Panel& panel, const Scan& scan, double depth) const {
    double slab = 0;
    double centre = depth;
    if (options_.mip) {
      slab = options_.slab > 0 ? options_.slab : frame_.last_depth - frame_.first_depth;
      if (options_.slab == 0) centre = (frame_.first_depth + frame_.last_depth) / 2;
    }
    const data::Section s = data::section(*scan.volume, scan.place, frame_, centre, slab);
    for (index y = 0; y < s.height; ++y) {
      for (index x = 0; x < s.width; ++x) {
        const auto v = static_cast<double>(s.values[static_cast<std::size_t>(y * s.width + x)]);
        const Color color =
            std::isnan(v) ? kNothing : grey((v - window_.low) / (window_.high - window_.low));
        canvas.fill_rect(panel.x + x, panel.y + y, 1, 1, color);
      }
    }
  }

  void draw_labels(Canvas& canvas, const Panel& panel, const Scan& scan, double depth) const {
    // Pictures know neither sides nor millimetres.
    if (first().place.oriented() && finest().place.oriented()) {
      draw_sides(canvas, panel, sides_of(frame_.view.right, frame_.view.down), bold());
    }
    if (hu_) draw_scale_bar(canvas, panel, frame_.pixel, bold());
    const index k = scan.place.nearest_slice(depth);
    if (&scan != &scans_.back() || options_.plane != Plane::slices || options_.mip || k < 0 ||
        options_.notes.empty()) {
      return;
    }
    const std::string label = note_text(options_.notes[static_cast<std::size_t>(k)]);
    const index margin = size_ / 3;
    canvas.draw_outlined(panel.x + margin, panel.y + margin + line_,
                         fitted(label, panel.width - 2 * margin, bold()), kLetters, bold());
  }

  ReformatOptions options_;
  bool hu_;
  data::Window window_;
  std::vector<Scan> scans_;
  data::Frame own_, frame_;
  int size_ = 12;  ///< of letters
  index gap_ = 0, line_ = 0, column_ = 0, labels_ = 0;
};

/// "A +12.5 mm", "slice 3 of 20".
std::string place_text(const Drawing& drawing, const ReformatOptions& options, double depth) {
  if (options.mip && options.slab == 0) return "maximum intensity projection";
  std::string text;
  if (options.plane == Plane::slices) {
    const index k = drawing.finest().place.nearest_slice(depth);
    text =
        "slice " + std::to_string(k + 1) + " of " + std::to_string(drawing.finest().place.slices());
  } else {
    const data::View view = data::view_of(options.plane, drawing.finest().place);
    // Not "P 0.0 mm" for what is shown as zero.
    const data::Point side = depth <= -0.05 ? data::times(-1, view.depth) : view.depth;
    text = data::direction_letters(side) + " " + fixed(std::fabs(depth), 1) + " mm";
  }
  if (options.mip) text = "maximum over " + fixed(options.slab, 0) + " mm around " + text;
  return text;
}

std::string heading_of(const Drawing& drawing, const ReformatOptions& options, double depth) {
  const std::string plane = options.plane == Plane::slices ? "" : to_string(options.plane) + ", ";
  return plane + place_text(drawing, options, depth);
}

std::vector<std::uint8_t> levels_of(const Canvas& canvas) {
  std::vector<std::uint8_t> levels;
  for (std::size_t i = 0; i < canvas.rgb().size(); i += 3) levels.push_back(canvas.rgb()[i]);
  return levels;
}

}  // namespace

std::vector<SliceNote> notes_of(const Volume& scan) {
  std::vector<SliceNote> notes;
  for (index k = 0; k < scan.slices(); ++k) {
    const SliceOrigin o = scan.origin(k);
    notes.push_back(o.synthetic() ? SliceNote{SliceNote::Kind::synthetic, o.t, o.method}
                                  : SliceNote{});
  }
  return notes;
}

Canvas reformat_picture(const Volume& scan, const Volume* after, const ReformatOptions& options) {
  nn::require(std::isfinite(options.slab) && options.slab >= 0, "--slab", fixed(options.slab, 1),
              "millimetres above 0");
  Drawing drawing(scan, after, options);
  const double depth = drawing.depth();
  return drawing.draw(depth, heading_of(drawing, options, depth));
}

void write_slices_gif(data::OutputSet& outputs, const std::string& path, const Volume& scan,
                      const Volume* after, const ReformatOptions& options, index per_second,
                      const std::function<void(index frames)>& done) {
  nn::require(per_second >= 1 && per_second <= 50, "--fps", std::to_string(per_second), "1 to 50");
  ReformatOptions flat = options;
  flat.plane = Plane::slices;
  flat.mip = false;
  Drawing drawing(scan, after, flat);
  const Placement& slices = drawing.finest().place;
  const auto frame = [&](index k) {
    // A hair below, or else rounding would choose between two slices that are equally near.
    const double depth = slices.depth(k) - 1e-4 * slices.step();
    if (done) done(k + 1);
    return drawing.draw(depth, heading_of(drawing, flat, depth));
  };
  data::write_gif(
      outputs, path, slices.slices(), [&](index k) { return levels_of(frame(k)); }, drawing.width(),
      drawing.height(), static_cast<int>((100 + per_second / 2) / per_second));
}

}  // namespace data
