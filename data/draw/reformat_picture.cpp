#include "data/draw/reformat_picture.h"

#include <algorithm>
#include <cmath>
#include <vector>

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
constexpr Color kMutedGrey{165, 165, 165};
constexpr Color kBlack{0, 0, 0};
constexpr index kLeastPanel = 150;  // wide enough for its letters and its caption

struct Scan {
  const Volume* volume;
  Placement place;
};

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
    text_ = static_cast<int>(std::max<index>(1, (frame_.width + 64) / 384));
    gap_ = 10 * text_;
    line_ = Canvas::text_height({text_, false}) + 3 * text_;
    column_ = std::max(frame_.width, kLeastPanel);
  }

  index width() const { return gap_ + static_cast<index>(scans_.size()) * (column_ + gap_); }
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

  Canvas draw(double depth, const std::string& heading, const std::vector<std::string>& captions) {
    const auto count = static_cast<index>(scans_.size());
    const index top = gap_ + 3 * line_ + gap_ / 2;
    Canvas canvas(width(), height(), kGreyGround);
    canvas.draw_text(gap_, gap_, fitted(heading, canvas.width() - 2 * gap_, bold()), kLetters,
                     bold());
    for (index i = 0; i < count; ++i) {
      const index x = gap_ + i * (column_ + gap_);
      const Scan& scan = scans_[static_cast<std::size_t>(i)];
      const std::string name = count == 1 ? "scan" : i == 0 ? "before" : "after";
      canvas.draw_text(x, gap_ + line_ + gap_ / 2, name, kLetters, bold());
      canvas.draw_text(x, gap_ + 2 * line_ + gap_ / 2,
                       fitted(captions[static_cast<std::size_t>(i)], column_, plain()), kMutedGrey,
                       plain());
      const index left = x + (column_ - frame_.width) / 2;
      draw_section(canvas, left, top, scan, depth);
      draw_letters(canvas, left, top);
    }
    draw_scale(canvas, gap_ + (column_ - frame_.width) / 2, top);
    canvas.draw_text(gap_, top + frame_.height + gap_,
                     fitted(footer(), canvas.width() - 2 * gap_, plain()), kMutedGrey, plain());
    return canvas;
  }

  std::string caption(const Scan& scan) const {
    std::string text = std::to_string(scan.place.slices()) + " slices";
    if (hu_) text += ", " + fixed(scan.place.step(), 2) + " mm";
    if (scans_.size() == 2 && &scan == &scans_.back()) {
      text += ", " + std::to_string(slices_not_in(first().place, scan.place)) + " synthetic";
    }
    return text;
  }
  std::vector<std::string> captions() const {
    std::vector<std::string> all;
    for (const Scan& s : scans_) all.push_back(caption(s));
    return all;
  }

 private:
  Font plain() const { return {text_, false}; }
  Font bold() const { return {text_, true}; }

  std::string footer() const {
    std::string text = "RESEARCH, not for diagnosis";
    if (hu_) {
      text = "window " + fixed(window_.low, 0) + " to " + fixed(window_.high, 0) + " HU   " + text;
    }
    return text;
  }

  void draw_section(Canvas& canvas, index left, index top, const Scan& scan, double depth) const {
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
        canvas.fill_rect(left + x, top + y, 1, 1, color);
      }
    }
  }

  /// Legible on any tissue.
  void outlined(Canvas& canvas, index x, index y, const std::string& text) const {
    for (const index dx : {-text_, 0, text_}) {
      for (const index dy : {-text_, 0, text_}) {
        canvas.draw_text(x + dx, y + dy, text, kBlack, bold());
      }
    }
    canvas.draw_text(x, y, text, kLetters, bold());
  }

  void draw_letters(Canvas& canvas, index left, index top) const {
    if (!first().place.oriented() || !finest().place.oriented()) return;
    const data::View& view = frame_.view;
    const std::string right = data::direction_letters(view.right);
    const std::string down = data::direction_letters(view.down);
    const std::string up = data::direction_letters(data::times(-1, view.down));
    const index margin = 4 * text_;
    const index tall = Canvas::text_height(bold());
    const auto wide = [&](const std::string& s) { return Canvas::text_width(s, bold()); };
    const index middle_x = left + frame_.width / 2;
    const index middle_y = top + (frame_.height - tall) / 2;
    outlined(canvas, left + margin, middle_y, data::direction_letters(data::times(-1, view.right)));
    outlined(canvas, left + frame_.width - margin - wide(right), middle_y, right);
    outlined(canvas, middle_x - wide(up) / 2, top + margin, up);
    outlined(canvas, middle_x - wide(down) / 2, top + frame_.height - margin - tall, down);
  }

  /// Of the longest round length that takes less than a third of a panel.
  void draw_scale(Canvas& canvas, index left, index top) const {
    if (!hu_) return;  // pictures know no millimetres
    double mm = 0;
    for (const double length : {1, 2, 5, 10, 20, 50, 100, 200}) {
      if (length / frame_.pixel < static_cast<double>(frame_.width) / 3) mm = length;
    }
    if (mm == 0) return;
    const auto width = static_cast<index>(std::lround(mm / frame_.pixel));
    const index margin = 6 * text_;
    const index y = top + frame_.height - margin - 3 * text_;
    canvas.fill_rect(left + margin - text_, y - text_, width + 2 * text_, 5 * text_, kBlack);
    canvas.fill_rect(left + margin, y, width, 3 * text_, kLetters);
    outlined(canvas, left + margin, y - Canvas::text_height(bold()) - text_, fixed(mm, 0) + " mm");
  }

  ReformatOptions options_;
  bool hu_;
  data::Window window_;
  std::vector<Scan> scans_;
  data::Frame own_, frame_;
  int text_ = 1;
  index gap_ = 0, line_ = 0, column_ = 0;
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
  const std::string plane = options.plane == Plane::slices ? "" : to_string(options.plane) + "  ";
  return plane + place_text(drawing, options, depth);
}

