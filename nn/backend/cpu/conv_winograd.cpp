// The three convolution kernels by Winograd: ref/winograd.h says what is computed, and the bits are
// the same. A task transforms a strip of tiles, so that at each of the 16 points there is one small
// matrix, multiplies it by that point's weights while it is in cache, and transforms back.
#include <algorithm>

#include "nn/backend/cpu/conv_kernels.h"
#include "nn/backend/cpu/loops.h"
#include "nn/backend/cpu/panels.h"
#include "nn/backend/cpu/winograd_transforms.h"

namespace nn::cpu::winograd {
namespace {

constexpr index kInputs = 1 << 22;    ///< transformed inputs at a time: they stay in the L3 cache
constexpr index kWeights = 1 << 20;   ///< transformed weights of a task, and
constexpr index kWidth = 64;          ///< its columns at most
constexpr index kKept = 17 << 20;     ///< transformed weights that are kept, of one layer: 71 MB
constexpr index kKeptWidth = 128;     ///< columns of a task that multiplies by them,
constexpr index kKeptStrip = 128;     ///< where no more tiles than so many are to be multiplied
constexpr index kStrip = 168;         ///< tiles whose sums are formed before the transform back
constexpr index kLeastRows = 168;     ///< of a task, which transforms its weights for itself
constexpr index kWeightRows = 128;    ///< for the gradient of weights: channels of the image,
constexpr index kWeightWidth = 256;   ///< columns,
constexpr index kWeightStrip = 1024;  ///< and tiles at a time
constexpr index kImageWidth = 64;     ///< columns at a time of the sums over one of several images

/// out = the plan applied to x, for correlate() and correlate_adjoint(). All inputs of a piece of
/// the image are transformed first. Then each task transforms a block of the weights and multiplies
/// it by all of them. Of fixed weights, all blocks are transformed once and kept, unless there are
/// too many.
template <int M, class TransformWeights>
void apply(const WinogradPlan& plan, const Tensor& x, const FixedWeights* fixed, const Tensor* bias,
           Destination out, const TransformWeights& transform_weights) {
  const index channels = x.shape().c;
  const index k = plan.parts * plan.parts * channels;
  const index n = out.tensor->shape().c;
  const index cols = micro_kernel().cols;
  const index groups = plan.groups * plan.groups;
  const index tiles = x.shape().n * plan.tiles();
  const index piece = std::min(tiles, std::max(kInputs / kTile / k, kStrip));

  // Of fixed weights all are transformed by the first call: each group's points in panels.
  const index all_plane = round_up(n, cols) * k + kPad;
  const float* kept = nullptr;
  if (fixed != nullptr && groups * kTile * all_plane <= kKept) {
    kept = fixed->transformed(groups * kTile * all_plane, [&](float* all) {
      parallel_for(groups * ceil_div(n, cols), [&](index task) {
        const index group = task % groups;
        const index o0 = task / groups * cols;
        transform_weights(WeightBlock{group, o0, std::min(cols, n - o0),
                                      all + group * kTile * all_plane + o0 * k, all_plane});
      });
    });
  }

  // Wide blocks of kept weights, so that inputs are read seldom; of others what a cache holds.
  index width = std::min(kWidth, std::max(kWeights / kTile / k / cols, index{1}) * cols);
  index strip = kStrip;
  if (kept != nullptr && piece <= kKeptStrip) {
    width = std::max(kKeptWidth / cols, index{1}) * cols;
    while (width > cols && ceil_div(n, width) * groups < tasks_wanted()) {
      width = round_up(width / 2, cols);
    }
    strip = piece;
  }
  width = std::min(n, width);
  const index blocks = ceil_div(n, width) * groups;
  const index row_tasks = std::min(ceil_div(tasks_wanted(), blocks), ceil_div(piece, kLeastRows));
  const index own_plane = round_up(width, cols) * k + kPad;
  const index m_step = round_up(width, kVector);
  const index m_plane = strip * m_step + kPad;
  const index v_step = std::min(k, kDepth) + kPad;
  const index v_block = piece * v_step;
  const index v_plane = ceil_div(k, kDepth) * v_block + kPad;
  const Tensor zeros = Tensor::zeros({1, 1, 1, channels});
  float* inputs = thread_scratch(3, kTile * v_plane);

  for (index begin = 0; begin < tiles; begin += piece) {
    const index end = std::min(begin + piece, tiles);
    parallel_chunks(end - begin, 8, [&](index first, index last) {
      const Planes v{inputs + first * v_step, v_plane, v_step, kDepth, v_block};
      transform_inputs(plan, x, zeros, begin + first, begin + last,
                       {0, plan.parts * plan.parts, 0, channels}, v);
    });
    parallel_for(blocks * row_tasks, [&](index task) {
      const index group = task / row_tasks % groups;
      const index o0 = task / row_tasks / groups * width;
      const index o1 = std::min(o0 + width, n);
      const Planes m{thread_scratch(1, kTile * m_plane), m_plane, m_step, width, 0};
      const float* u = nullptr;
      if (kept != nullptr) {
        u = kept + group * kTile * all_plane + o0 * k;
      } else {
        float* own = thread_scratch(0, kTile * own_plane);
        transform_weights(WeightBlock{group, o0, o1 - o0, own, own_plane});
        u = own;
      }
      const index u_plane = kept != nullptr ? all_plane : own_plane;
      const index row = task % row_tasks;
      const index stop = (end - begin) * (row + 1) / row_tasks;
      for (index first = (end - begin) * row / row_tasks; first < stop; first += strip) {
        const index last = std::min(first + strip, stop);
        for (index p = 0; p < kTile; ++p) {
          const float* v = inputs + p * v_plane + first * v_step;
          for (index k0 = 0; k0 < k; k0 += kDepth, v += v_block) {
            const bool last_block = k0 + kDepth >= k;
            const index depth = std::min(kDepth, k - k0);
            const PanelView b{
                u + p * u_plane + k0 * cols,
                k * cols,
                cols,
                o1 - o0,
                last_block ? u_plane - k0 * cols : kDepth * cols,
                last_block ? inputs + (p + 1) * v_plane + first * v_step : v + v_block,
                (last - first) * v_step};
            multiply(last - first, depth, v, v_step, 1, b, m.data + p * m_plane, m_step, k0 > 0);
          }
        }
        transform_outputs<M>(plan, group, begin + first, begin + last, o0, o1, m, bias, out);
      }
    });
  }
}

template <int R>
void weights_of(const WinogradPlan& plan, const Tensor& x, const Tensor& dy, Destination dw) {
  constexpr int M = 5 - R;
  const Shape& w = dw.tensor->shape();
  const index images = x.shape().n;
  const index tiles = images * plan.tiles();
  const index cols = micro_kernel().cols;

  // The map's gradient is the filter: all its tiles, transformed once, in panels.
  const index u_plane = tiles * round_up(w.c, cols) + kPad;
  float* u = thread_scratch(3, kTile * u_plane);
  parallel_chunks(tiles, 16, [&](index begin, index end) {
    transform_map<M>(plan, dy, begin, end, u, u_plane);
  });

  const index parts = plan.parts * plan.parts;
  const index rows = std::min(kWeightRows, w.w);
  const index strip = std::min(kWeightStrip, plan.tiles());
  const index width = std::min(w.c, kWeightWidth);
  // Of several images the sums are transformed back as soon as they are there, in a cache.
  const bool whole = images == 1 || strip < plan.tiles();
  const index block = whole ? width : std::min(width, kImageWidth / cols * cols);
  const index row_tasks = ceil_div(w.w, rows);
  const index column_tasks = ceil_div(w.c, width);
  const Tensor zeros = Tensor::zeros({1, 1, 1, w.w});
  parallel_for(parts * row_tasks * column_tasks, [&](index task) {
    const index o0 = task % column_tasks * width;
    const index o1 = std::min(o0 + width, w.c);
    const index c0 = task / column_tasks % row_tasks * rows;
    const index c1 = std::min(c0 + rows, w.w);
    const index part = task / column_tasks / row_tasks;
    const index v_step = round_up(rows, kVector) + kPad;
    const index v_plane = strip * v_step + kPad;
    const Planes v{thread_scratch(0, kTile * v_plane), v_plane, v_step, rows, 0};
    const index m_step = round_up(block, kVector);
    const index m_plane = rows * m_step + kPad;
    const Planes m{thread_scratch(1, kTile * m_plane), m_plane, m_step, block, 0};

    // Sums of images that wait for others: the taps of this part, one slot behind the other.
    const index slot_row = round_up(width, kVector);
    const index slot_size = R * R * rows * slot_row + kPad;
    float* slots = images > 1 ? thread_scratch(2, tree_slots(images) * slot_size) : nullptr;
    const auto slot_taps = [&](index slot, index o) {
      // A single image waits for none, and has no slots.
      Taps taps{slots == nullptr ? nullptr : slots + slot * slot_size + o - o0, {}, slot_row};
      for (index b = 0; b < R * R; ++b) {
        taps.tap[static_cast<std::size_t>(b)] = b * rows * slot_row;
      }
      return taps;
    };
    walk_images(0, images, [&](index n, index slot, index joins) {
      const index begin = n * plan.tiles();
      const index end = begin + plan.tiles();
      for (index first = begin; first < end; first += strip) {
        const index last = std::min(first + strip, end);
        transform_inputs(plan, x, zeros, first, last, {part, part + 1, c0, c1}, v);
        for (index o = o0; o < o1; o += block) {
          const index columns = std::min(block, o1 - o);
          for (index p = 0; p < kTile; ++p) {
            for (index t = first; t < last; t += kDepth) {
              const index depth = std::min(kDepth, last - t);
              const bool last_block = t + depth == last;
              const float* values = v.data + p * v.plane + (t - first) * v.step;
              const PanelView b{u + p * u_plane + o * tiles + t * cols,
                                tiles * cols,
                                cols,
                                columns,
                                last_block ? u_plane - (t - first) * cols : kDepth * cols,
                                last_block ? v.data + (p + 1) * v.plane : values + depth * v.step,
                                kDepth * v.step};
              multiply(c1 - c0, depth, values, 1, v.step, b, m.data + p * m.plane, m.step,
                       t > begin);
            }
          }
          if (last < end) continue;
          const TapJoins waiting{slot_taps(slot, o), slot_size, joins};
          if (n == images - 1) {
            transform_taps<R>(c1 - c0, columns, m, waiting,
                              taps_of<R>(plan, part, w, dw.tensor->data(), c0, o), dw.write);
          } else {
            transform_taps<R>(c1 - c0, columns, m, waiting, waiting.from, Write::set);
          }
        }
      }
    });
  });
}

}  // namespace

void correlate(const Conv2dSpec& spec, const Tensor& image, const Weights& w, const Tensor* bias,
               Destination map) {
  const WinogradPlan plan = winograd_correlation(spec, map.tensor->shape());
  const auto run = [&]<int M>() {
    apply<M>(plan, image, w.fixed, bias, map, [&](const WeightBlock& to) {
      transform_rows<5 - M>(plan, spec.kernel_w, w.shape.w, w, to);
    });
  };
  plan.taps == 2 ? run.template operator()<3>() : run.template operator()<2>();
}

void correlate_adjoint(const Conv2dSpec& spec, const Tensor& map, const Weights& w,
                       const Tensor* bias, Destination image) {
  const WinogradPlan plan = winograd_adjoint(spec, image.tensor->shape());
  const auto run = [&]<int M>() {
    apply<M>(plan, map, w.fixed, bias, image, [&](const WeightBlock& to) {
      if (w.fixed == nullptr) return transform_columns<5 - M>(plan, w, to);
      transform_rows<5 - M>(plan, spec.kernel_w, w.shape.c, w, to);
    });
  };
  plan.taps == 2 ? run.template operator()<3>() : run.template operator()<2>();
}

void correlate_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                       Destination dw) {
  const WinogradPlan plan = winograd_correlation(spec, map.shape());
  if (plan.taps == 2) weights_of<2>(plan, image, map, dw);
  if (plan.taps == 3) weights_of<3>(plan, image, map, dw);
}

}  // namespace nn::cpu::winograd
