// The gradient of the weights by its definition:
//   dw[a,b,c,o] = sum_{n,i,j} x[n, i*s + a - top, j*s + b - left, c] * dy[n,i,j,o]
// The sum over an image is cut into parts of 4096 pixels of the map. A part is a product
// (tile_product.h): a row is (a, b, c), a column is o, and k runs over the part's pixels. Block
// (rows, columns, part of an image). Then kernel `join_parts` adds the parts of an image in order,
// and the images in the order of the tree (nn/core/image_tree.h); thread i does so for weight i.
#include "nn/backend/gpu/kernels/convolution.h"
#include "nn/backend/gpu/kernels/tile_product.h"
#include "nn/backend/gpu/kernels/tree.h"

namespace nn::gpu {

/// A: element ((a, b, c), pixel).
struct UnderWeights {
  static constexpr bool kAlongK = false;
  struct Line {
    int a, b, c;
  };
  struct Step {
    int h, v;  ///< the window's first row and column
  };
  ConvSizes s;
  const float* x;  ///< of the image
  int first;       ///< pixel of the part

  GPU_DEVICE Line line(int row) const {
    return {row / (s.kernel_w * s.cin) - s.top, row / s.cin % s.kernel_w - s.left, row % s.cin};
  }
  GPU_DEVICE Step step(int k) const {
    const int pixel = first + k;
    return {pixel / s.map_w * s.stride, pixel % s.map_w * s.stride};
  }
  GPU_DEVICE float at(const Line& l, const Step& t) const {
    const int h = t.h + l.a;
    const int v = t.v + l.b;
    const bool inside = h >= 0 && h < s.h && v >= 0 && v < s.w;
    return inside ? x[(h * s.w + v) * s.cin + l.c] : 0.0f;
  }
};

struct WeightParts {
  int pixels, per_image;  ///< of a part; parts of an image
};

/// sums[part of an image] = its product. `old`: what the first one begins with, or null.
template <class T>
GPU_DEVICE void weights_tile(const ConvSizes& s, WeightParts parts, const float* x, const float* dy,
                             const float* old, float* sums) {
  const int image = block_z() / parts.per_image;
  const int first = block_z() % parts.per_image * parts.pixels;
  const ProductSizes sizes{s.kernel_h * s.kernel_w * s.cin, s.cout,
                           least(parts.pixels, s.map_pixels() - first)};
  const float* dy_of_part = dy + (image * s.map_pixels() + first) * s.cout;
  float* own = sums + static_cast<std::int64_t>(block_z()) * s.weights();
  const bool begins = block_z() == 0 && old != nullptr;
  tile_product<T>(
      sizes, UnderWeights{s, x + image * s.h * s.w * s.cin, first}, RowMajor{dy_of_part, s.cout},
      [&](int row, int o) { return begins ? old[row * s.cout + o] : 0.0f; },
      [&](int row, int o, float sum) { own[row * s.cout + o] = sum; });
}

GPU_KERNEL(LargeTile::kThreads, weights_large, ConvSizes s, WeightParts parts, const float* x,
           const float* dy, const float* old, float* sums) {
  weights_tile<LargeTile>(s, parts, x, dy, old, sums);
}
GPU_KERNEL(MediumTile::kThreads, weights_medium, ConvSizes s, WeightParts parts, const float* x,
           const float* dy, const float* old, float* sums) {
  weights_tile<MediumTile>(s, parts, x, dy, old, sums);
}
GPU_KERNEL(SmallTile::kThreads, weights_small, ConvSizes s, WeightParts parts, const float* x,
           const float* dy, const float* old, float* sums) {
  weights_tile<SmallTile>(s, parts, x, dy, old, sums);
}

GPU_KERNEL(256, join_parts, int size, int images, int parts, const float* sums, Store dw) {
  const int i = global_index();
  if (i >= size) return;
  dw.put(i, tree_sum<float>(0, images, [&](int image) {
           const float* own = sums + static_cast<std::int64_t>(image) * parts * size + i;
           float sum = own[0];
           for (int part = 1; part < parts; ++part) {
             sum = sum + own[static_cast<std::int64_t>(part) * size];
           }
           return sum;
         }));
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
namespace nn::gpu {

void join_weights(Call& c, int images, int parts, const float* sums, Store dw, int size) {
  c.launch(join_parts, blocks_of(size, join_parts.threads), size, images, parts, sums, dw);
}

void correlate_weights(Call& c, const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                       Destination dw) {
  const ConvSizes s = conv_sizes(spec, image.shape(), map.shape());
  const int pixels = static_cast<int>(kChainPixels);
  const WeightParts parts{pixels, ceil_div(s.map_pixels(), pixels)};
  const int all = s.images * parts.per_image;
  // A single image's first part goes on with what is there; a batch's sum is added to it.
  Store to = c.out(dw);
  const float* old = s.images == 1 && to.add ? to.to : nullptr;
  if (old != nullptr) to.add = false;
  float* sums = all == 1 ? to.to : c.workspace<float>(index{all} * s.weights());
  const ProductSizes sizes{s.kernel_h * s.kernel_w * s.cin, s.cout, 0};
  const auto run = [&](const auto& kernel, Grid grid) {
    c.launch(kernel, grid, s, parts, c.in(image), c.in(map), old, sums);
  };
  switch (tile_size(index{all} * s.weights(), c.processors())) {
    case TileSize::large:
      run(weights_large, tile_grid<LargeTile>(sizes, all));
      break;
    case TileSize::medium:
      run(weights_medium, tile_grid<MediumTile>(sizes, all));
      break;
    case TileSize::small:
      run(weights_small, tile_grid<SmallTile>(sizes, all));
      break;
  }
  if (all > 1) join_weights(c, s.images, parts.per_image, sums, to, s.weights());
}

}  // namespace nn::gpu
#endif
