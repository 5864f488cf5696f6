// The letters of OverlayFinder: which pixels of a stack are strokes of text. Only for
// overlay_*.cpp.
#pragma once

#include <cstdint>
#include <vector>

#include "nn/core/real.h"

namespace data {

struct Box {
  nn::index top, left, bottom, right;  // the last two are beyond the end
  nn::index height() const { return bottom - top; }
  nn::index width() const { return right - left; }
};

struct Letter {
  Box box;
  std::vector<nn::index> pixels;
  bool changing = false;
};

/// What the finder has seen, with the size beside it.
struct Seen {
  nn::index h, w;
  const std::vector<std::uint8_t>& low;
  const std::vector<std::uint8_t>& high;

  int range(nn::index i) const {
    return high[static_cast<std::size_t>(i)] - low[static_cast<std::size_t>(i)];
  }
  int least(nn::index i) const { return low[static_cast<std::size_t>(i)]; }
  int most(nn::index i) const { return high[static_cast<std::size_t>(i)]; }
};

/// All letters, by the rules of OverlayFinder. `coloured`: in how many pictures each pixel has a
/// colour; empty if in none.
std::vector<Letter> letters_of(const Seen& s, const std::vector<std::uint32_t>& coloured,
                               nn::index pictures);

/// Boxes around letters that follow each other with at most `spaces` times their height between.
std::vector<Box> lines_of(const std::vector<Letter>& letters, double spaces);

}  // namespace data
