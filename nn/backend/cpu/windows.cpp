#include "nn/backend/cpu/windows.h"

#include <algorithm>

#include "nn/backend/cpu/loops.h"

namespace nn::cpu {
std::vector<WindowRange> cut_window(const Conv2dSpec& spec, index channels, index limit) {
  const index row = spec.kernel_w * channels;
  const index h_step = std::clamp<index>(limit / row, 1, spec.kernel_h);
  const index w_step = row <= limit ? spec.kernel_w : std::max<index>(limit / channels, 1);
  const index c_step = std::min(channels, limit);
  std::vector<WindowRange> ranges;
  for (index a = 0; a < spec.kernel_h; a += h_step) {
    for (index b = 0; b < spec.kernel_w; b += w_step) {
      for (index c = 0; c < channels; c += c_step) {
        ranges.push_back({a, std::min(a + h_step, spec.kernel_h), b,
                          std::min(b + w_step, spec.kernel_w), c, std::min(c + c_step, channels)});
      }
    }
  }
  return ranges;
}

std::vector<TapRange> cut_taps(index taps, index channels, index limit) {
  const index tap_step = std::max<index>(limit / channels, 1);
  std::vector<TapRange> ranges;
  for (index t = 0; t < taps; t += tap_step) {
    for (index c = 0; c < channels; c += limit) {
      ranges.push_back({t, std::min(t + tap_step, taps), c, std::min(c + limit, channels)});
    }
  }
  return ranges;
}

void gather_windows(const Conv2dSpec& s, const Tensor& image, const Shape& map, index first,
                    index last, const WindowRange& r, float* out, index row) {
  const Shape& x = image.shape();
  const index channels = r.c1 - r.c0;
  const index taps = r.tap_w1 - r.tap_w0;
  const bool whole_pixels = channels == x.c;
  for (index p = first; p < last; ++p, out += row) {
    const index n = p / (map.h * map.w);
    const index i = p / map.w % map.h;
    const index j = p % map.w;
    const index v0 = j * s.stride + r.tap_w0 - s.pad.left;
    float* dst = out;
    for (index a = r.tap_h0; a < r.tap_h1; ++a) {
      const index h = i * s.stride + a - s.pad.top;
      const bool row_inside = h >= 0 && h < x.h;
      if (row_inside && v0 >= 0 && v0 + taps <= x.w && whole_pixels) {
        // A row of a window is contiguous: this is what NHWC is for.
        copy_values(image.data() + ((n * x.h + h) * x.w + v0) * x.c, taps * channels, dst);
        dst += taps * channels;
        continue;
      }
      for (index b = 0; b < taps; ++b, dst += channels) {
        const index v = v0 + b;
        if (row_inside && v >= 0 && v < x.w) {
          copy_values(image.data() + ((n * x.h + h) * x.w + v) * x.c + r.c0, channels, dst);
        } else {
          std::fill_n(dst, channels, 0.0F);
        }
      }
    }
  }
}

PhaseAxis::PhaseAxis(index phase, index stride, index pad_before, index size, index kernel)
    : first(((phase - pad_before) % stride + stride) % stride),
      count(size > first ? ceil_div(size - first, stride) : 0),
      tap(phase),
      taps(kernel > tap ? ceil_div(kernel - tap, stride) : 0) {}

std::vector<Phase> phases_of(const Conv2dSpec& spec, const Shape& image) {
  std::vector<Phase> phases;
  for (index a = 0; a < spec.stride; ++a) {
    for (index b = 0; b < spec.stride; ++b) {
      const Phase phase{PhaseAxis(a, spec.stride, spec.pad.top, image.h, spec.kernel_h),
                        PhaseAxis(b, spec.stride, spec.pad.left, image.w, spec.kernel_w),
                        spec.stride};
      if (phase.pixels(image) > 0) phases.push_back(phase);
    }
  }
  return phases;
}

void gather_phase(const Conv2dSpec& spec, const Phase& phase, const Tensor& map, const Shape& image,
                  index first, index last, index tap0, index tap1, index c0, index c1, float* out,
                  index row) {
  const Shape& m = map.shape();
  const index channels = c1 - c0;
  for (index p = first; p < last; ++p, out += row) {
    const index pixel = phase.pixel(image, p);
    const index n = pixel / (image.h * image.w);
    const index i0 = (pixel / image.w % image.h + spec.pad.top - phase.rows.tap) / phase.stride;
    const index j0 = (pixel % image.w + spec.pad.left - phase.cols.tap) / phase.stride;
    float* dst = out;
    for (index t = tap0; t < tap1; ++t, dst += channels) {
      const index i = i0 - t / phase.cols.taps;
      const index j = j0 - t % phase.cols.taps;
      if (i >= 0 && i < m.h && j >= 0 && j < m.w) {
        copy_values(map.data() + ((n * m.h + i) * m.w + j) * m.c + c0, channels, dst);
      } else {
        std::fill_n(dst, channels, 0.0F);
      }
    }
  }
}

}  // namespace nn::cpu
