#include <algorithm>
#include <cstdlib>

#include "data/overlay.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

constexpr int kStillRange = 12;             // levels that still text may differ by: JPEG
constexpr int kBright = 96;                 // darker text is not looked for
constexpr int kContrast = 60;               // of a stroke to both of its sides
constexpr index kThickest = 6;              // pixels of a stroke
constexpr int kAlwaysDark = 32;             // where a label may stand
constexpr index kMargin = 2;                // softened edges
constexpr index kSmallest = 8;              // pixels of a letter that stands alone
constexpr std::size_t kMostLetters = 2000;  // more are no text, and would take long to compare
constexpr double kMostColour = 0.1;
constexpr double kMostText = 0.2;  // of the picture; more is something else

struct Box {
  index top, left, bottom, right;  // the last two are beyond the end
  index height() const { return bottom - top; }
  index width() const { return right - left; }
};

Box united(const Box& a, const Box& b) {
  return {std::min(a.top, b.top), std::min(a.left, b.left), std::max(a.bottom, b.bottom),
          std::max(a.right, b.right)};
}

index gap(const Box& a, const Box& b) {
  return std::max(a.left, b.left) - std::min(a.right, b.right);
}

/// Rows in common, at least half of the lower one's.
bool same_line(const Box& a, const Box& b) {
  const index common = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  return 2 * common >= std::min(a.height(), b.height());
}

struct Letter {
  Box box;
  std::vector<index> pixels;
  bool changing = false;
};

/// What the finder has seen, with the size beside it.
struct Seen {
  index h, w;
  const std::vector<std::uint8_t>& low;
  const std::vector<std::uint8_t>& high;

  int range(index i) const {
    return high[static_cast<std::size_t>(i)] - low[static_cast<std::size_t>(i)];
  }
  int least(index i) const { return low[static_cast<std::size_t>(i)]; }
  int most(index i) const { return high[static_cast<std::size_t>(i)]; }
};

/// Regions of non-zero pixels that touch, at corners too.
std::vector<Letter> regions(std::vector<std::uint8_t> map, index h, index w) {
  std::vector<Letter> found;
  std::vector<index> stack;
  for (index start = 0; start < h * w; ++start) {
    if (map[static_cast<std::size_t>(start)] == 0) continue;
    Letter letter{{h, w, 0, 0}, {}, false};
    map[static_cast<std::size_t>(start)] = 0;
    stack.push_back(start);
    while (!stack.empty()) {
      const index i = stack.back();
      stack.pop_back();
      letter.pixels.push_back(i);
      const index r = i / w;
      const index c = i % w;
      letter.box = united(letter.box, {r, c, r + 1, c + 1});
      for (index y = std::max<index>(0, r - 1); y <= std::min(h - 1, r + 1); ++y) {
        for (index x = std::max<index>(0, c - 1); x <= std::min(w - 1, c + 1); ++x) {
          std::uint8_t& next = map[static_cast<std::size_t>(y * w + x)];
          if (next == 0) continue;
          next = 0;
          stack.push_back(y * w + x);
        }
      }
    }
    found.push_back(std::move(letter));
  }
  return found;
}

/// Pixels from `i` in one direction to the first that is always darker; beyond kThickest if none.
index to_dark(const Seen& s, index i, index dy, index dx) {
  const index r = i / s.w;
  const index c = i % s.w;
  for (index d = 1; d <= kThickest; ++d) {
    const index y = r + d * dy;
    const index x = c + d * dx;
    if (y < 0 || y >= s.h || x < 0 || x >= s.w) return d;
    if (s.most(y * s.w + x) <= s.least(i) - kContrast) return d;
  }
  return kThickest + 1;
}

bool thin_stroke(const Seen& s, index i) {
  if (s.range(i) > kStillRange || s.least(i) < kBright) return false;
  constexpr index kAcross[4][2] = {{0, 1}, {1, 0}, {1, 1}, {1, -1}};
  return std::any_of(std::begin(kAcross), std::end(kAcross), [&](const index* d) {
    return to_dark(s, i, d[0], d[1]) + to_dark(s, i, -d[0], -d[1]) <= kThickest + 1;
  });
}

/// The rectangle's pixels on its border, `margin` outside of it, as far as they are in the picture.
template <class F>
void for_border(const Seen& s, const Box& b, index margin, const F& f) {
  for (index y = b.top - margin; y < b.bottom + margin; ++y) {
    for (index x = b.left - margin; x < b.right + margin; ++x) {
      const bool border = y == b.top - margin || y == b.bottom + margin - 1 ||
                          x == b.left - margin || x == b.right + margin - 1;
      if (border && y >= 0 && y < s.h && x >= 0 && x < s.w) f(y * s.w + x);
    }
  }
}

/// True where most of what lies 2 pixels around the letter is darker in every picture, or still:
/// a letter ends where it ends in all of them, bone does not.
bool sharp_edges(const Seen& s, const Letter& letter, const std::vector<std::uint8_t>& strokes) {
  index around = 0;
  index good = 0;
  for (const index i : letter.pixels) {
    const index r = i / s.w;
    const index c = i % s.w;
    for_border(s, {r, c, r + 1, c + 1}, 2, [&](index j) {
      if (strokes[static_cast<std::size_t>(j)] != 0) return;
      ++around;
      good += s.most(j) <= s.least(i) - kContrast || s.range(j) <= kStillRange ? 1 : 0;
    });
  }
  return 10 * good >= 9 * around;
}

