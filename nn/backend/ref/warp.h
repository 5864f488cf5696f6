// Scalar specification of warp2d (docs/learn/ops/warp2d.md). run() after each says which kernel it
// is, for tensors of any kind of number, as in elementwise.h.
#pragma once

#include <utility>

#include "nn/backend/ref/view.h"
#include "nn/core/between_pixels.h"

namespace nn::ref {

/// The place x + by on a line of `size` pixels. A complex `by` leads to the pixels that its real
/// part leads to.
template <class T>
struct PlaceWithTaps {
  using Real = decltype(real_part(std::declval<T>()));
  PlaceOf<Real> place;
  FourTaps<T> weights;
  FourTaps<T> slopes;  ///< derivatives of the weights with respect to `by`

  PlaceWithTaps(index x, const T& by, index size)
      : place(static_cast<int>(x), real_part(by), static_cast<int>(size)) {
    const T rest = by - T(static_cast<double>(place.near - x));
    const T past = !place.free ? T(static_cast<double>(place.past)) : place.step < 0 ? -rest : rest;
    weights = cubic_weights(past);
    slopes = cubic_slopes(past);
    for (T& slope : slopes.of) {
      slope = !place.free ? T{0} : place.step < 0 ? -slope : slope;
    }
  }
};

/// Calls body(n, i, j, down, along, around) for each pixel: the places to which u leads, and the
/// pixels around them.
template <class T, class Body>
void at_each_place(In<T> u, index channels, const Body& body) {
  const auto h = static_cast<int>(u.shape.h);
  const auto w = static_cast<int>(u.shape.w);
  for (index n = 0; n < u.shape.n; ++n) {
    for (index i = 0; i < u.shape.h; ++i) {
      for (index j = 0; j < u.shape.w; ++j) {
        const PlaceWithTaps<T> along(j, u(n, i, j, 0), w);
        const PlaceWithTaps<T> down(i, u(n, i, j, 1), h);
        body(n, i, j, down, along,
             Neighbours(down.place, along.place, h, w, static_cast<int>(channels)));
      }
    }
  }
}

template <class T>
void warp2d_forward(In<T> x, In<T> u, View<T> y) {
  at_each_place<T>(u, x.shape.c,
                   [&](index n, index i, index j, const auto& down, const auto& along,
                       const Neighbours& around) {
                     for (index c = 0; c < x.shape.c; ++c) {
                       y(n, i, j, c) = around.sum(x.image(n).data, static_cast<int>(c),
                                                  down.weights, along.weights);
                     }
                   });
}
template <class On>
void run(const Warp2dForward& k, On& on) {
  warp2d_forward<typename On::Scalar>(on.in(k.x), on.in(k.u), on.view(k.y));
}

template <class T>
void warp2d_backward_image(In<T> u, In<T> dy, Out<T> dx) {
  for (index i = 0; i < dx.view.numel(); ++i) dx.view[i] = dx.start(i);
  at_each_place<T>(u, dy.shape.c,
                   [&](index n, index i, index j, const auto& down, const auto& along,
                       const Neighbours& around) {
                     for (std::size_t k = 0; k < 4; ++k) {
                       for (std::size_t l = 0; l < 4; ++l) {
                         T* to = dx.view.image(n).data + around.rows[k] + around.columns[l];
                         const T weight = down.weights.of[k] * along.weights.of[l];
                         for (index c = 0; c < dy.shape.c; ++c) to[c] += weight * dy(n, i, j, c);
                       }
                     }
                   });
}
template <class On>
void run(const Warp2dBackwardImage& k, On& on) {
  warp2d_backward_image<typename On::Scalar>(on.in(k.u), on.in(k.dy), on.out(k.dx));
}

template <class T>
void warp2d_backward_movement(In<T> x, In<T> u, In<T> dy, Out<T> du) {
  at_each_place<T>(u, x.shape.c,
                   [&](index n, index i, index j, const auto& down, const auto& along,
                       const Neighbours& around) {
                     T right{0}, below{0};
                     for (index c = 0; c < x.shape.c; ++c) {
                       const auto at = [&](const FourTaps<T>& rows, const FourTaps<T>& columns) {
                         return around.sum(x.image(n).data, static_cast<int>(c), rows, columns);
                       };
                       right += dy(n, i, j, c) * at(down.weights, along.slopes);
                       below += dy(n, i, j, c) * at(down.slopes, along.weights);
                     }
                     const index first = ((n * u.shape.h + i) * u.shape.w + j) * 2;
                     du.put(first, right);
                     du.put(first + 1, below);
                   });
}
template <class On>
void run(const Warp2dBackwardMovement& k, On& on) {
  warp2d_backward_movement<typename On::Scalar>(on.in(k.x), on.in(k.u), on.in(k.dy), on.out(k.du));
}

}  // namespace nn::ref
