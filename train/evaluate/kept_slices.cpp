#include "train/evaluate/kept_slices.h"

#include <algorithm>
#include <cmath>

#include "data/measure/metrics.h"

namespace train {
namespace {

constexpr double kGreyStep = 1.0 / 16;

nn::index reduced_side(nn::index n, nn::index by) { return (n + by - 1) / by; }

/// Mean of the pixels in rows [top, bottom) and columns [left, right), clamped as in metrics.h.
double block_mean(const nn::Tensor& slice, nn::index top, nn::index bottom, nn::index left,
                  nn::index right) {
  const nn::index w = slice.shape().w;
  double sum = 0;
  for (nn::index y = top; y < bottom; ++y) {
    for (nn::index x = left; x < right; ++x) {
      sum +=
          std::clamp(static_cast<double>(slice.data()[y * w + x]), data::kClampLo, data::kClampHi);
    }
  }
  return sum / static_cast<double>((bottom - top) * (right - left));
}

}  // namespace

KeptSlices kept_slices(nn::index count, const nn::Shape& slice, double most, double grey_unit) {
  KeptSlices kept;
  const auto pixels = [&] {
    return static_cast<double>(count) * static_cast<double>(reduced_side(slice.h, kept.reduction)) *
           static_cast<double>(reduced_side(slice.w, kept.reduction));
  };
  while (pixels() > most && kept.reduction < std::max(slice.h, slice.w)) ++kept.reduction;
  kept.width = reduced_side(slice.w, kept.reduction);
  kept.height = reduced_side(slice.h, kept.reduction);
  kept.step = grey_unit > 0 ? kGreyStep : 1;
  return kept;
}

KeptPicture kept_picture(const nn::Tensor& slice, const KeptSlices& as, double grey_unit) {
  const nn::index h = slice.shape().h;
  const nn::index w = slice.shape().w;
  const nn::index by = as.reduction;
  KeptPicture picture;
  picture.reserve(static_cast<std::size_t>(as.width * as.height));
  for (nn::index y = 0; y < h; y += by) {
    for (nn::index x = 0; x < w; x += by) {
      double value = block_mean(slice, y, std::min(y + by, h), x, std::min(x + by, w));
      if (grey_unit > 0) value = (value - data::kWindows[0].lo) / grey_unit;
      picture.push_back(static_cast<std::int16_t>(std::lround(value / as.step)));
    }
  }
  return picture;
}

}  // namespace train
