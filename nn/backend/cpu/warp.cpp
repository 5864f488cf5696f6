// warp2d: rows of y, and of the gradients, are shared out to the threads.
#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/cpu/loops.h"
#include "nn/core/between_pixels.h"

namespace nn {
namespace {

constexpr index kRows = 16;  // of one task

/// An image (H,W,C) and its movement.
struct Moved {
  int h, w, channels;
  const float* u;

  Moved(const Tensor& movement, index n, index c)
      : h(static_cast<int>(movement.shape().h)),
        w(static_cast<int>(movement.shape().w)),
        channels(static_cast<int>(c)),
        u(movement.data() + n * movement.shape().h * movement.shape().w * 2) {}
  PlaceOf<float> along(int i, int j) const { return {j, u[(index{i} * w + j) * 2], w}; }
  PlaceOf<float> down(int i, int j) const { return {i, u[(index{i} * w + j) * 2 + 1], h}; }
};

/// Calls body(image, n, i) for every row i of every image n.
template <class Body>
void each_row(const Tensor& u, index channels, const Body& body) {
  const index h = u.shape().h;
  parallel_chunks(u.shape().n * h, kRows, [&](index begin, index end) {
    for (index row = begin; row < end; ++row) {
      body(Moved(u, row / h, channels), row / h, static_cast<int>(row % h));
    }
  });
}

/// Value by value, as kernels write them.
void put(Destination out, index i, float value) {
  float& to = out.tensor->data()[i];
  to = out.write == Write::set ? value : to + value;
}

}  // namespace

void CpuBackend::run(const Warp2dForward& k) const {
  const Shape& s = k.x.shape();
  each_row(k.u, s.c, [&](const Moved& m, index n, int i) {
    const float* image = k.x.data() + n * s.h * s.w * s.c;
    float* y = k.y.tensor->data() + (n * s.h + i) * s.w * s.c;
    for (int j = 0; j < m.w; ++j) {
      const PlaceOf<float> down = m.down(i, j);
      const PlaceOf<float> along = m.along(i, j);
      const Neighbours around(down, along, m.h, m.w, m.channels);
      const FourTaps<float> rows = cubic_weights(down.past);
      const FourTaps<float> columns = cubic_weights(along.past);
      for (int c = 0; c < m.channels; ++c) *y++ = around.sum(image, c, rows, columns);
    }
  });
}

void CpuBackend::run(const Warp2dBackwardImage& k) const {
  const Shape& s = k.dy.shape();
  const index per_image = cpu::ceil_div(s.h, kRows);
  // A task owns rows of dx, and goes through all pixels of dy that may have been read from them.
  parallel_for(s.n * per_image, [&](index task) {
    const index n = task / per_image;
    const auto first = static_cast<int>(task % per_image * kRows);
    const Moved m(k.u, n, s.c);
    const int end = std::min(first + static_cast<int>(kRows), m.h);
    const int line = m.w * m.channels;
    float* image = k.dx.tensor->data() + n * s.h * s.w * s.c;
    if (k.dx.write == Write::set)
      std::fill(image + index{first} * line, image + index{end} * line, 0.0F);
    const float* dy = k.dy.data() + n * s.h * s.w * s.c;
    for (int i = 0; i < m.h; ++i) {
      for (int j = 0; j < m.w; ++j, dy += m.channels) {
        const PlaceOf<float> down = m.down(i, j);
        const PlaceOf<float> along = m.along(i, j);
        const Neighbours around(down, along, m.h, m.w, m.channels);
        const FourTaps<float> rows = cubic_weights(down.past);
        const FourTaps<float> columns = cubic_weights(along.past);
        for (int p = 0; p < 4; ++p) {
          if (around.rows[p] < first * line || around.rows[p] >= end * line) continue;
          for (int q = 0; q < 4; ++q) {
            float* to = image + around.rows[p] + around.columns[q];
            const float weight = rows.of[p] * columns.of[q];
            for (int c = 0; c < m.channels; ++c) to[c] += weight * dy[c];
          }
        }
      }
    }
  });
}

void CpuBackend::run(const Warp2dBackwardMovement& k) const {
  const Shape& s = k.x.shape();
  each_row(k.u, s.c, [&](const Moved& m, index n, int i) {
    const float* image = k.x.data() + n * s.h * s.w * s.c;
    const index pixel = (n * s.h + i) * s.w;
    for (int j = 0; j < m.w; ++j) {
      const float* dy = k.dy.data() + (pixel + j) * s.c;
      const PlaceOf<float> down = m.down(i, j);
      const PlaceOf<float> along = m.along(i, j);
      const Neighbours around(down, along, m.h, m.w, m.channels);
      const FourTaps<float> rows = cubic_weights(down.past);
      const FourTaps<float> columns = cubic_weights(along.past);
      const FourTaps<float> down_slopes = cubic_slopes_at(down);
      const FourTaps<float> along_slopes = cubic_slopes_at(along);
      float right = 0;
      float below = 0;
      for (int c = 0; c < m.channels; ++c) {
        right += dy[c] * around.sum(image, c, rows, along_slopes);
        below += dy[c] * around.sum(image, c, down_slopes, columns);
      }
      put(k.du, (pixel + j) * 2, right);
      put(k.du, (pixel + j) * 2 + 1, below);
    }
  });
}

}  // namespace nn
