// warp2d. Thread i computes all channels of pixel i: threads that follow each other read pixels
// that lie near each other where the movement is smooth. Formulas: nn/backend/ref/warp.h.
//
// The gradient of the image has a thread for each row of dx. The thread goes through all pixels of
// dy in their order, and adds what belongs to its row: the order of the sums is that of the CPU,
// and no two threads write one value. This is slow, and no network of the project needs it.
#include "nn/backend/gpu/kernel.h"
#include "nn/core/between_pixels.h"

namespace nn::gpu {

/// The places to which the movement u leads from pixel `i` of all images, and its image.
struct Led {
  PlaceOf<float> along, down;
  int image;
  GPU_DEVICE Led(int i, const float* u, int h, int w)
      : along(i % w, u[2 * i], w), down(i / w % h, u[2 * i + 1], h), image(i / w / h) {}
};

GPU_KERNEL(256, warp_forward, int count, const float* x, const float* u, int h, int w, int channels,
           float* y) {
  const int i = global_index();
  if (i >= count) return;
  const Led led(i, u, h, w);
  const Neighbours around(led.down, led.along, h, w, channels);
  const FourTaps<float> rows = cubic_weights(led.down.past);
  const FourTaps<float> columns = cubic_weights(led.along.past);
  const float* image = x + led.image * h * w * channels;
  for (int c = 0; c < channels; ++c) y[i * channels + c] = around.sum(image, c, rows, columns);
}

/// `count`: rows of all images.
GPU_KERNEL(64, warp_backward_image, int count, const float* u, const float* dy, int h, int w,
           int channels, Store dx) {
  const int row = global_index();
  if (row >= count) return;
  const int line = w * channels;
  const int first = row / h * h * w;  // pixel of its image
  float* image = dx.to + first * channels;
  if (!dx.add) {
    for (int k = 0; k < line; ++k) dx.to[row * line + k] = 0.0f;
  }
  for (int i = first; i < first + h * w; ++i) {
    const Led led(i, u, h, w);
    const Neighbours around(led.down, led.along, h, w, channels);
    const FourTaps<float> rows = cubic_weights(led.down.past);
    const FourTaps<float> columns = cubic_weights(led.along.past);
    for (int p = 0; p < 4; ++p) {
      if (around.rows[p] != row % h * line) continue;
      for (int q = 0; q < 4; ++q) {
        float* to = image + around.rows[p] + around.columns[q];
        const float weight = rows.of[p] * columns.of[q];
        for (int c = 0; c < channels; ++c) to[c] += weight * dy[i * channels + c];
      }
    }
  }
}

GPU_KERNEL(256, warp_backward_movement, int count, const float* x, const float* u, const float* dy,
           int h, int w, int channels, Store du) {
  const int i = global_index();
  if (i >= count) return;
  const Led led(i, u, h, w);
  const Neighbours around(led.down, led.along, h, w, channels);
  const FourTaps<float> rows = cubic_weights(led.down.past);
  const FourTaps<float> columns = cubic_weights(led.along.past);
  const FourTaps<float> down_slopes = cubic_slopes_at(led.down);
  const FourTaps<float> along_slopes = cubic_slopes_at(led.along);
  const float* image = x + led.image * h * w * channels;
  float right = 0.0f;
  float below = 0.0f;
  for (int c = 0; c < channels; ++c) {
    const float d = dy[i * channels + c];
    right += d * around.sum(image, c, rows, along_slopes);
    below += d * around.sum(image, c, down_slopes, columns);
  }
  du.put(2 * i, right);
  du.put(2 * i + 1, below);
}

}  // namespace nn::gpu

#if !defined(__CUDACC__)
#include "nn/backend/gpu/gpu_backend.h"

namespace nn::gpu {

void GpuBackend::run(const Warp2dForward& k) const {
  Call c = call();
  const Shape& s = k.x.shape();
  c.launch(warp_forward, blocks_of(s.pixels(), warp_forward.threads), count_of(s.pixels()),
           c.in(k.x), c.in(k.u), count_of(s.h), count_of(s.w), count_of(s.c), c.out(k.y).to);
  c.finish();
}

void GpuBackend::run(const Warp2dBackwardImage& k) const {
  Call c = call();
  const Shape& s = k.dy.shape();
  const index rows = s.n * s.h;
  c.launch(warp_backward_image, blocks_of(rows, warp_backward_image.threads), count_of(rows),
           c.in(k.u), c.in(k.dy), count_of(s.h), count_of(s.w), count_of(s.c), c.out(k.dx));
  c.finish();
}

void GpuBackend::run(const Warp2dBackwardMovement& k) const {
  Call c = call();
  const Shape& s = k.x.shape();
  c.launch(warp_backward_movement, blocks_of(s.pixels(), warp_backward_movement.threads),
           count_of(s.pixels()), c.in(k.x), c.in(k.u), c.in(k.dy), count_of(s.h), count_of(s.w),
           count_of(s.c), c.out(k.du));
  c.finish();
}

}  // namespace nn::gpu
#endif
