// Reading an image between its pixels, by Catmull-Rom splines, on the CPU and on a GPU. The op
// warp2d and registration (models/registration.h) read by the same rule and give the same bits.
// Derivation: docs/learn/ops/warp2d.md.
#pragma once

#include "nn/core/host_device.h"

namespace nn {

/// The place x + by on a line of `size` pixels, clamped to the line, as a whole pixel and a
/// fraction. The fraction counts from x outwards, not from the left border, so that a mirrored
/// image gives the same numbers.
template <class Real>
struct PlaceOf {
  int near, step;  ///< the pixel before the place, seen from x, and the direction, -1 or 1
  Real past;       ///< fraction beyond that pixel, 0 <= past < 1
  bool free;       ///< the place lies between the ends of the line: it follows `by`

  NN_HOST_DEVICE PlaceOf(int x, Real by, int size) {
    const auto left = static_cast<Real>(-x);
    const auto right = static_cast<Real>(size - 1 - x);
    free = by > left && by < right;
    const Real inside = by > left ? (by < right ? by : right) : left;  // NaN: the first pixel
    const auto whole = static_cast<int>(inside);                       // rounds towards x
    const Real rest = inside - static_cast<Real>(whole);
    near = x + whole;
    step = rest < 0 ? -1 : 1;
    past = rest < 0 ? -rest : rest;
  }
  /// Pixel k counted from `near` in the direction of the place; the edge pixel beyond the border.
  NN_HOST_DEVICE int pixel(int k, int size) const {
    const int at = near + k * step;
    return at < 0 ? 0 : at < size ? at : size - 1;
  }
};

/// Factors of the pixels -1, 0, 1 and 2, counted from PlaceOf::near.
template <class Real>
struct FourTaps {
  Real of[4];
};

/// Catmull-Rom weights (models/interpolators.h, cubic_taps()) at the fraction t = PlaceOf::past.
template <class Real>
NN_HOST_DEVICE FourTaps<Real> cubic_weights(const Real& t) {
  const Real s = Real(1) - t;
  return {{Real(-0.5) * t * s * s, Real(1) + t * t * (Real(1.5) * t - Real(2.5)),
           Real(1) + s * s * (Real(1.5) * s - Real(2.5)), Real(-0.5) * t * t * s}};
}

/// Their derivatives with respect to t.
template <class Real>
NN_HOST_DEVICE FourTaps<Real> cubic_slopes(const Real& t) {
  const Real s = Real(1) - t;
  return {{Real(-0.5) * s * (s - Real(2) * t), t * (Real(4.5) * t - Real(5)),
           s * (Real(5) - Real(4.5) * s), Real(-0.5) * t * (Real(2) * s - t)}};
}

/// Derivatives of the weights at a place x + by with respect to `by`: 0 where the place is clamped.
template <class Real>
NN_HOST_DEVICE FourTaps<Real> cubic_slopes_at(const PlaceOf<Real>& p) {
  FourTaps<Real> slopes = cubic_slopes(p.past);
  for (Real& slope : slopes.of) slope = !p.free ? Real(0) : p.step < 0 ? -slope : slope;
  return slopes;
}

/// The 4 x 4 pixels around a place of an image with `channels` channels. Channel c of pixel (k, l)
/// of them is value rows[k] + columns[l] + c of the image.
struct Neighbours {
  int rows[4], columns[4];

  template <class Real>
  NN_HOST_DEVICE Neighbours(const PlaceOf<Real>& down, const PlaceOf<Real>& along, int h, int w,
                            int channels) {
    for (int k = 0; k < 4; ++k) {
      rows[k] = down.pixel(k - 1, h) * w * channels;
      columns[k] = along.pixel(k - 1, w) * channels;
    }
  }
  /// The sum of channel c of these pixels of `image`, each times its factors. The two pixels in the
  /// middle are added first, so a mirrored image gives the same bits.
  template <class Real, class Value>
  NN_HOST_DEVICE Real sum(const Value* image, int c, const FourTaps<Real>& y,
                          const FourTaps<Real>& x) const {
    Real row[4];
    for (int k = 0; k < 4; ++k) {
      const Value* v = image + rows[k] + c;
      row[k] = (x.of[1] * v[columns[1]] + x.of[2] * v[columns[2]]) +
               (x.of[0] * v[columns[0]] + x.of[3] * v[columns[3]]);
    }
    return (y.of[1] * row[1] + y.of[2] * row[2]) + (y.of[0] * row[0] + y.of[3] * row[3]);
  }
};

}  // namespace nn
