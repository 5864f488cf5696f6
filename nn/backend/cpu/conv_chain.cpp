// The three convolution kernels as matrix products in which every element is one chain of fused
// multiply-adds over k in increasing order (micro_kernel.h). How the work is cut into blocks, tasks
// and tiles below is therefore free: it changes no bit.
//
// A product has a long side, which runs over pixels, and a short one, which runs over channels. The
// vectors of the micro-kernel run over channels, where weights already lie side by side. Only where
// there are few channels do they run over pixels (few_channels, few_pixels).
#include <algorithm>
#include <array>
#include <numeric>
#include <vector>

#include "nn/backend/cpu/conv_dense.h"
#include "nn/backend/cpu/conv_kernels.h"
#include "nn/backend/cpu/loops.h"
#include "nn/backend/cpu/panels.h"
#include "nn/backend/cpu/windows.h"

namespace nn::cpu::chain {
namespace {

constexpr index kStrip = 168;   ///< rows of A in a task: 14 * 12 = 6 * 28
constexpr index kSmall = 1024;  ///< pixels of a batch of small images
constexpr index kWidth = 256;   ///< columns of a task: kDepth x kWidth weights stay in the L2 cache

/// A result of rows x columns cut into tasks; columns are counted in `unit`s.
struct Cut {
  index rows, cols, row_step, col_step, row_tasks, col_tasks;

