#include "nn/backend/cpu/conv_dense.h"

#include "nn/backend/cpu/panels.h"

namespace nn::cpu::chain {
namespace {

/// The smallest and the largest of some numbers; {0, 0} of none.
struct Range {
  index low = 0, high = 0;
  bool any = false;
  void add(index v) {
    low = any ? std::min(low, v) : v;
    high = any ? std::max(high, v) : v;
    any = true;
  }
};

/// Rows and columns [low, high] of every image of x, zeros where there are none.
Tensor cut_out(const Tensor& x, const Range& rows, const Range& cols) {
  const Shape& s = x.shape();
  const index height = rows.high - rows.low + 1;
  const index width = cols.high - cols.low + 1;
  Tensor out({s.n, height, width, s.c});
  const index v0 = std::max<index>(cols.low, 0);
  const index v1 = std::min(cols.high + 1, s.w);
  parallel_chunks(s.n * height, 8, [&](index begin, index end) {
    for (index line = begin; line < end; ++line) {
      float* to = out.data() + line * width * s.c;
      const index h = line % height + rows.low;
      if (h < 0 || h >= s.h || v0 >= v1) {
        std::fill_n(to, width * s.c, 0.0F);
        continue;
      }
      std::fill_n(to, (v0 - cols.low) * s.c, 0.0F);
      std::copy_n(x.data() + ((line / height * s.h + h) * s.w + v0) * s.c, (v1 - v0) * s.c,
                  to + (v0 - cols.low) * s.c);
      std::fill(to + (v1 - cols.low) * s.c, to + width * s.c, 0.0F);
    }
  });
  return out;
}

}  // namespace

/// Few output channels: rows of the product are channels, columns are pixels of one output row.
/// Each row of x is turned once, channel by channel, and a tap's shift is an offset into it. Weight
/// (r, c) of a tap is weights[r * w_row + c * w_k].
void few_channels(const Tensor& x, const std::vector<DensePhase>& phases, index step, index w_row,
                  index w_k, const Tensor* bias, GradOut out) {
  const Shape& s = x.shape();
  const Shape& y = out.tensor->shape();
  Range di, dj;
  index rows = 0;
  index cols = 0;
  for (const DensePhase& phase : phases) {
    rows = std::max(rows, phase.rows);
    cols = std::max(cols, phase.cols);
    for (const DenseTap& tap : phase.taps) {
      di.add(tap.di);
      dj.add(tap.dj);
    }
  }
  const index lanes = micro_kernel().lanes;
  const index row = round_up(cols, lanes) + dj.high - dj.low + kPad;  // of a turned line
  const index reach = di.high - di.low;
  const index block = std::clamp<index>((index{1} << 17) / (s.c * row) - reach, 1, 8);
  const index blocks = ceil_div(rows, block);
  parallel_for(s.n * blocks, [&](index task) {
    const index n = task / blocks;
    const index q0 = task % blocks * block;
    const index q1 = std::min(q0 + block, rows);
    float* turned = thread_scratch(0, (block + reach) * s.c * row);
    const index v0 = std::max<index>(0, dj.low);
    const index v1 = std::min(s.w, dj.low + row);
    for (index i = q0 + di.low; i < q1 + di.high; ++i) {
      float* to = turned + (i - q0 - di.low) * s.c * row;
      const bool inside = i >= 0 && i < s.h && v0 < v1;
      if (!inside || v0 > dj.low || v1 < dj.low + row) std::fill_n(to, s.c * row, 0.0F);
      if (!inside) continue;
      transpose(x.data() + ((n * s.h + i) * s.w + v0) * s.c, s.c, v1 - v0, s.c, to + v0 - dj.low,
                row);
    }
    for (const DensePhase& phase : phases) {
      float* result = thread_scratch(1, y.c * round_up(phase.cols, lanes));
      const index result_row = round_up(phase.cols, lanes);
      for (index q = q0; q < std::min(q1, phase.rows); ++q) {
        float* to = out.tensor->data() + ((n * y.h + phase.h0 + q * step) * y.w + phase.v0) * y.c;
        for (index j = 0; j < phase.cols; ++j) {
          for (index r = 0; r < y.c; ++r) {
            result[r * result_row + j] = bias != nullptr           ? bias->data()[r]
                                         : out.write == Write::add ? to[j * step * y.c + r]
                                                                   : 0.0F;
          }
        }
        for (const DenseTap& tap : phase.taps) {
          const float* line = turned + (q + tap.di - q0 - di.low) * s.c * row + tap.dj - dj.low;
          multiply(y.c, s.c, tap.weights, w_row, w_k, {line, micro_kernel().cols, row, phase.cols},
                   result, result_row, true);
        }
        for (index j = 0; j < phase.cols; ++j) {
          for (index r = 0; r < y.c; ++r) to[j * step * y.c + r] = result[r * result_row + j];
        }
      }
    }
  });
}

void wide_rows(const Tensor& x, const std::vector<DensePhase>& phases, index in_step,
               index out_step, bool turned, const Tensor* bias, GradOut out) {
  const MicroKernel& kernel = micro_kernel();
  const Shape& s = x.shape();
  const Shape& y = out.tensor->shape();
  Range in_rows, in_cols;
  index rows = 0;
  std::vector<Panels> weights;
  for (const DensePhase& phase : phases) {
    rows = std::max(rows, phase.rows);
    index k = 0;
    for (const DenseTap& tap : phase.taps) {
      in_rows.add(tap.di);
      in_rows.add(tap.di + (phase.rows - 1) * in_step);
      in_cols.add(tap.dj);
      in_cols.add(tap.dj + (phase.cols - 1) * in_step + ceil_div(tap.depth, s.c) - 1);
      k += tap.depth;
    }
    weights.emplace_back(k, y.c);
    if (!turned) weights.back().pack(phase.taps.front().weights, y.c);
    index done = 0;
    for (const DenseTap& tap : phase.taps) {
      if (turned) weights.back().pack_transposed(tap.weights, tap.depth, done, tap.depth);
      done += tap.depth;
    }
  }
  const Tensor padded = cut_out(x, in_rows, in_cols);
  const Shape& p = padded.shape();
  const index wide = round_up(y.c, kernel.lanes);  // whole vectors; what is beside is not read

  parallel_chunks(s.n * rows, 4, [&](index begin, index end) {
    for (index line = begin; line < end; ++line) {
      const index n = line / rows;
      const index i = line % rows;
      for (std::size_t f = 0; f < phases.size(); ++f) {
        const DensePhase& phase = phases[f];
        if (i >= phase.rows) continue;
        float* result = thread_scratch(0, phase.cols * wide);
        const auto pixel = [&](index j) {
          const index h = phase.h0 + i * out_step;
          return out.tensor->data() + ((n * y.h + h) * y.w + phase.v0 + j * out_step) * y.c;
        };
        for (index j = 0; j < phase.cols; ++j) {
          start_row(result + j * wide, bias != nullptr ? bias->data() : nullptr,
                    out.write == Write::add ? pixel(j) : nullptr, y.c);
          std::fill(result + j * wide + y.c, result + (j + 1) * wide, 0.0F);
        }
        index done = 0;
        for (const DenseTap& tap : phase.taps) {
          const index h = i * in_step + tap.di - in_rows.low;
          const float* from = padded.data() + ((n * p.h + h) * p.w + tap.dj - in_cols.low) * p.c;
          PanelView b = weights[f].view(0, weights[f].count(), done);
          b.n = wide;
          multiply(phase.cols, tap.depth, from, in_step * p.c, 1, b, result, wide, true);
          done += tap.depth;
        }
        for (index j = 0; j < phase.cols; ++j) std::copy_n(result + j * wide, y.c, pixel(j));
      }
    }
  });
}

void wide_rows_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map, GradOut dw) {
  const Shape& x = image.shape();
  const Shape& y = map.shape();
  const index pixels = y.pixels();
  const index size = dw.tensor->numel();
  Range rows, cols;
  for (const index last : {index{0}, (y.h - 1) * spec.stride + spec.kernel_h - 1}) {
    rows.add(last - spec.pad.top);
  }
  for (const index last : {index{0}, (y.w - 1) * spec.stride + spec.kernel_w - 1}) {
    cols.add(last - spec.pad.left);
  }
  const Tensor padded = cut_out(image, rows, cols);
  const Shape& p = padded.shape();
  const index window = spec.kernel_w * x.c;
  const index parts = ceil_div(pixels, kChainPixels);
  // The first part's chains start from what is there; the others' are added to them in order.
  Tensor later = parts > 1 ? Tensor({parts - 1, 1, 1, size}) : Tensor();
  Panels panels(pixels, y.c);
  panels.pack(map.data(), y.c);

  parallel_for(spec.kernel_h * parts, [&](index task) {
    const index a = task % spec.kernel_h;
    const index part = task / spec.kernel_h;
    float* target =
        (part == 0 ? dw.tensor->data() : later.data() + (part - 1) * size) + a * window * y.c;
    bool accumulate = part == 0 && dw.write == Write::add;
    const index end = std::min((part + 1) * kChainPixels, pixels);
    for (index first = part * kChainPixels; first < end;) {
      const index j = first % y.w;
      const index i = first / y.w % y.h;
      const index n = first / y.w / y.h;
      const index count = std::min(y.w - j, end - first);
      const float* from =
          padded.data() + ((n * p.h + i * spec.stride + a) * p.w + j * spec.stride) * p.c;
      multiply(window, count, from, 1, spec.stride * p.c, panels.view(0, panels.count(), first),
               target, y.c, accumulate);
      accumulate = true;
      first += count;
    }
  });
  add_parts(later, dw);
}

void add_parts(const Tensor& parts, GradOut dw) {
  if (parts.empty()) return;
  const index size = dw.tensor->numel();
  parallel_chunks(size, kChunk, [&](index begin, index end) {
    float* sum = dw.tensor->data();
    for (index part = 0; part < parts.shape().n; ++part) {
      const float* term = parts.data() + part * size;
      for (index i = begin; i < end; ++i) sum[i] += term[i];
    }
  });
}

}  // namespace nn::cpu::chain