bool has_slice_at(const Placement& scan, const Placement& other, index k) {
  const double depth = data::dot(scan.normal(), other.origin(k));
  const index nearest = scan.nearest_slice(depth);
  return nearest >= 0 &&
         std::fabs(scan.depth(nearest) - depth) < 0.01 * std::min(scan.step(), other.step());
}

std::vector<std::uint8_t> levels_of(const Canvas& canvas) {
  std::vector<std::uint8_t> levels;
  for (std::size_t i = 0; i < canvas.rgb().size(); i += 3) levels.push_back(canvas.rgb()[i]);
  return levels;
}

}  // namespace

index slices_not_in(const Placement& scan, const Placement& after) {
  index count = 0;
  for (index k = 0; k < after.slices(); ++k) count += has_slice_at(scan, after, k) ? 0 : 1;
  return count;
}

Canvas reformat_picture(const Volume& scan, const Volume* after, const ReformatOptions& options) {
  nn::require(std::isfinite(options.slab) && options.slab >= 0, "--slab", fixed(options.slab, 1),
              "millimetres above 0");
  Drawing drawing(scan, after, options);
  const double depth = drawing.depth();
  return drawing.draw(depth, heading_of(drawing, options, depth), drawing.captions());
}

void write_slices_gif(data::OutputSet& outputs, const std::string& path, const Volume& scan,
                      const Volume* after, const ReformatOptions& options,
                      const std::function<void(index frames)>& done) {
  ReformatOptions flat = options;
  flat.plane = Plane::slices;
  flat.mip = false;
  Drawing drawing(scan, after, flat);
  const Placement& slices = drawing.finest().place;
  const auto frame = [&](index k) {
    // A hair below, or else rounding would choose between two slices that are equally near.
    const double depth = slices.depth(k) - 1e-4 * slices.step();
    std::vector<std::string> captions = drawing.captions();
    if (after != nullptr) {
      captions.back() =
          has_slice_at(drawing.first().place, slices, k) ? "measured slice" : "SYNTHETIC slice";
    }
    if (done) done(k + 1);
    return drawing.draw(depth, heading_of(drawing, flat, depth), captions);
  };
  constexpr int kDelay = 8;
  data::write_gif(
      outputs, path, slices.slices(), [&](index k) { return levels_of(frame(k)); }, drawing.width(),
      drawing.height(), kDelay);
}

}  // namespace data