  Cut(index rows_, index cols_, index unit, index widest) : rows(rows_), cols(cols_) {
    const index least = micro_kernel().rows;
    row_step = std::min(kStrip, rows);
    col_step = std::max<index>(widest / unit, 1) * unit;
    update();
    while (row_tasks * col_tasks < tasks_wanted()) {
      // One strip of rows: columns first, so that no weight is needed by two tasks.
      const bool rows_can = row_step > 2 * least;
      const bool cols_can = col_step > unit;
      if (!rows_can && !cols_can) break;
      if (rows_can && (row_tasks > 1 || !cols_can)) {
        row_step = ceil_div(row_step / 2, least) * least;
      } else {
        col_step = ceil_div(col_step / 2, unit) * unit;
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

/// How many rows, `step` values apart, a task takes: those of a tile find room in the L1 cache
/// together, where a place in a page of 1024 values has eight ways.
index rows_at_once(index step) {
  constexpr index kPage = 1024;
  const index rows = micro_kernel().rows;
  const index room = 8 * (kPage / std::gcd(step, kPage));
  return rows <= room ? 2 * rows : room;
}

/// One phase of correlate_adjoint() where there are few pixels: rows of the product are channels,
/// columns are pixels, and the weights are read once, from where they are.
void few_pixels(const Conv2dSpec& spec, const Phase& phase, const Tensor& map, const float* w,
                const Tensor* bias, Destination image) {
  const Shape& x = image.tensor->shape();
  const index channels = map.shape().c;
  const index cols = micro_kernel().cols;
  const index pixels = phase.pixels(x);
  const index result_row = round_up(pixels, cols);

  // Every tap's map values under the phase's pixels, turned: few, so they are made once.
  Tensor turned({1, 1, phase.taps() * channels, result_row});
  parallel_for(phase.taps(), [&](index t) {
    float* strip = thread_scratch(0, pixels * channels);
    gather_phase(spec, phase, map, x, 0, pixels, t, t + 1, 0, channels, strip, channels);
    pack_columns(strip, channels, channels, pixels, turned.data() + t * channels * result_row,
                 channels * cols);
  });

  parallel_chunks(x.c, rows_at_once(channels), [&](index c0, index c1) {
    const index rows = c1 - c0;
    float* result = thread_scratch(1, rows * result_row);
    const auto pixel = [&](index p) { return image.tensor->data() + phase.pixel(x, p) * x.c + c0; };
    for (index p = 0; p < pixels; ++p) {
      const float* old = pixel(p);
      for (index c = 0; c < rows; ++c) {
        result[c * result_row + p] = bias != nullptr             ? bias->data()[c0 + c]
                                     : image.write == Write::add ? old[c]
                                                                 : 0.0F;
      }
    }
    for (index t = 0; t < phase.taps(); ++t) {
      const float* weights = w + (phase.weight_tap(spec, t) * x.c + c0) * channels;
      // What is fetched meanwhile: the weights of the next rows.
      const PanelView values{turned.data() + t * channels * result_row,
                             channels * cols,
                             cols,
                             pixels,
                             0,
                             weights + rows * channels,
                             rows * channels};
      multiply(rows, channels, weights, channels, 1, values, result, result_row, true);
    }
    for (index p = 0; p < pixels; ++p) {
      float* out = pixel(p);
      for (index c = 0; c < rows; ++c) out[c] = result[c * result_row + p];
    }
  });
}

/// One tap for each of the kernel's: a pixel of `image`.
DensePhase taps_of_pixels(const Conv2dSpec& spec, const Weights& w, index channels,
                          const Shape& y) {
  DensePhase all{y.h, y.w, 0, 0, {}};
  for (index t = 0; t < spec.kernel_h * spec.kernel_w; ++t) {
    const index row = t * channels;
    all.taps.push_back({t / spec.kernel_w - spec.pad.top, t % spec.kernel_w - spec.pad.left,
                        channels, w.fixed ? w.fixed->at(row, 0) : w.values + row * y.c, row});
  }
  return all;
}

/// One tap for each row of the kernel, of kw Cin values: it reads neighbouring pixels.
DensePhase taps_of_rows(const Conv2dSpec& spec, const Weights& w, index channels, const Shape& y) {
  DensePhase all{y.h, y.w, 0, 0, {}};
  const index depth = spec.kernel_w * channels;
  for (index a = 0; a < spec.kernel_h; ++a) {
    const index row = a * depth;
    all.taps.push_back({a - spec.pad.top, -spec.pad.left, depth,
                        w.fixed ? w.fixed->at(row, 0) : w.values + row * y.c, row});
  }
  return all;
}

void gather_correlate(const Conv2dSpec& spec, const Tensor& image, const Weights& w,
                      const Tensor* bias, Destination map) {
  const MicroKernel& kernel = micro_kernel();
  const Shape& y = map.tensor->shape();
  const index k = w.shape.n * w.shape.h * w.shape.w;
  const auto blocks = cut_window(spec, image.shape().c, kDepth);
  const Cut cut(y.pixels(), y.c, kernel.cols, kWidth);

  // Weights that one task alone needs it packs itself, block by block, and they stay in its cache.
  // For a few pixels it reads them from where they are: packing would take longer than the product.
  const bool shared = cut.row_tasks > 1 && !w.fixed;
  const bool direct = y.pixels() <= 2 * kernel.rows && y.c % kernel.lanes == 0;
  Panels panels(shared ? k : 0, y.c);
  if (shared) panels.pack(w.values, y.c);

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
      PanelView b;
      if (w.fixed) {
        b = w.fixed->view(o0, o1, done);
      } else if (shared) {
        b = panels.view(o0 / kernel.cols, ceil_div(o1, kernel.cols), done);
      } else if (direct) {
        b = {w.values + done * y.c + o0, kernel.cols, y.c, o1 - o0};
      } else {
        float* own = thread_scratch(1, r.size() * round_up(o1 - o0, kernel.cols));
        pack_rows(w.values + done * y.c + o0, y.c, r.size(), o1 - o0, own, r.size() * kernel.cols);
        b = {own, r.size() * kernel.cols, kernel.cols, o1 - o0};
      }
      multiply(last - first, r.size(), strip, row, 1, b, out, y.c, accumulate);
      accumulate = true;
      done += r.size();
    }
  });
}

/// Every phase as a dense correlation of the map.
std::vector<DensePhase> dense_phases(const Conv2dSpec& spec, const Weights& w, index channels,
                                     const Shape& x) {
  std::vector<DensePhase> dense;
  for (const Phase& phase : phases_of(spec, x)) {
    DensePhase d{phase.rows.count, phase.cols.count, phase.rows.first, phase.cols.first, {}};
    const index i0 = (d.h0 + spec.pad.top - phase.rows.tap) / spec.stride;
    const index j0 = (d.v0 + spec.pad.left - phase.cols.tap) / spec.stride;
    for (index t = 0; t < phase.taps(); ++t) {
      const index tap = phase.weight_tap(spec, t);
      const index row = w.fixed ? w.fixed->first_row(tap) : 0;
      d.taps.push_back({i0 - t / phase.cols.taps, j0 - t % phase.cols.taps, channels,
                        w.fixed ? w.fixed->at(row, 0) : w.values + tap * x.c * channels, row});
    }
    dense.push_back(d);
  }
  return dense;
}

void gather_adjoint(const Conv2dSpec& spec, const Tensor& map, const Weights& w, const Tensor* bias,
                    Destination image) {
  const MicroKernel& kernel = micro_kernel();
  const Shape& x = image.tensor->shape();
  const index channels = map.shape().c;
  struct Job {
    Phase phase;
    Cut cut;
    bool shared;  // weights that several tasks need are packed for all of them
    Panels panels;
    index first_task;
  };
  std::vector<Job> jobs;
  index tasks = 0;
  for (const Phase& phase : phases_of(spec, x)) {
    const Cut cut(phase.pixels(x), x.c, kernel.cols, kWidth);
    const bool shared = cut.row_tasks > 1 && !w.fixed;
    jobs.push_back({phase, cut, shared, Panels(shared ? phase.taps() * channels : 0, x.c), tasks});
    tasks += cut.tasks();
    for (index t = 0; t < phase.taps() && shared; ++t) {
      jobs.back().panels.pack_transposed(w.values + phase.weight_tap(spec, t) * x.c * channels,
                                         channels, t * channels, channels);
    }
  }

  parallel_for(tasks, [&](index task) {
    const Job& job = *std::prev(
        std::find_if(jobs.begin(), jobs.end(), [&](const Job& q) { return q.first_task > task; }));
    const Phase& phase = job.phase;
    const auto [first, last, c0, c1] = job.cut.part(task - job.first_task);
    const index width = c1 - c0;
    const index wide = round_up(width, kernel.lanes);  // whole vectors; what is beside is not read
    float* result = thread_scratch(1, (last - first) * wide);
    const auto pixel = [&, c = c0](index p) {
      return image.tensor->data() + phase.pixel(x, p) * x.c + c;
    };
    for (index p = first; p < last; ++p) {
      float* start = result + (p - first) * wide;
      start_row(start, bias != nullptr ? bias->data() + c0 : nullptr,
                image.write == Write::add ? pixel(p) : nullptr, width);
      std::fill(start + width, start + wide, 0.0F);
    }
    index done = 0;
    for (const TapRange& r : cut_taps(phase.taps(), channels, kDepth)) {
      const index row = r.size() + kPad;
      float* strip = thread_scratch(0, (last - first) * row);
      gather_phase(spec, phase, map, x, first, last, r.tap0, r.tap1, r.c0, r.c1, strip, row);
      PanelView b;
      if (w.fixed) {
        b = w.fixed->view(c0, c1, w.fixed->first_row(phase.weight_tap(spec, 0)) + done);
      } else if (job.shared) {
        b = job.panels.view(c0 / kernel.cols, ceil_div(c1, kernel.cols), done);
      } else {
        const index panel = r.size() * kernel.cols;
        const index depth = r.c1 - r.c0;
        float* own = thread_scratch(2, r.size() * round_up(width, kernel.cols));
        for (index t = r.tap0; t < r.tap1; ++t) {
          pack_columns(w.values + (phase.weight_tap(spec, t) * x.c + c0) * channels + r.c0,
                       channels, depth, width, own + (t - r.tap0) * depth * kernel.cols, panel);
        }
        b = {own, panel, kernel.cols, width};
      }
      b.n = wide;
      multiply(last - first, r.size(), strip, row, 1, b, result, wide, true);
      done += r.size();
    }
    for (index p = first; p < last; ++p) {
      copy_values(result + (p - first) * wide, width, pixel(p));
    }
  });
}

/// Where an image's sum goes, and how many wait for it: walk_images() as a list.
struct Turn {
  index slot, joins;
};
std::vector<Turn> turns_of(index images) {
  std::vector<Turn> turns;
  walk_images(0, images, [&](index, index slot, index joins) { turns.push_back({slot, joins}); });
  return turns;
}

/// A block of the gradient of weights for several small images, whose windows are rows of `strip`,
/// `row` values apart: `rows` x `columns` of it, a tile of the micro-kernel after the other. Sums
/// that wait for others stay in the L1 cache.
void small_images(const std::vector<Turn>& turns, index pixels, const float* strip, index row,
                  index rows, const PanelView& map, index columns, float* to, index to_row,
                  Write write) {
  const MicroKernel& kernel = micro_kernel();
  const index slot_size = kernel.rows * kernel.cols;
  float* slots = thread_scratch(1, static_cast<index>(turns.size()) * slot_size);
  const index blocks = ceil_div(rows, kernel.rows);
  index r0 = 0;
  for (index block = 0; block < blocks; ++block) {
    const index height = rows * (block + 1) / blocks - r0;
    const float* panel = map.data;
    for (index o = 0; o < columns; o += kernel.cols, panel += map.panel) {
      const index width = std::min(kernel.cols, columns - o);
      const index vectors = ceil_div(width, kernel.lanes);
      const bool direct = write == Write::set && width == vectors * kernel.lanes;
      float* out = to + r0 * to_row + o;
      Tile tile{strip + r0, 1, row, panel, kernel.cols, panel, slots, kernel.cols, pixels, false};
      for (const Turn& turn : turns) {
        float* sums = slots + turn.slot * slot_size;
        const bool last = &turn == &turns.back();
        tile.c = last && direct ? out : sums;
        tile.c_row = last && direct ? to_row : kernel.cols;
        tile.joins = {sums, kernel.cols, slot_size, turn.joins};
        kernel.multiply(tile, height, vectors);
        tile.a += pixels * row;
        tile.b += pixels * kernel.cols;
        tile.soon = tile.b;
      }
      if (write == Write::add) {
        add_block(slots, kernel.cols, height, width, out, to_row);
      } else if (!direct) {
        copy_block(slots, kernel.cols, height, width, out, to_row);
      }
    }
    r0 += height;
  }
}

/// The gradient of weights. A task forms a block of it for all images, one after the other.
void gather_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                    Destination dw) {
  const MicroKernel& kernel = micro_kernel();
  const index cin = image.shape().c;
  const index cout = map.shape().c;
  const index images = map.shape().n;
  const index pixels = map.shape().h * map.shape().w;  // of an image

  const auto rows = cut_window(spec, cin, 128);
  const index row_tasks = static_cast<index>(rows.size());
  Panels panels(images * pixels, cout);
  panels.pack(map.data(), cout);
  const index col_step = std::max(kernel.cols, kWidth / kernel.cols * kernel.cols);
  const index col_tasks = ceil_div(cout, col_step);
  const std::vector<Turn> turns = turns_of(images);
  const bool small = images > 1 && pixels <= kDepth && images * pixels <= kSmall;

  parallel_for(row_tasks * col_tasks, [&](index task) {
    const WindowRange& u = rows[static_cast<std::size_t>(task / col_tasks % row_tasks)];
    const index o0 = task % col_tasks * col_step;
    const index o1 = std::min(o0 + col_step, cout);
    const index m = u.size();
    const index n = o1 - o0;
    float* target =
        dw.tensor->data() + ((u.tap_h0 * spec.kernel_w + u.tap_w0) * cin + u.c0) * cout + o0;
    const index row = round_up(m, kernel.cols) + kPad;
    float* strip = thread_scratch(0, (small ? images * pixels : kDepth) * row);
    const auto panel = [&](index first) {
      return panels.view(o0 / kernel.cols, ceil_div(o1, kernel.cols), first);
    };
    if (small) {
      gather_windows(spec, image, map.shape(), 0, images * pixels, u, strip, row);
      small_images(turns, pixels, strip, row, m, panel(0), n, target, cout, dw.write);
      return;
    }
    /// An image's sum over pixels, in parts.
    const auto sum_image = [&](index number, float* sums, index sums_row, bool accumulate) {
      const index begin = number * pixels;
      const index end = begin + pixels;
      for (index part = begin; part < end; part += kChainPixels) {
        const bool beside = part > begin;
        float* to = beside ? thread_scratch(2, m * n) : sums;
        const index to_row = beside ? n : sums_row;
        const index part_end = std::min(part + kChainPixels, end);
        for (index first = part; first < part_end; first += kDepth) {
          const index last = std::min(first + kDepth, part_end);
          gather_windows(spec, image, map.shape(), first, last, u, strip, row);
          multiply(m, last - first, strip, 1, row, panel(first), to, to_row,
                   accumulate || first > part);
        }
        accumulate = false;
        if (beside) add_block(to, to_row, m, n, sums, sums_row);
      }
    };
    if (images == 1) return sum_image(0, target, cout, dw.write == Write::add);
    float* slots = thread_scratch(1, tree_slots(images) * m * n);
    for (index number = 0; number < images; ++number) {
      const Turn& turn = turns[static_cast<std::size_t>(number)];
      const auto slot = [&](index k) { return slots + k * m * n; };
      sum_image(number, slot(turn.slot + turn.joins), n, false);
      for (index k = turn.slot + turn.joins - 1; k >= turn.slot; --k) {
        add_block(slot(k + 1), n, m, n, slot(k), n);
      }
    }
    if (dw.write == Write::add) {
      add_block(slots, n, m, n, target, cout);
    } else {
      copy_block(slots, n, m, n, target, cout);
    }
  });
}

}  // namespace

void correlate(ConvPath path, const Conv2dSpec& spec, const Tensor& image, const Weights& w,
               const Tensor* bias, Destination map) {
  const Shape& y = map.tensor->shape();
  const index cin = image.shape().c;
  switch (path) {
    case ConvPath::few_channels:
      return few_channels(image, {taps_of_pixels(spec, w, cin, y)}, 1, 1,
                          w.fixed ? micro_kernel().cols : y.c, bias, map);
    case ConvPath::narrow: {
      const DensePhase all = taps_of_rows(spec, w, cin, y);
      if (w.fixed) return narrow(image, all, spec.stride, w.fixed->view(0, y.c, 0), bias, map);
      Panels panels(spec.kernel_h * spec.kernel_w * cin, y.c);
      panels.pack(w.values, y.c);
      return narrow(image, all, spec.stride, panels.view(0, panels.count(), 0), bias, map);
    }
    case ConvPath::in_place:
      return in_place(image, {taps_of_rows(spec, w, cin, y)}, spec.stride, 1, /*turned=*/false,
                      w.fixed, bias, map);
    default:
      return gather_correlate(spec, image, w, bias, map);
  }
}

void correlate_adjoint(ConvPath path, const Conv2dSpec& spec, const Tensor& map, const Weights& w,
                       const Tensor* bias, Destination image) {
  const Shape& x = image.tensor->shape();
  const index cout = map.shape().c;
  switch (path) {
    case ConvPath::few_channels:
      return few_channels(map, dense_phases(spec, w, cout, x), spec.stride, w.fixed ? 1 : cout,
                          w.fixed ? micro_kernel().cols : 1, bias, image);
    case ConvPath::few_pixels:
      for (const Phase& phase : phases_of(spec, x)) {
        few_pixels(spec, phase, map, w.values, bias, image);
      }
      return;
    case ConvPath::in_place:
      return in_place(map, dense_phases(spec, w, cout, x), 1, spec.stride, /*turned=*/true, w.fixed,
                      bias, image);
    default:
      return gather_adjoint(spec, map, w, bias, image);
  }
}

void correlate_weights(ConvPath path, const Conv2dSpec& spec, const Tensor& image,
                       const Tensor& map, Destination dw) {
  switch (path) {
    case ConvPath::few_channels:
    case ConvPath::in_place:
      return in_place_weights(spec, image, map, path == ConvPath::few_channels, dw);
    default:
      return gather_weights(spec, image, map, dw);
  }
}

}  // namespace nn::cpu::chain
