#include <algorithm>

#include "data/pictures/overlay.h"
#include "data/pictures/overlay_letters.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

constexpr int kAlwaysDark = 32;    // where a label may stand
constexpr index kMargin = 2;       // softened edges
constexpr double kMostText = 0.2;  // of the picture; more is something else

class Painter {
 public:
  Painter(const Seen& seen, Overlay& overlay) : s_(seen), o_(overlay) {}

  void mark(const Box& b, Overlay::Kind kind) {
    for (index y = std::max<index>(0, b.top - kMargin); y < std::min(s_.h, b.bottom + kMargin);
         ++y) {
      for (index x = std::max<index>(0, b.left - kMargin); x < std::min(s_.w, b.right + kMargin);
           ++x) {
        o_.kind[static_cast<std::size_t>(y * s_.w + x)] = kind;
      }
    }
  }

  void letters(const std::vector<Letter>& all) {
    for (const Letter& l : all) {
      for (const index i : l.pixels) {
        const index r = i / s_.w;
        const index c = i % s_.w;
        mark({r, c, r + 1, c + 1}, Overlay::kStill);
      }
    }
  }

  /// Words in which something changes, as whole rectangles.
  void words(const std::vector<Letter>& all) {
    constexpr double kSpace = 0.6;  // of the height; between two words it is more
    for (const Box& word : lines_of(all, kSpace)) {
      const bool changing = std::any_of(all.begin(), all.end(), [&](const Letter& l) {
        return l.changing && l.box.top >= word.top && l.box.left >= word.left &&
               l.box.bottom <= word.bottom && l.box.right <= word.right;
      });
      if (!changing) {
        ++o_.still_words;
        continue;
      }
      mark(word, Overlay::kChanging);
      const std::array<index, 2> at{std::max<index>(0, word.top - kMargin),
                                    std::max<index>(0, word.left - kMargin)};
      if (o_.changing_words++ == 0 || at < o_.first_changing) o_.first_changing = at;
    }
  }

 private:
  const Seen& s_;
  Overlay& o_;
};

}  // namespace

void OverlayFinder::add(const GreyPicture& picture) {
  if (count_ == 0) {
    width_ = picture.width;
    height_ = picture.height;
    low_.assign(picture.values.size(), 255);
    high_.assign(picture.values.size(), 0);
  }
  if (picture.width != width_ || picture.height != height_) {
    throw nn::Error(nn::Fault::job, "OverlayFinder", "pictures of different sizes", "one size");
  }
  ++count_;
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    const auto level =
        static_cast<std::uint8_t>(picture.deep ? picture.values[i] / 257 : picture.values[i]);
    low_[i] = std::min(low_[i], level);
    high_[i] = std::max(high_[i], level);
  }
  if (picture.colourful.empty()) return;
  coloured_.resize(low_.size());
  for (std::size_t i = 0; i < coloured_.size(); ++i) coloured_[i] += picture.colourful[i];
}

std::shared_ptr<const Overlay> OverlayFinder::find() const {
  const Seen seen{height_, width_, low_, high_};
  const std::vector<Letter> letters = letters_of(seen, coloured_, count_);
  if (letters.empty()) return nullptr;
  auto overlay = std::make_shared<Overlay>();
  overlay->width = width_;
  overlay->height = height_;
  overlay->kind.resize(low_.size());
  for (std::size_t i = 0; i < low_.size(); ++i) {
    overlay->kind[i] = high_[i] <= kAlwaysDark ? Overlay::kDark : Overlay::kFree;
  }
  Painter painter(seen, *overlay);
  painter.letters(letters);
  painter.words(letters);
  const std::vector<std::uint8_t> mask = overlay->mask();
  const auto text = static_cast<double>(std::count(mask.begin(), mask.end(), 1));
  if (text > kMostText * static_cast<double>(mask.size())) return nullptr;
  return overlay;
}

}  // namespace data
