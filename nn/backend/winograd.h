// Convolutions with fewer multiplications (docs/learn/winograd.md): Winograd's minimal filtering
// F(m x m, r x r) on 4 x 4 tiles, m + r = 5.
//
// A 3x3 kernel of stride 1 is one such filter (r = 3, m = 2). A 4x4 kernel is four of 2x2 (r = 2,
// m = 3): of stride 2 on the four phases of the image, of stride 1 on four shifted copies of it,
// and the sum of the four is formed before the transform back. The adjoint of stride 2 has four
// outputs, the phases of the image, from one transformed input.
//
// Source: A. Lavin, S. Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016,
// section 4; S. Winograd, "Arithmetic Complexity of Computations", SIAM 1980, chapter V.
#pragma once

#include "nn/backend/backend.h"
#include "nn/backend/winograd_tile.h"

namespace nn {

/// Another use for as long as it lives.
class WinogradScope {
 public:
  explicit WinogradScope(WinogradUse use) : before_(winograd_use()) { set_winograd_use(use); }
  ~WinogradScope() { set_winograd_use(before_); }
  WinogradScope(const WinogradScope&) = delete;
  WinogradScope& operator=(const WinogradScope&) = delete;

 private:
  WinogradUse before_;
};

/// For map = image * w, and for the gradient of w. Only for kernel
/// 4x4 with stride 1 or 2, kernel 3x3 with stride 1.
WinogradPlan winograd_correlation(const Conv2dSpec& spec, const Shape& map);
/// For image = adjoint of that, applied to map.
WinogradPlan winograd_adjoint(const Conv2dSpec& spec, const Shape& image);

}  // namespace nn
