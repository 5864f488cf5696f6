#include "data/measure/texture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

#include "data/measure/metrics.h"
#include "data/measure/slice_check.h"
#include "nn/core/error.h"

namespace data {
namespace {

using nn::at;
using nn::index;

constexpr index kReach = kFlatSide / 2;

/// An image of doubles with its 5 x 5 means, which exist kReach pixels from the border.
class Image {
 public:
  explicit Image(const nn::Tensor& slice)
      : h_(slice.shape().h), w_(slice.shape().w), values_(at(h_ * w_)), means_(at(h_ * w_)) {
    for (index i = 0; i < h_ * w_; ++i) {
      values_[at(i)] = std::clamp(static_cast<double>(slice.data()[i]), kClampLo, kClampHi);
    }
    for (index y = kReach; y + kReach < h_; ++y) {
      for (index x = kReach; x + kReach < w_; ++x) {
        double sum = 0.0;
        for (index r = y - kReach; r <= y + kReach; ++r) {
          for (index c = x - kReach; c <= x + kReach; ++c) sum += value(r, c);
        }
        means_[at(y * w_ + x)] = sum / static_cast<double>(kFlatSide * kFlatSide);
      }
    }
  }
  index height() const { return h_; }
  index width() const { return w_; }
  double value(index y, index x) const { return values_[at(y * w_ + x)]; }
  double mean(index y, index x) const { return means_[at(y * w_ + x)]; }

 private:
  index h_;
  index w_;
  std::vector<double> values_;
  std::vector<double> means_;
};

/// Whether all of the 5 x 5 pixels around are soft tissue and `body`, which may be empty, and their
/// mean changes little. One pixel further inside than the means reach, or false.
bool flat_at(const Image& image, std::span<const std::uint8_t> body, index y, index x) {
  for (index r = y - kReach; r <= y + kReach; ++r) {
    for (index c = x - kReach; c <= x + kReach; ++c) {
      const double v = image.value(r, c);
      if (v < kWindows[1].lo || v > kWindows[1].hi) return false;
      if (!body.empty() && body[at(r * image.width() + c)] == 0) return false;
    }
  }
  const double across = 0.5 * (image.mean(y, x + 1) - image.mean(y, x - 1));
  const double down = 0.5 * (image.mean(y + 1, x) - image.mean(y - 1, x));
  return std::abs(across) <= kFlatGradient && std::abs(down) <= kFlatGradient;
}

PowerSum noise_of(const Image& truth, const Image& prediction,
                  const std::array<const Image*, 2>& neighbours,
                  std::span<const std::uint8_t> body) {
  PowerSum sum;
  for (index y = kReach + 1; y + kReach + 1 < truth.height(); ++y) {
    for (index x = kReach + 1; x + kReach + 1 < truth.width(); ++x) {
      if (!flat_at(truth, body, y, x) || !flat_at(*neighbours[0], {}, y, x) ||
          !flat_at(*neighbours[1], {}, y, x)) {
        continue;
      }
      const double p = prediction.value(y, x) - prediction.mean(y, x);
      const double t = truth.value(y, x) - truth.mean(y, x);
      sum += {p * p, t * t, 1};
    }
  }
  return sum;
}

double gradient_power(const Image& image, index y, index x) {
  const double across = image.value(y, x + 1) - image.value(y, x - 1);
  const double down = image.value(y + 1, x) - image.value(y - 1, x);
  return across * across + down * down;
}

PowerSum gradient_of(const Image& truth, const Image& prediction,
                     const std::vector<std::uint8_t>& body) {
  PowerSum sum;
  const index w = truth.width();
  for (index y = 1; y + 1 < truth.height(); ++y) {
    for (index x = 1; x + 1 < w; ++x) {
      const index i = y * w + x;
      const bool inside = body[at(i)] != 0 && body[at(i - 1)] != 0 && body[at(i + 1)] != 0 &&
                          body[at(i - w)] != 0 && body[at(i + w)] != 0;
      if (!inside) continue;
      sum += {gradient_power(prediction, y, x), gradient_power(truth, y, x), 1};
    }
  }
  return sum;
}

}  // namespace

Texture texture(const nn::Tensor& truth, const nn::Tensor& prediction, const nn::Tensor& before,
                const nn::Tensor& after, std::span<const std::uint8_t> ignored) {
  for (const nn::Tensor* slice : {&truth, &prediction, &before, &after}) {
    require_slice("texture", *slice);
    require_same_shape("texture", truth, *slice);
  }
  nn::require(ignored.empty() || static_cast<index>(ignored.size()) == truth.numel(), "texture",
              "a mask of another size", "one byte a pixel");
  std::vector<std::uint8_t> body = body_mask(truth);
  for (std::size_t i = 0; i < ignored.size(); ++i) {
    if (ignored[i] != 0) body[i] = 0;
  }
  const Image t(truth);
  const Image p(prediction);
  const Image a(before);
  const Image c(after);
  return {noise_of(t, p, {&a, &c}, body), gradient_of(t, p, body)};
}

}  // namespace data
