#include "data/measure/slice_check.h"

#include <cstddef>

namespace data {
namespace {

using nn::at;
using nn::index;

constexpr nn::real kThreshold = -500;

/// Flood filling on an image of bytes.
class Flood {
 public:
  Flood(index h, index w, std::vector<std::uint8_t>& image) : h_(h), w_(w), image_(image) {}

  /// Turns the region of equal bytes around `start` into `to`, and returns its number of pixels.
  /// Pixels that touch at a corner only are no neighbours.
  index fill(index start, std::uint8_t to) {
    const std::uint8_t from = image_[at(start)];
    index count = 0;
    const auto visit = [&](index pixel) {
      if (image_[at(pixel)] != from) return;
      image_[at(pixel)] = to;
      stack_.push_back(pixel);
      ++count;
    };
    visit(start);
    while (!stack_.empty()) {
      const index pixel = stack_.back();
      const index row = pixel / w_;
      const index col = pixel % w_;
      stack_.pop_back();
      if (row > 0) visit(pixel - w_);
      if (row + 1 < h_) visit(pixel + w_);
      if (col > 0) visit(pixel - 1);
      if (col + 1 < w_) visit(pixel + 1);
    }
    return count;
  }

 private:
  index h_;
  index w_;
  std::vector<std::uint8_t>& image_;
  std::vector<index> stack_;
};

}  // namespace

std::vector<std::uint8_t> body_mask(const nn::Tensor& truth) {
  require_slice("body_mask", truth);
  constexpr std::uint8_t kAir = 0;
  constexpr std::uint8_t kTissue = 1;   // not looked at yet
  constexpr std::uint8_t kOther = 2;    // a smaller region
  constexpr std::uint8_t kBody = 3;     // the largest region so far
  constexpr std::uint8_t kOutside = 4;  // reached from the border without crossing the body

  const index h = truth.shape().h;
  const index w = truth.shape().w;
  std::vector<std::uint8_t> image(at(h * w));
  for (index i = 0; i < h * w; ++i) {
    image[at(i)] = truth.data()[i] > kThreshold ? kTissue : kAir;
  }
  Flood flood(h, w, image);

  index largest = 0;
  index body = -1;
  for (index i = 0; i < h * w; ++i) {
    if (image[at(i)] != kTissue) continue;
    const index size = flood.fill(i, kOther);
    if (size <= largest) continue;
    largest = size;
    body = i;
  }
  if (body >= 0) flood.fill(body, kBody);
  for (std::uint8_t& pixel : image) {
    if (pixel != kBody) pixel = kAir;
  }

  // Air does not pass between pixels that touch at a corner, so thin skin along a diagonal is
  // tight.
  for (index i = 0; i < h * w; ++i) {
    const bool border = i < w || i >= (h - 1) * w || i % w == 0 || i % w == w - 1;
    if (border && image[at(i)] == kAir) flood.fill(i, kOutside);
  }
  for (std::uint8_t& pixel : image) pixel = pixel == kOutside ? 0 : 1;
  return image;
}

}  // namespace data
