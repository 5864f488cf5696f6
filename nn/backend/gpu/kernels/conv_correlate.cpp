// The convolution by its definition:
//   y[n,i,j,o] = bias[o] + sum_{a,b,c} x[n, i*s + a - top, j*s + b - left, c] * w[a,b,c,o]
// As a product (tile_product.h): a row is a pixel of the map, a column one of its channels, and k
// runs over (a, b, c). The matrix A, whose rows are the windows of the image, never exists; what
// lies outside the image is multiplied as 0.
#include "nn/backend/gpu/kernels/convolution.h"
#include "nn/backend/gpu/kernels/tile_product.h"

namespace nn::gpu {

/// A: element (map pixel, k).
struct Windows {
  static constexpr bool kAlongK = true;
  struct Line {
    int first, h, v;  ///< the image's first value; the window's first row and column
  };
  struct Step {
    int a, b, c;
  };
  ConvSizes s;
  const float* x;

  GPU_DEVICE Line line(int pixel) const {
    const int in_image = pixel % s.map_pixels();
    return {pixel / s.map_pixels() * s.h * s.w * s.cin, in_image / s.map_w * s.stride - s.top,
            in_image % s.map_w * s.stride - s.left};
  }
  GPU_DEVICE Step step(int k) const {
    return {k / (s.kernel_w * s.cin), k / s.cin % s.kernel_w, k % s.cin};
  }
  GPU_DEVICE float at(const Line& l, const Step& t) const {
    const int h = l.h + t.a;
    const int v = l.v + t.b;
    const bool inside = h >= 0 && h < s.h && v >= 0 && v < s.w;
    return inside ? x[l.first + (h * s.w + v) * s.cin + t.c] : 0.0f;
  }
};

template <class T>
GPU_DEVICE void correlate_tile(const ConvSizes& s, const float* x, const float* w,
                               const float* bias, Store y) {
  const ProductSizes sizes{s.images * s.map_pixels(), s.cout, s.kernel_h * s.kernel_w * s.cin};
  tile_product<T>(
      sizes, Windows{s, x}, RowMajor{w, s.cout},
      [&](int pixel, int o) {
        return bias != nullptr ? bias[o] : y.add ? y.to[pixel * s.cout + o] : 0.0f;
      },
      [&](int pixel, int o, float sum) { y.to[pixel * s.cout + o] = sum; });
}

GPU_KERNEL(LargeTile::kThreads, correlate_large, ConvSizes s, const float* x, const float* w,
           const float* bias, Store y) {
  correlate_tile<LargeTile>(s, x, w, bias, y);
}
GPU_KERNEL(MediumTile::kThreads, correlate_medium, ConvSizes s, const float* x, const float* w,
           const float* bias, Store y) {
  correlate_tile<MediumTile>(s, x, w, bias, y);
}
GPU_KERNEL(SmallTile::kThreads, correlate_small, ConvSizes s, const float* x, const float* w,
           const float* bias, Store y) {
  correlate_tile<SmallTile>(s, x, w, bias, y);
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
namespace nn::gpu {

void correlate(Call& c, const Conv2dSpec& spec, const Tensor& image, const Tensor& w,
               const Tensor* bias, Destination map) {
  const Shape& y = map.tensor->shape();
  const ConvSizes s = conv_sizes(spec, image.shape(), y);
  const ProductSizes sizes{count_of(y.pixels()), s.cout, 0};
  const auto run = [&](const auto& kernel, Grid grid) {
    c.launch(kernel, grid, s, c.in(image), c.in(w), c.in(bias), c.out(map));
  };
  switch (tile_size(y.numel(), c.processors())) {
    case TileSize::large:
      return run(correlate_large, tile_grid<LargeTile>(sizes, 1));
    case TileSize::medium:
      return run(correlate_medium, tile_grid<MediumTile>(sizes, 1));
    case TileSize::small:
      return run(correlate_small, tile_grid<SmallTile>(sizes, 1));
  }
}

}  // namespace nn::gpu
#endif
