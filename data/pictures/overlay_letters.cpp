#include <algorithm>

#include "data/pictures/overlay.h"
#include "data/pictures/overlay_letters.h"

namespace data {
namespace {

using nn::index;

constexpr int kStillRange = 12;             // levels that still text may differ by: JPEG
constexpr int kBright = 96;                 // darker text is not looked for
constexpr int kContrast = 60;               // of a stroke to both of its sides
constexpr index kThickest = 6;              // pixels of a stroke
constexpr index kSmallest = 8;              // pixels of a letter that stands alone
constexpr std::size_t kMostLetters = 2000;  // more are no text, and would take long to compare
constexpr double kMostColour = 0.1;         // of the picture

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
    for_border(s, p.box, 2, [&](index i) {
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

}  // namespace

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

std::vector<Letter> letters_of(const Seen& s, const std::vector<std::uint32_t>& coloured,
                               index pictures) {
  std::vector<Letter> letters;
  if (!coloured.empty()) letters = coloured_letters(s, coloured, pictures);
  if (pictures < OverlayFinder::kLeastForGrey) return letters;
  for (Letter& l : still_letters(s)) letters.push_back(std::move(l));
  for (Letter& l : changing_letters(s, letters)) letters.push_back(std::move(l));
  drop_lone_specks(letters);
  if (letters.size() > 2 * kMostLetters) letters.clear();
  return letters;
}

}  // namespace data
