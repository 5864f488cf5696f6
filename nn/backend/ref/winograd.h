// Scalar specification of the convolutions by Winograd (docs/learn/winograd.md): which value is
// multiplied with which, and in what order the products are added. At each of a tile's 16 points
// the sum is one chain of multiply-adds over (part, channel), for weights over the tiles of one
// image, from zero; what is there, or the bias, is added at the very end.
#pragma once

#include <vector>

#include "nn/backend/ref/view.h"
#include "nn/backend/winograd.h"

namespace nn::ref {

namespace detail {

/// The 4 x 4 values of `x` that a tile reads for one part of the kernel, transformed.
template <class T>
void winograd_tile(const WinogradPlan& plan, View<const T> x, index n, index ti, index tj,
                   index part, index c, T (&d)[kTile]) {
  for (index e = 0; e < kTile; ++e) {
    const index h = plan.rows.input(ti, part / plan.parts, e / 4);
    const index v = plan.cols.input(tj, part % plan.parts, e % 4);
    const bool inside = h >= 0 && h < x.shape.h && v >= 0 && v < x.shape.w;
    d[e] = inside ? x(n, h, v, c) : T{0};
  }
  winograd_input(d);
}

/// Outputs of one group: y(...) = transform back of the sums over k = (part, channel).
template <int R, class T, class Weight>
void winograd_group(const WinogradPlan& plan, index group, View<const T> x, const Weight& weight,
                    View<const T> bias, Out<T> out) {
  constexpr int M = 5 - R;
  const Shape& y = out.view.shape;
  const index k_count = plan.parts * plan.parts * x.shape.c;
  const index gh = group / plan.groups;
  const index gw = group % plan.groups;
  struct Points {
    T at[kTile];
  };
  std::vector<Points> u(static_cast<std::size_t>(k_count * y.c));
  for (index k = 0; k < k_count; ++k) {
    const index part = k / x.shape.c;
    for (index o = 0; o < y.c; ++o) {
      T g[R * R];
      for (index b = 0; b < R * R; ++b) {
        g[b] = weight(plan.rows.tap(part / plan.parts, gh, b / R),
                      plan.cols.tap(part % plan.parts, gw, b % R), k % x.shape.c, o);
      }
      winograd_filter<R>(g, u[static_cast<std::size_t>(k * y.c + o)].at);
    }
  }

  std::vector<Points> d(static_cast<std::size_t>(k_count));
  for (index tile = 0; tile < x.shape.n * plan.tiles(); ++tile) {
    const index n = tile / plan.tiles();
    const index ti = tile / plan.cols.tiles % plan.rows.tiles;
    const index tj = tile % plan.cols.tiles;
    for (index k = 0; k < k_count; ++k) {
      winograd_tile(plan, x, n, ti, tj, k / x.shape.c, k % x.shape.c,
                    d[static_cast<std::size_t>(k)].at);
    }
    for (index o = 0; o < y.c; ++o) {
      T m[kTile];
      for (int p = 0; p < kTile; ++p) {
        m[p] = T{0};
        for (index k = 0; k < k_count; ++k) {
          m[p] = multiply_add(d[static_cast<std::size_t>(k)].at[p],
                              u[static_cast<std::size_t>(k * y.c + o)].at[p], m[p]);
        }
      }
      T values[M * M];
      winograd_output<M>(m, values);
      for (index i = 0; i < M * M; ++i) {
        const index h = plan.rows.output(ti, gh, i / M);
        const index v = plan.cols.output(tj, gw, i % M);
        if (h < 0 || h >= y.h || v < 0 || v >= y.w) continue;
        const T value = bias.data == nullptr ? values[i] : bias[o] + values[i];
        out.put(((n * y.h + h) * y.w + v) * y.c + o, value);
      }
    }
  }
}

template <class T, class Weight>
void winograd_apply(const WinogradPlan& plan, View<const T> x, const Weight& weight,
                    View<const T> bias, Out<T> out) {
  for (index group = 0; group < plan.groups * plan.groups; ++group) {
    if (plan.taps == 2) winograd_group<2, T>(plan, group, x, weight, bias, out);
    if (plan.taps == 3) winograd_group<3, T>(plan, group, x, weight, bias, out);
  }
}

/// The sum over one image: at each point a chain over its tiles.
template <int R, class T>
void winograd_weights_of_image(const WinogradPlan& plan, View<const T> x, View<const T> dy,
                               Out<T> dw) {
  constexpr int M = 5 - R;  // the gradient is a filter, too: of M x M taps, with R x R outputs
  const Shape& w = dw.view.shape;
  for (index part = 0; part < plan.parts * plan.parts; ++part) {
    for (index c = 0; c < w.w; ++c) {
      for (index o = 0; o < w.c; ++o) {
        T m[kTile]{};
        for (index tile = 0; tile < plan.tiles(); ++tile) {
          const index ti = tile / plan.cols.tiles;
          const index tj = tile % plan.cols.tiles;
          T d[kTile];
          winograd_tile(plan, x, index{0}, ti, tj, part, c, d);
          T g[M * M];
          for (index i = 0; i < M * M; ++i) {
            const index h = M * ti + i / M;
            const index v = M * tj + i % M;
            g[i] = h < dy.shape.h && v < dy.shape.w ? dy(0, h, v, o) : T{0};
          }
          T u[kTile];
          winograd_filter<M>(g, u);
          for (int p = 0; p < kTile; ++p) m[p] = multiply_add(d[p], u[p], m[p]);
        }
        T values[R * R];
        winograd_output<R>(m, values);
        for (index b = 0; b < R * R; ++b) {
          const index a0 = plan.rows.tap(part / plan.parts, 0, b / R);
          const index b0 = plan.cols.tap(part % plan.parts, 0, b % R);
          dw.put(((a0 * w.h + b0) * w.w + c) * w.c + o, values[b]);
        }
      }
    }
  }
}

}  // namespace detail

/// map = image * w (+ bias): conv2d forward, conv_transpose2d backward for data.
template <class T>
void winograd_correlate(const Conv2dSpec& s, In<T> image, In<T> w, In<T> bias, Out<T> map) {
  detail::winograd_apply<T>(
      winograd_correlation(s, map.view.shape), image,
      [&](index a, index b, index c, index o) { return w(a, b, c, o); }, bias, map);
}

/// image = adjoint(map) (+ bias): conv2d backward for data, conv_transpose2d forward.
template <class T>
void winograd_adjoint(const Conv2dSpec& s, In<T> map, In<T> w, In<T> bias, Out<T> image) {
  detail::winograd_apply<T>(
      nn::winograd_adjoint(s, image.view.shape), map,
      [&](index a, index b, index o, index c) { return w(a, b, c, o); }, bias, image);
}

/// dw from image and the gradient of the map; for both convolutions.
template <class T>
void winograd_weights(const Conv2dSpec& s, In<T> image, In<T> dmap, Out<T> dw) {
  const WinogradPlan plan = winograd_correlation(s, dmap.shape);
  over_images(image.shape.n, dw, [&](index n, Out<T> sum) {
    if (plan.taps == 2) {
      detail::winograd_weights_of_image<2, T>(plan, image.image(n), dmap.image(n), sum);
    } else {
      detail::winograd_weights_of_image<3, T>(plan, image.image(n), dmap.image(n), sum);
    }
  });
}

}  // namespace nn::ref
