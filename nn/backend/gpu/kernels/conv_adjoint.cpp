// The adjoint of the convolution by its definition: the gradient of the image, and the transposed
// convolution.
//   dx[n,h,v,c] = bias[c] + sum over the taps (a, b) that read pixel (h, v) and over channels o of
//                 dy[n, (h + top - a) / s, (v + left - b) / s, o] * w[a,b,c,o]
// Pixels with equal (h + top) mod s and (v + left) mod s are reached by the same taps: they are a
// phase. Each of the s^2 phases is a product (tile_product.h): a row is a pixel of the phase, a
// column a channel of the image, and k runs over the phase's taps (a, b) and o. Block (rows,
// columns, phase). So each value is gathered, and nothing is scattered.
#include "nn/backend/gpu/kernels/convolution.h"
#include "nn/backend/gpu/kernels/tile_product.h"

namespace nn::gpu {

/// A phase along one axis: the image's lines first, first + stride, ... (`count` of them), and the
/// taps tap, tap + stride, ... (`taps` of them) that reach those lines. Tap number t of line number
/// i reads line base + i - t of the map.
struct PhaseLines {
  int first, count, tap, taps, base;
  NN_HOST_DEVICE PhaseLines(int phase, int stride, int pad, int size, int kernel)
      : first(((phase - pad) % stride + stride) % stride),
        count(size > first ? ceil_div(size - first, stride) : 0),
        tap(phase),
        taps(kernel > tap ? ceil_div(kernel - tap, stride) : 0),
        base((first + pad - tap) / stride) {}
};

struct PhaseSizes {
  ConvSizes s;
  PhaseLines rows, cols;

  GPU_DEVICE PhaseSizes(const ConvSizes& sizes, int phase)
      : s(sizes),
        rows(phase / s.stride, s.stride, s.top, s.h, s.kernel_h),
        cols(phase % s.stride, s.stride, s.left, s.w, s.kernel_w) {}

  /// The image's pixel that is row number `row` of the product.
  GPU_DEVICE int pixel(int row) const {
    const int n = row / (rows.count * cols.count);
    const int h = rows.first + row / cols.count % rows.count * s.stride;
    return (n * s.h + h) * s.w + cols.first + row % cols.count * s.stride;
  }
};

/// A: element (pixel of the phase, k).
struct MapUnderTaps {
  static constexpr bool kAlongK = true;
  struct Line {
    int first, i, j;  ///< the map's first value of the image; the map's pixel under tap 0
  };
  struct Step {
    int a, b, o;
  };
  PhaseSizes p;
  const float* dy;

  GPU_DEVICE Line line(int row) const {
    const int n = row / (p.rows.count * p.cols.count);
    return {n * p.s.map_pixels() * p.s.cout, p.rows.base + row / p.cols.count % p.rows.count,
            p.cols.base + row % p.cols.count};
  }
  GPU_DEVICE Step step(int k) const {
    const int t = k / p.s.cout;
    return {t / p.cols.taps, t % p.cols.taps, k % p.s.cout};
  }
  GPU_DEVICE float at(const Line& l, const Step& t) const {
    const int i = l.i - t.a;
    const int j = l.j - t.b;
    const bool inside = i >= 0 && i < p.s.map_h && j >= 0 && j < p.s.map_w;
    return inside ? dy[l.first + (i * p.s.map_w + j) * p.s.cout + t.o] : 0.0f;
  }
};

/// B: element (k, channel of the image).
struct WeightsOfPhase {
  static constexpr bool kAlongK = true;
  using Line = int;
  using Step = int;
  PhaseSizes p;
  const float* w;

  GPU_DEVICE Line line(int c) const { return c * p.s.cout; }
  GPU_DEVICE Step step(int k) const {
    const int t = k / p.s.cout;
    const int a = p.rows.tap + t / p.cols.taps * p.s.stride;
    const int b = p.cols.tap + t % p.cols.taps * p.s.stride;
    return (a * p.s.kernel_w + b) * p.s.cin * p.s.cout + k % p.s.cout;
  }
  GPU_DEVICE float at(Line c, Step k) const { return w[c + k]; }
};

template <class T>
GPU_DEVICE void adjoint_tile(const ConvSizes& s, const float* dy, const float* w, const float* bias,
                             Store dx) {
  const PhaseSizes p(s, block_z());
  const ProductSizes sizes{s.images * p.rows.count * p.cols.count, s.cin,
                           p.rows.taps * p.cols.taps * s.cout};
  tile_product<T>(
      sizes, MapUnderTaps{p, dy}, WeightsOfPhase{p, w},
      [&](int row, int c) {
        return bias != nullptr ? bias[c] : dx.add ? dx.to[p.pixel(row) * s.cin + c] : 0.0f;
      },
      [&](int row, int c, float sum) { dx.to[p.pixel(row) * s.cin + c] = sum; });
}

GPU_KERNEL(LargeTile::kThreads, adjoint_large, ConvSizes s, const float* dy, const float* w,
           const float* bias, Store dx) {
  adjoint_tile<LargeTile>(s, dy, w, bias, dx);
}
GPU_KERNEL(MediumTile::kThreads, adjoint_medium, ConvSizes s, const float* dy, const float* w,
           const float* bias, Store dx) {
  adjoint_tile<MediumTile>(s, dy, w, bias, dx);
}
GPU_KERNEL(SmallTile::kThreads, adjoint_small, ConvSizes s, const float* dy, const float* w,
           const float* bias, Store dx) {
  adjoint_tile<SmallTile>(s, dy, w, bias, dx);
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
namespace nn::gpu {

void correlate_adjoint(Call& c, const Conv2dSpec& spec, const Tensor& map, const Tensor& w,
                       const Tensor* bias, Destination image) {
  const Shape& x = image.tensor->shape();
  const ConvSizes s = conv_sizes(spec, x, map.shape());
  // As many rows as the largest phase has.
  const int rows = s.images * ceil_div(s.h, s.stride) * ceil_div(s.w, s.stride);
  const ProductSizes sizes{rows, s.cin, 0};
  const int phases = s.stride * s.stride;
  const auto run = [&](const auto& kernel, Grid grid) {
    c.launch(kernel, grid, s, c.in(map), c.in(w), c.in(bias), c.out(image));
  };
  switch (tile_size(x.numel(), c.processors())) {
    case TileSize::large:
      return run(adjoint_large, tile_grid<LargeTile>(sizes, phases));
    case TileSize::medium:
      return run(adjoint_medium, tile_grid<MediumTile>(sizes, phases));
    case TileSize::small:
      return run(adjoint_small, tile_grid<SmallTile>(sizes, phases));
  }
}

}  // namespace nn::gpu
#endif
