// Convolutions by Winograd's algorithm: nn/backend/ref/winograd.h says what is computed, and
// winograd_product.h how threads do it.
//
// Kernel `winograd_apply`: the convolution and its adjoint. A row is a tile of the input, a column
// an output channel, k runs over (part of the kernel, input channel). Block (rows, columns, group
// of outputs). Kernel `winograd_weights`: a row is an input channel, a column an output channel, k
// runs over the tiles of an image. Block (rows, columns, (image, part of the kernel)).
#include "nn/backend/gpu/kernels/convolution.h"
#include "nn/backend/gpu/kernels/winograd_product.h"

namespace nn::gpu {

/// Images of n x h x w pixels of c channels.
struct Images {
  int n, h, w, c;
};

/// Weights as w(a, b, input channel, output channel), whichever way they lie in memory.
struct WinogradWeights {
  const float* values;
  int kernel_w, tap_step, in_step, out_step;
  GPU_DEVICE float at(index a, index b, int in, int out) const {
    const auto tap = static_cast<int>(a * kernel_w + b);
    return values[tap * tap_step + in * in_step + out * out_step];
  }
};

/// M x M outputs of a tile, from R x R taps.
template <int M>
GPU_DEVICE void winograd_apply(const WinogradPlan& plan, const Images& xs, const float* x,
                               const WinogradWeights& w, const float* bias, const Images& ys,
                               const Store& y) {
  constexpr int R = 5 - M;
  const int parts = static_cast<int>(plan.parts * plan.parts);
  const index group_h = block_z() / plan.groups;
  const index group_w = block_z() % plan.groups;
  const WinogradSizes sizes{xs.n * static_cast<int>(plan.tiles()), ys.c, parts * xs.c};
  winograd_product(
      sizes, block_x() * kWinogradRows, block_y() * kWinogradCols,
      [&](int tile, int k, float(&d)[kTile]) {
        read_tile(plan, TilePlace(plan, tile), k / xs.c, x, xs.h, xs.w, xs.c, k % xs.c, d);
      },
      [&](int k, int o, float(&u)[kTile]) {
        const int part = k / xs.c;
        float g[R * R];
        NN_UNROLL
        for (int t = 0; t < R * R; ++t) {
          g[t] = w.at(plan.rows.tap(part / plan.parts, group_h, t / R),
                      plan.cols.tap(part % plan.parts, group_w, t % R), k % xs.c, o);
        }
        winograd_filter<R>(g, u);
      },
      [&](int number, int o, const float(&m)[kTile]) {
        const TilePlace tile(plan, number);
        float values[M * M];
        winograd_output<M>(m, values);
        NN_UNROLL
        for (int i = 0; i < M * M; ++i) {
          const auto h = static_cast<int>(plan.rows.output(tile.row, group_h, i / M));
          const auto v = static_cast<int>(plan.cols.output(tile.col, group_w, i % M));
          if (h < 0 || h >= ys.h || v < 0 || v >= ys.w) continue;
          y.put(((tile.image * ys.h + h) * ys.w + v) * ys.c + o,
                bias == nullptr ? values[i] : bias[o] + values[i]);
        }
      });
}

GPU_KERNEL(kWinogradThreads, winograd_apply_2, WinogradPlan plan, Images xs, const float* x,
           WinogradWeights w, const float* bias, Images ys, Store y) {
  winograd_apply<2>(plan, xs, x, w, bias, ys, y);
}
GPU_KERNEL(kWinogradThreads, winograd_apply_3, WinogradPlan plan, Images xs, const float* x,
           WinogradWeights w, const float* bias, Images ys, Store y) {
  winograd_apply<3>(plan, xs, x, w, bias, ys, y);
}

/// sums[image] = its gradient. The map's gradient is the filter, of M x M taps; outputs are R x R.
/// A single image's is put to its place.
template <int R>
GPU_DEVICE void winograd_weights(const WinogradPlan& plan, const Images& xs, const float* x,
                                 const Images& dys, const float* dy, int kernel_w,
                                 const Store& sums, int size) {
  constexpr int M = 5 - R;
  const int parts = static_cast<int>(plan.parts * plan.parts);
  const int image = block_z() / parts;
  const int part = block_z() % parts;
  const int tiles = static_cast<int>(plan.tiles());
  const WinogradSizes sizes{xs.c, dys.c, tiles};
  winograd_product(
      sizes, block_x() * kWinogradRows, block_y() * kWinogradCols,
      [&](int c, int k, float(&d)[kTile]) {
        read_tile(plan, TilePlace(plan, image * tiles + k), part, x, xs.h, xs.w, xs.c, c, d);
      },
      [&](int k, int o, float(&u)[kTile]) {
        const TilePlace tile(plan, image * tiles + k);
        float g[M * M];
        NN_UNROLL
        for (int i = 0; i < M * M; ++i) {
          const auto h = static_cast<int>(M * tile.row + i / M);
          const auto v = static_cast<int>(M * tile.col + i % M);
          const bool inside = h < dys.h && v < dys.w;
          g[i] = inside ? dy[((image * dys.h + h) * dys.w + v) * dys.c + o] : 0.0f;
        }
        winograd_filter<M>(g, u);
      },
      [&](int c, int o, const float(&m)[kTile]) {
        float values[R * R];
        winograd_output<R>(m, values);
        NN_UNROLL
        for (int t = 0; t < R * R; ++t) {
          const auto a = static_cast<int>(plan.rows.tap(part / plan.parts, 0, t / R));
          const auto b = static_cast<int>(plan.cols.tap(part % plan.parts, 0, t % R));
          Store of_image = sums;
          of_image.to += static_cast<std::int64_t>(image) * size;
          of_image.put(((a * kernel_w + b) * xs.c + c) * dys.c + o, values[t]);
        }
      });
}

GPU_KERNEL(kWinogradThreads, winograd_weights_2, WinogradPlan plan, Images xs, const float* x,
           Images dys, const float* dy, int kernel_w, Store sums, int size) {
  winograd_weights<2>(plan, xs, x, dys, dy, kernel_w, sums, size);
}
GPU_KERNEL(kWinogradThreads, winograd_weights_3, WinogradPlan plan, Images xs, const float* x,
           Images dys, const float* dy, int kernel_w, Store sums, int size) {
  winograd_weights<3>(plan, xs, x, dys, dy, kernel_w, sums, size);
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
#include "nn/backend/winograd.h"

namespace nn::gpu {
namespace {

Images images_of(const Shape& s) {
  return {count_of(s.n), count_of(s.h), count_of(s.w), count_of(s.c)};
}

void apply(Call& c, const WinogradPlan& plan, const Tensor& x, WinogradWeights w,
           const Tensor& weights, const Tensor* bias, Destination y) {
  const Images xs = images_of(x.shape());
  const Images ys = images_of(y.tensor->shape());
  w.values = c.in(weights);
  const Grid grid{ceil_div(xs.n * count_of(plan.tiles()), kWinogradRows),
                  ceil_div(ys.c, kWinogradCols), count_of(plan.groups * plan.groups)};
  const auto& kernel = plan.outputs() == 2 ? winograd_apply_2 : winograd_apply_3;
  c.launch(kernel, grid, plan, xs, c.in(x), w, c.in(bias), ys, c.out(y));
}

}  // namespace

void winograd_correlate(Call& c, const Conv2dSpec& spec, const Tensor& image, const Tensor& w,
                        const Tensor* bias, Destination map) {
  const Images s = images_of(w.shape());  // kh, kw, Cin, Cout
  apply(c, winograd_correlation(spec, map.tensor->shape()), image,
        {nullptr, s.h, s.w * s.c, s.c, 1}, w, bias, map);
}

void winograd_correlate_adjoint(Call& c, const Conv2dSpec& spec, const Tensor& map, const Tensor& w,
                                const Tensor* bias, Destination image) {
  const Images s = images_of(w.shape());
  apply(c, winograd_adjoint(spec, image.tensor->shape()), map, {nullptr, s.h, s.w * s.c, 1, s.c}, w,
        bias, image);
}

void winograd_correlate_weights(Call& c, const Conv2dSpec& spec, const Tensor& image,
                                const Tensor& map, Destination dw) {
  const WinogradPlan plan = winograd_correlation(spec, map.shape());
  const Images xs = images_of(image.shape());
  const Images dys = images_of(map.shape());
  const int size = count_of(dw.tensor->numel());
  const Store to = c.out(dw);
  const Store sums = xs.n == 1 ? to : Store{c.workspace<float>(index{xs.n} * size), /*add=*/false};
  const Grid grid{ceil_div(xs.c, kWinogradRows), ceil_div(dys.c, kWinogradCols),
                  xs.n * count_of(plan.parts * plan.parts)};
  const auto& kernel = plan.taps == 2 ? winograd_weights_2 : winograd_weights_3;
  c.launch(kernel, grid, plan, xs, c.in(image), dys, c.in(map), count_of(spec.kernel_w), sums,
           size);
  if (xs.n > 1) join_weights(c, xs.n, 1, sums.to, to, size);
}

}  // namespace nn::gpu
#endif
