// The three convolution kernels as matrix products in which every element is one chain of fused
// multiply-adds over k in increasing order (micro_kernel.h). How the work is cut into blocks, tasks
// and tiles below is therefore free: it changes no bit.
//
// A product has a long side, which runs over pixels, and a short one, which runs over channels. The
// vectors of the micro-kernel run over channels, where weights already lie side by side. Only where
// there are few channels do they run over pixels (the kernels named *_few).
#include <algorithm>
#include <array>
#include <vector>

#include "nn/backend/cpu/conv_kernels.h"
#include "nn/backend/cpu/loops.h"
#include "nn/backend/cpu/panels.h"
#include "nn/backend/cpu/windows.h"

namespace nn::cpu::chain {
namespace {

constexpr index kDepth = 256;  ///< values of k in a block: a row of tiles stays in the L1 cache
constexpr index kStrip = 168;  ///< rows of A in a task: 14 * 12 = 6 * 28
constexpr index kWidth = 256;  ///< columns of a task: kDepth x kWidth weights stay in the L2 cache
constexpr index kTasks = 16;   ///< wanted, so that threads end at about the same time
constexpr index kFew = 8;      ///< fewer channels than this are a waste of vectors
constexpr index kPad = 16;     ///< between rows of a strip, against powers of two in the cache

index ceil_div(index a, index b) { return (a + b - 1) / b; }

/// Memory that a thread keeps for its strips; grows to the largest one and stays.
float* thread_scratch(std::size_t slot, index count) {
  static thread_local std::array<std::vector<float>, 3> buffers;
  auto& buffer = buffers[slot];
  if (static_cast<index>(buffer.size()) < count) buffer.resize(static_cast<std::size_t>(count));
  return buffer.data();
}

/// A result of rows x columns cut into tasks; columns are counted in `unit`s.
struct Cut {
  index rows, cols, row_step, col_step, row_tasks, col_tasks;

  Cut(index rows_, index cols_, index unit, index widest) : rows(rows_), cols(cols_) {
    const index least = micro_kernel().rows;
    row_step = std::min(kStrip, rows);
    col_step = std::max<index>(widest / unit, 1) * unit;
    update();
    while (row_tasks * col_tasks < kTasks) {
      if (row_step > 2 * least) {
        row_step = ceil_div(row_step / 2, least) * least;
      } else if (col_step > unit) {
        col_step = ceil_div(col_step / 2, unit) * unit;
      } else {
        break;
      }
      update();
    }
  }
  index tasks() const { return row_tasks * col_tasks; }
  /// {first row, last row, first column, last column} of a task.
  std::array<index, 4> part(index task) const {
    const index r = task / col_tasks * row_step;
    const index c = task % col_tasks * col_step;
    return {r, std::min(r + row_step, rows), c, std::min(c + col_step, cols)};
  }

