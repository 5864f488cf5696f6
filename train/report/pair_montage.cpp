#include "train/report/montage.h"

#include <algorithm>
#include <array>
#include <vector>

#include "data/volume/resample.h"

namespace train {
namespace {

using nn::index;
using nn::Tensor;

constexpr std::array kNames{"input", "output", "truth"};
constexpr index kGap = 8;
constexpr index kMostSide = 512;
constexpr index kLeastColumn = 48;  // room for the names

Tensor shrunk(const Tensor& picture) {
  const nn::Shape& s = picture.shape();
  const index longest = std::max(s.h, s.w);
  if (longest <= kMostSide) return picture;
  return data::resized(picture, std::max<index>(1, s.h * kMostSide / longest),
                       std::max<index>(1, s.w * kMostSide / longest));
}

data::Canvas drawn(const Tensor& picture) {
  const nn::Shape& s = picture.shape();
  const std::vector<std::uint8_t> levels = data::to_grey(picture, {});
  data::Canvas canvas(s.w, s.h, data::kGround);
  for (index y = 0; y < s.h; ++y) {
    for (index x = 0; x < s.w; ++x) {
      const std::uint8_t* p = levels.data() + (y * s.w + x) * s.c;
      canvas.fill_rect(x, y, 1, 1,
                       s.c == 1 ? data::Color{p[0], p[0], p[0]} : data::Color{p[0], p[1], p[2]});
    }
  }
  return canvas;
}

}  // namespace

data::Canvas pair_montage(std::span<const Translation> rows) {
  std::vector<std::array<data::Canvas, 3>> panels;
  index column = kLeastColumn;
  index height = data::Canvas::text_height() + 2 * kGap;
  for (const Translation& t : rows) {
    panels.push_back({drawn(shrunk(t.input)), drawn(shrunk(t.output)), drawn(shrunk(t.truth))});
    column = std::max(column, panels.back()[0].width());
    height += panels.back()[0].height() + kGap;
  }
  data::Canvas canvas(3 * (column + kGap) + kGap, height, data::kGround);
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    const index x = kGap + static_cast<index>(i) * (column + kGap);
    canvas.draw_text(x, kGap, kNames[i], data::kLetters);
    index y = data::Canvas::text_height() + 2 * kGap;
    for (const auto& row : panels) {
      canvas.draw_image(x, y, row[i]);
      y += row[i].height() + kGap;
    }
  }
  return canvas;
}

}  // namespace train
