#include "data/pictures/overlay.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <map>
#include <utility>

#include "data/pictures/font_7x13.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::index;

constexpr nn::real kBlack = 0;
constexpr nn::real kWhite = 255;

struct Place {
  index row = 0;
  index column = 0;
};

/// Sums of `bad` over rectangles in constant time: sums[r][c] is over the r rows and c columns at
/// the upper left.
std::vector<index> corner_sums(const std::vector<std::uint8_t>& bad, index h, index w) {
  std::vector<index> sums(static_cast<std::size_t>((h + 1) * (w + 1)));
  const auto at = [&](index r, index c) -> index& {
    return sums[static_cast<std::size_t>(r * (w + 1) + c)];
  };
  for (index r = 0; r < h; ++r) {
    for (index c = 0; c < w; ++c) {
      at(r + 1, c + 1) =
          bad[static_cast<std::size_t>(r * w + c)] + at(r, c + 1) + at(r + 1, c) - at(r, c);
    }
  }
  return sums;
}

/// Where a label of that size does no harm, as near as possible to where the changing text was.
Place label_place(const Overlay& o, index label_height, index label_width) {
  const index rows = o.height - label_height + 1;
  const index columns = o.width - label_width + 1;
  Place best{std::clamp<index>(o.first_changing[0], 0, std::max<index>(0, rows - 1)),
             std::clamp<index>(o.first_changing[1], 0, std::max<index>(0, columns - 1))};
  std::vector<std::uint8_t> bad(o.kind.size());
  std::transform(o.kind.begin(), o.kind.end(), bad.begin(), [](std::uint8_t k) {
    return static_cast<std::uint8_t>(k == Overlay::kFree || k == Overlay::kStill);
  });
  const std::vector<index> sums = corner_sums(bad, o.height, o.width);
  const auto sum = [&](index r, index c) {
    return sums[static_cast<std::size_t>(r * (o.width + 1) + c)];
  };
  index nearest = std::numeric_limits<index>::max();
  for (index r = 0; r < rows; ++r) {
    for (index c = 0; c < columns; ++c) {
      const index covered = sum(r + label_height, c + label_width) - sum(r, c + label_width) -
                            sum(r + label_height, c) + sum(r, c);
      const index distance = std::abs(r - o.first_changing[0]) + std::abs(c - o.first_changing[1]);
      if (covered > 0 || distance >= nearest) continue;
      nearest = distance;
      best = {r, c};
    }
  }
  return best;
}

/// White on black; what does not fit into the slice is cut off.
void draw_label(nn::Tensor& slice, Place place, const std::string& text) {
  const index h = slice.shape().h;
  const index w = slice.shape().w;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto& glyph = font::kRegular[static_cast<std::size_t>(text[i] - ' ')];
    for (index row = 0; row < font::kHeight; ++row) {
      for (index col = 0; col < font::kWidth; ++col) {
        const index y = place.row + row;
        const index x = place.column + static_cast<index>(i) * font::kWidth + col;
        if (y >= h || x >= w) continue;
        const unsigned bits = glyph[static_cast<std::size_t>(row)];
        const bool ink = ((bits >> static_cast<unsigned>(font::kWidth - 1 - col)) & 1U) != 0;
        slice.data()[y * w + x] = ink ? kWhite : kBlack;
      }
    }
  }
}

void require_size(const Overlay& o, const nn::Tensor& slice) {
  const nn::Shape expected{1, o.height, o.width, 1};
  if (slice.shape() != expected) {
    throw nn::Error(nn::Fault::job, "Overlay", nn::to_string(slice.shape()),
                    nn::to_string(expected));
  }
}

}  // namespace

std::vector<std::uint8_t> Overlay::mask() const {
  std::vector<std::uint8_t> m(kind.size());
  for (std::size_t i = 0; i < kind.size(); ++i) m[i] = text(i) ? 1 : 0;
  return m;
}

void Overlay::hide(nn::Tensor& slice) const {
  require_size(*this, slice);
  for (std::size_t i = 0; i < kind.size(); ++i) {
    if (text(i)) slice.data()[i] = kBlack;
  }
}

void Overlay::restore(nn::Tensor& slice, const nn::Tensor& before, const nn::Tensor& after,
                      double t, index number, index count) const {
  for (const nn::Tensor* s : {&std::as_const(slice), &before, &after}) require_size(*this, *s);
  for (std::size_t i = 0; i < kind.size(); ++i) {
    if (!text(i)) continue;
    const auto a = static_cast<double>(before.data()[i]);
    const auto c = static_cast<double>(after.data()[i]);
    slice.data()[i] = kind[i] == kChanging ? kBlack : static_cast<nn::real>(a + t * (c - a));
  }
  if (changing_words == 0) return;
  const std::string total = std::to_string(count);
  const std::string label = "SYNTHETIC " + std::to_string(number) + "/" + total;
  // As wide as the widest label, so that all stand in one place.
  const auto widest =
      static_cast<index>(label.size() - std::to_string(number).size() + total.size());
  draw_label(slice, label_place(*this, font::kHeight, widest * font::kWidth), label);
}

std::string text_found(const Overlay& o) {
  const auto words = [](index n) { return std::to_string(n) + (n == 1 ? " word" : " words"); };
  return "burned-in text found (" + words(o.still_words) + " that stay and " +
         words(o.changing_words) +
         " that change): kept out of training and metrics, and copied to outputs; a patient's name "
         "may be in it";
}

void restore_overlay(Volume& scan) {
  if (!scan.overlay) return;
  std::map<index, index> place;  // of each real slice, by its number in the scan as it was read
  for (index k = 0; k < scan.slices(); ++k) {
    const SliceOrigin& origin = scan.origins.at(static_cast<std::size_t>(k));
    if (!origin.synthetic()) place[origin.before] = k;
  }
  for (index k = 0; k < scan.slices(); ++k) {
    const SliceOrigin& origin = scan.origins[static_cast<std::size_t>(k)];
    if (!origin.synthetic()) continue;
    nn::Tensor slice = scan.slice(k);
    scan.overlay->restore(slice, scan.slice(place.at(origin.before)),
                          scan.slice(place.at(origin.after)), origin.t, k + 1, scan.slices());
    scan.set_slice(k, slice);
  }
}

}  // namespace data