 private:
  void update() {
    row_tasks = ceil_div(rows, row_step);
    col_tasks = ceil_div(cols, col_step);
  }
};

/// What the chains of a row of `count` outputs start from.
void start_row(float* row, const float* bias, const float* old, index count) {
  if (bias != nullptr) {
    std::copy_n(bias, count, row);
  } else if (old != nullptr) {
    std::copy_n(old, count, row);
  } else {
    std::fill_n(row, count, 0.0F);
  }
}

/// A block of k of the adjoint: taps [tap0, tap1) of a phase, channels [c0, c1) of the map.
struct TapRange {
  index tap0, tap1, c0, c1;
  index size() const { return (tap1 - tap0) * (c1 - c0); }
};

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

/// A strip of pixels, k values each, as the right factor of a product.
PanelView as_panels(const float* strip, index row, index pixels, index k, float* out) {
  const index cols = micro_kernel().cols;
  for (index p = 0; p < pixels; p += cols) {
    const index width = std::min(cols, pixels - p);
    float* panel = out + p * k;
    transpose(strip + p * row, row, width, k, panel, cols);
    if (width == cols) continue;
    for (index t = 0; t < k; ++t) std::fill(panel + t * cols + width, panel + (t + 1) * cols, 0.0F);
  }
  return {out, cols * k, cols, pixels};
}

index round_up(index count, index unit) { return ceil_div(count, unit) * unit; }

/// correlate() for few output channels: rows are channels, columns are pixels.
void correlate_few(const Conv2dSpec& spec, const Tensor& image, const Tensor& w, const Tensor* bias,
                   GradOut map) {
  const Shape& y = map.tensor->shape();
  const index cols = micro_kernel().cols;
  const auto blocks = cut_window(spec, image.shape().c, kDepth);
  constexpr index kPixels = 128;
  parallel_chunks(y.pixels(), kPixels, [&](index first, index last) {
    const index pixels = last - first;
    float* out = map.tensor->data() + first * y.c;
    std::array<float, kFew * kPixels> result;
    for (index p = 0; p < pixels; ++p) {
      for (index o = 0; o < y.c; ++o) {
        result[static_cast<std::size_t>(o * kPixels + p)] = bias != nullptr ? bias->data()[o]
                                                            : map.write == Write::add
                                                                ? out[p * y.c + o]
                                                                : 0.0F;
      }
    }
    index k = 0;
    for (const WindowRange& r : blocks) {
      const index row = r.size() + kPad;
      float* strip = thread_scratch(0, pixels * row);
      gather_windows(spec, image, y, first, last, r, strip, row);
      float* panels = thread_scratch(1, round_up(pixels, cols) * r.size());
      const PanelView b = as_panels(strip, row, pixels, r.size(), panels);
      multiply(y.c, r.size(), w.data() + k * y.c, 1, y.c, b, result.data(), kPixels, true);
      k += r.size();
    }
    for (index p = 0; p < pixels; ++p) {
      for (index o = 0; o < y.c; ++o) {
        out[p * y.c + o] = result[static_cast<std::size_t>(o * kPixels + p)];
      }
    }
  });
}

/// One phase of correlate_adjoint() where there are few channels or few pixels: rows are channels,
/// columns are pixels, and the weights are read once, from where they are.
void adjoint_few(const Conv2dSpec& spec, const Phase& phase, const Tensor& map, const Tensor& w,
                 const Tensor* bias, GradOut image) {
  const Shape& x = image.tensor->shape();
  const index channels = map.shape().c;
  const index cols = micro_kernel().cols;
  constexpr index kPixels = 128;
  const index pixel_step = std::min(kPixels, phase.pixels(x));
  const index pixel_tasks = ceil_div(phase.pixels(x), pixel_step);
  const index row_step =
      pixel_tasks >= kTasks ? x.c : std::min(x.c, std::max<index>(8, ceil_div(x.c, kTasks)));
  const index row_tasks = ceil_div(x.c, row_step);
  const auto blocks = cut_taps(phase.taps(), channels, kDepth);

  parallel_for(pixel_tasks * row_tasks, [&](index task) {
    const index first = task / row_tasks * pixel_step;
    const index last = std::min(first + pixel_step, phase.pixels(x));
    const index c0 = task % row_tasks * row_step;
    const index rows = std::min(c0 + row_step, x.c) - c0;
    const index pixels = last - first;
    float* result = thread_scratch(2, rows * kPixels);
    const auto pixel = [&](index p) {
      return image.tensor->data() + phase.pixel(x, first + p) * x.c + c0;
    };
    for (index p = 0; p < pixels; ++p) {
      const float* old = pixel(p);
      for (index c = 0; c < rows; ++c) {
        result[c * kPixels + p] = bias != nullptr             ? bias->data()[c0 + c]
                                  : image.write == Write::add ? old[c]
                                                              : 0.0F;
      }
    }
    for (const TapRange& r : blocks) {
      const index k = r.c1 - r.c0;
      for (index t = r.tap0; t < r.tap1; ++t) {  // a tap's weights lie apart from the next one's
        const index row = k + kPad;
        float* strip = thread_scratch(0, pixels * row);
        gather_phase(spec, phase, map, x, first, last, t, t + 1, r.c0, r.c1, strip, row);
        float* panels = thread_scratch(1, round_up(pixels, cols) * k);
        const PanelView b = as_panels(strip, row, pixels, k, panels);
        const float* weights = w.data() + (phase.weight_tap(spec, t) * x.c + c0) * channels + r.c0;
        multiply(rows, k, weights, channels, 1, b, result, kPixels, true);
      }
    }
    for (index p = 0; p < pixels; ++p) {
      float* out = pixel(p);
      for (index c = 0; c < rows; ++c) out[c] = result[c * kPixels + p];
    }
  });
}

}  // namespace

void correlate(const Conv2dSpec& spec, const Tensor& image, const Tensor& w, const Tensor* bias,
               GradOut map) {
  const Shape& y = map.tensor->shape();
  if (y.c < kFew) return correlate_few(spec, image, w, bias, map);
  const MicroKernel& kernel = micro_kernel();
  const index k = w.shape().n * w.shape().h * w.shape().w;
  const auto blocks = cut_window(spec, image.shape().c, kDepth);
  const Cut cut(y.pixels(), y.c, kernel.cols, kWidth);

  // Few pixels: packing the weights would cost more than it saves.
  const bool packed = y.pixels() > 2 * kernel.rows || y.c % kernel.lanes != 0;
  Panels panels(packed ? k : 0, y.c);
  if (packed) panels.pack(w.data(), y.c);

  const bool old = map.write == Write::add;
  parallel_for(cut.tasks(), [&](index task) {
    const auto [first, last, o0, o1] = cut.part(task);
    float* out = map.tensor->data() + first * y.c + o0;
    if (bias != nullptr) {
      for (index p = 0; p < last - first; ++p) {
        std::copy_n(bias->data() + o0, o1 - o0, out + p * y.c);
      }
    }
    bool accumulate = old || bias != nullptr;
    index done = 0;
    for (const WindowRange& r : blocks) {
      const index row = r.size() + kPad;
      float* strip = thread_scratch(0, (last - first) * row);
      gather_windows(spec, image, y, first, last, r, strip, row);
      const PanelView b = packed ? panels.view(o0 / kernel.cols, ceil_div(o1, kernel.cols), done)
                                 : PanelView{w.data() + done * y.c + o0, kernel.cols, y.c, o1 - o0};
      multiply(last - first, r.size(), strip, row, 1, b, out, y.c, accumulate);
      accumulate = true;
      done += r.size();
    }
  });
}

void correlate_adjoint(const Conv2dSpec& spec, const Tensor& map, const Tensor& w,
                       const Tensor* bias, GradOut image) {
  const MicroKernel& kernel = micro_kernel();
  const Shape& x = image.tensor->shape();
  const index channels = map.shape().c;
  for (const Phase& phase : phases_of(spec, x)) {
    if (x.c < kFew || phase.pixels(x) <= kernel.lanes) {
      adjoint_few(spec, phase, map, w, bias, image);
      continue;
    }
    Panels panels(phase.taps() * channels, x.c);
    for (index t = 0; t < phase.taps(); ++t) {
      panels.pack_transposed(w.data() + phase.weight_tap(spec, t) * x.c * channels, channels,
                             t * channels, channels);
    }
    const auto blocks = cut_taps(phase.taps(), channels, kDepth);
    const Cut cut(phase.pixels(x), x.c, kernel.cols, kWidth);
    parallel_for(cut.tasks(), [&](index task) {
      const auto [first, last, c0, c1] = cut.part(task);
      const index width = c1 - c0;
      float* result = thread_scratch(1, (last - first) * width);
      const auto pixel = [&, c = c0](index p) {
        return image.tensor->data() + phase.pixel(x, p) * x.c + c;
      };
      for (index p = first; p < last; ++p) {
        start_row(result + (p - first) * width, bias != nullptr ? bias->data() + c0 : nullptr,
                  image.write == Write::add ? pixel(p) : nullptr, width);
      }
      index done = 0;
      for (const TapRange& r : blocks) {
        const index row = r.size() + kPad;
        float* strip = thread_scratch(0, (last - first) * row);
        gather_phase(spec, phase, map, x, first, last, r.tap0, r.tap1, r.c0, r.c1, strip, row);
        const PanelView b = panels.view(c0 / kernel.cols, ceil_div(c1, kernel.cols), done);
        multiply(last - first, r.size(), strip, row, 1, b, result, width, true);
        done += r.size();
      }
      for (index p = first; p < last; ++p) {
        std::copy_n(result + (p - first) * width, width, pixel(p));
      }
    });
  }
}

void correlate_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map, GradOut dw) {
  const MicroKernel& kernel = micro_kernel();
  const index cin = image.shape().c;
  const index cout = map.shape().c;
  const index pixels = map.shape().pixels();
  const index size = dw.tensor->numel();
  const bool few = cout < kFew;

  const auto rows = cut_window(spec, cin, 128);
  const index row_tasks = static_cast<index>(rows.size());
  const index parts = ceil_div(pixels, kChainPixels);
  // The first part's chains start from what is there; the others' are added to them in order.
  Tensor later = parts > 1 ? Tensor({parts - 1, 1, 1, size}) : Tensor();
  Panels panels(few ? 0 : pixels, cout);
  if (!few) panels.pack(map.data(), cout);
  const index col_step = std::max(kernel.cols, kWidth / kernel.cols * kernel.cols);
  const index col_tasks = few ? 1 : ceil_div(cout, col_step);

  parallel_for(row_tasks * col_tasks * parts, [&](index task) {
    const WindowRange& u = rows[static_cast<std::size_t>(task / col_tasks % row_tasks)];
    const index part = task / col_tasks / row_tasks;
    const index o0 = task % col_tasks * col_step;
    const index o1 = few ? cout : std::min(o0 + col_step, cout);
    const index m = u.size();
    float* target = (part == 0 ? dw.tensor->data() : later.data() + (part - 1) * size) +
                    ((u.tap_h0 * spec.kernel_w + u.tap_w0) * cin + u.c0) * cout;
    bool accumulate = part == 0 && dw.write == Write::add;
    const index row = round_up(m, kernel.cols) + kPad;
    float* strip = thread_scratch(0, kDepth * row);
    float* turned = few ? thread_scratch(1, cout * row) : nullptr;
    if (few && accumulate) transpose(target, cout, m, cout, turned, row);
    const index end = std::min((part + 1) * kChainPixels, pixels);
    for (index first = part * kChainPixels; first < end; first += kDepth) {
      const index last = std::min(first + kDepth, end);
      gather_windows(spec, image, map.shape(), first, last, u, strip, row);
      if (few) {
        for (index p = 0; p < last - first; ++p) {
          std::fill(strip + p * row + m, strip + (p + 1) * row, 0.0F);
        }
        multiply(cout, last - first, map.data() + first * cout, 1, cout,
                 {strip, kernel.cols, row, m}, turned, row, accumulate);
      } else {
        const PanelView b = panels.view(o0 / kernel.cols, ceil_div(o1, kernel.cols), first);
        multiply(m, last - first, strip, 1, row, b, target + o0, cout, accumulate);
      }
      accumulate = true;
    }
    if (few) transpose(turned, row, cout, m, target, cout);
  });
  if (parts == 1) return;
  parallel_chunks(size, kChunk, [&](index begin, index end) {
    float* sum = dw.tensor->data();
    for (index part = 0; part + 1 < parts; ++part) {
      const float* term = later.data() + part * size;
      for (index i = begin; i < end; ++i) sum[i] += term[i];
    }
  });
}

}  // namespace nn::cpu::chain