/// Removes specks that have no larger letter near them: dots and colons stay.
void drop_lone_specks(std::vector<Letter>& letters) {
  std::vector<Box> large;
  for (const Letter& l : letters) {
    if (static_cast<index>(l.pixels.size()) >= kSmallest) large.push_back(l.box);
  }
  std::erase_if(letters, [&](const Letter& l) {
    if (l.changing || static_cast<index>(l.pixels.size()) >= kSmallest) return false;
    return std::none_of(large.begin(), large.end(), [&](const Box& b) {
      return gap(l.box, b) <= b.height() && l.box.top < b.bottom + 3 && l.box.bottom > b.top - 3;
    });
  });
}

std::vector<Letter> still_letters(const Seen& s) {
  std::vector<std::uint8_t> strokes(s.low.size());
  for (index i = 0; i < s.h * s.w; ++i) {
    strokes[static_cast<std::size_t>(i)] = thin_stroke(s, i) ? 1 : 0;
  }
  std::vector<Letter> letters = regions(strokes, s.h, s.w);
  std::erase_if(letters, [&](const Letter& l) { return !sharp_edges(s, l, strokes); });
  if (letters.size() > kMostLetters) return {};
  return letters;
}

/// Letters that follow each other with at most `spaces` times their height between them.
std::vector<Box> lines_of(const std::vector<Letter>& letters, double spaces) {
  std::vector<Box> lines;
  lines.reserve(letters.size());
  for (const Letter& l : letters) lines.push_back(l.box);
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      for (std::size_t j = lines.size(); j-- > i + 1;) {
        const auto height = static_cast<double>(std::max(lines[i].height(), lines[j].height()));
        if (!same_line(lines[i], lines[j])) continue;
        if (static_cast<double>(gap(lines[i], lines[j])) > spaces * height) continue;
        lines[i] = united(lines[i], lines[j]);
        lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(j));
        again = true;
      }
    }
  }
  return lines;
}

bool beside(const Box& line, const Box& b) {
  return same_line(line, b) && 2 * b.top >= 2 * line.top - line.height() &&
         gap(line, b) <= 3 * line.height();
}

bool above_or_below(const Box& line, const Box& b) {
  const index rows = std::max(line.top, b.top) - std::min(line.bottom, b.bottom);
  return rows <= line.height() && gap(line, b) <= line.height();
}

/// Patches that change, next to text that does not, with nothing that moves around them.
std::vector<Letter> changing_letters(const Seen& s, const std::vector<Letter>& still) {
  std::vector<std::uint8_t> changes(s.low.size());
  for (index i = 0; i < s.h * s.w; ++i) {
    changes[static_cast<std::size_t>(i)] = s.range(i) > kContrast && s.most(i) >= kBright ? 1 : 0;
  }
  std::vector<Box> lines = lines_of(still, 2.5);
  std::erase_if(lines, [](const Box& b) { return b.height() < 5 || b.height() > 64; });
  if (lines.empty()) return {};
  index tallest = 0;
  for (const Box& line : lines) tallest = std::max(tallest, line.height());

  std::vector<Letter> patches = regions(changes, s.h, s.w);
  std::erase_if(patches, [&](const Letter& p) {
    return 5 * p.box.height() > 8 * tallest || p.box.width() > 5 * tallest;
  });
  std::vector<std::uint8_t> small(s.low.size());
  for (const Letter& p : patches) {
    for (const index i : p.pixels) small[static_cast<std::size_t>(i)] = 1;
  }
  std::erase_if(patches, [&](const Letter& p) {
    index around = 0;
    index moving = 0;
    for_border(s, p.box, kMargin, [&](index i) {
      ++around;
      moving += s.range(i) > 2 * kStillRange && small[static_cast<std::size_t>(i)] == 0 ? 1 : 0;
    });
    return 20 * moving > around;
  });

  std::vector<Letter> found;
  for (bool again = true; again && patches.size() <= kMostLetters;) {
    again = false;
    for (std::size_t i = patches.size(); i-- > 0;) {
      const Box b = patches[i].box;
      const auto near = [&](const Box& line) {
        return 5 * b.height() <= 8 * line.height() && (beside(line, b) || above_or_below(line, b));
      };
      const auto line = std::find_if(lines.begin(), lines.end(), near);
      if (line == lines.end()) continue;
      if (beside(*line, b)) {
        *line = united(*line, b);
      } else if (b.height() >= 5) {
        lines.push_back(b);
      }
      patches[i].changing = true;
      found.push_back(std::move(patches[i]));
      patches.erase(patches.begin() + static_cast<std::ptrdiff_t>(i));
      again = true;
    }
  }
  return found;
}

std::vector<Letter> coloured_letters(const Seen& s, const std::vector<std::uint32_t>& coloured,
                                     index count) {
  std::vector<std::uint8_t> map(s.low.size());
  std::transform(coloured.begin(), coloured.end(), map.begin(),
                 [](std::uint32_t n) { return static_cast<std::uint8_t>(n > 0); });
  const auto pixels = static_cast<double>(std::count(map.begin(), map.end(), 1));
  if (pixels > kMostColour * static_cast<double>(map.size())) return {};
  std::vector<Letter> letters = regions(map, s.h, s.w);
  if (letters.size() > kMostLetters) return {};
  for (Letter& l : letters) {
    l.changing = std::any_of(l.pixels.begin(), l.pixels.end(), [&](index i) {
      return coloured[static_cast<std::size_t>(i)] < static_cast<std::uint32_t>(count);
    });
  }
  return letters;
}

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
  std::vector<Letter> letters;
  if (!coloured_.empty()) letters = coloured_letters(seen, coloured_, count_);
  if (count_ >= kLeastForGrey) {
    for (Letter& l : still_letters(seen)) letters.push_back(std::move(l));
    for (Letter& l : changing_letters(seen, letters)) letters.push_back(std::move(l));
    drop_lone_specks(letters);
  }
  if (letters.empty() || letters.size() > 2 * kMostLetters) return nullptr;

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
