// The three convolution kernels by Winograd: ref/winograd.h says what is computed, and the bits are
// the same. A task transforms a strip of tiles, so that at each of the 16 points there is one small
// matrix, multiplies it by that point's weights while it is in cache, and transforms back.
#include <algorithm>
#include <array>
#include <cstring>

#include "nn/backend/cpu/conv_kernels.h"
#include "nn/backend/cpu/loops.h"
#include "nn/backend/cpu/panels.h"
#include "nn/backend/cpu/windows.h"
#include "nn/backend/winograd.h"

namespace nn::cpu::winograd {
namespace {

constexpr index kInputs = 1 << 22;    ///< transformed inputs at a time: they stay in the L3 cache
constexpr index kWeights = 1 << 20;   ///< transformed weights of a task, and
constexpr index kWidth = 64;          ///< its columns at most
constexpr index kKept = 9 << 19;      ///< transformed weights that are kept, of one layer: 18 MB
constexpr index kKeptWidth = 128;     ///< columns of a task that multiplies by them,
constexpr index kKeptStrip = 128;     ///< where no more tiles than so many are to be multiplied
constexpr index kStrip = 168;         ///< tiles whose sums are formed before the transform back
constexpr index kLeastRows = 168;     ///< of a task, which transforms its weights for itself
constexpr index kLine = 16;           ///< values in a cache line
constexpr index kAhead = 8;           ///< rows of weights
constexpr index kPad = 16;            ///< against powers of two between rows and planes
constexpr index kWeightRows = 128;    ///< for the gradient of weights: channels of the image,
constexpr index kWeightWidth = 256;   ///< columns,
constexpr index kWeightStrip = 1024;  ///< and tiles at a time

index round_up(index count, index unit) { return ceil_div(count, unit) * unit; }

/// Eight channels side by side.
struct Lanes {
  static constexpr index kCount = 8;
  struct All {};
  using Values = float __attribute__((vector_size(kCount * sizeof(float))));
  Values v;

  /// All of them, one instruction; or the first `count`, and the others are 0.
  static Lanes load(const float* from, All) {
    Lanes x;
    std::memcpy(&x.v, from, sizeof(Values));
    return x;
  }
  static Lanes load(const float* from, index count) {
    Lanes x{};
    std::memcpy(&x.v, from, static_cast<std::size_t>(count) * sizeof(float));
    return x;
  }
  void store(float* to, All) const { std::memcpy(to, &v, sizeof(Values)); }
  void store(float* to, index count) const {
    std::memcpy(to, &v, static_cast<std::size_t>(count) * sizeof(float));
  }
  friend Lanes operator+(const Lanes& a, const Lanes& b) { return {a.v + b.v}; }
  friend Lanes operator-(const Lanes& a, const Lanes& b) { return {a.v - b.v}; }
  Lanes& operator*=(float factor) {
    v *= factor;
    return *this;
  }
};

/// f(i, Lanes::All) for all eights of [begin, end), and f(i, how many) for what is left.
template <class F>
void for_lanes(index begin, index end, const F& f) {
  for (; begin + Lanes::kCount <= end; begin += Lanes::kCount) f(begin, Lanes::All{});
  if (begin < end) f(begin, end - begin);
}

/// Where the tile with number `t` of a batch is.
struct Tile {
  index n, i, j;
  Tile(const WinogradPlan& plan, index t)
      : n(t / plan.tiles()), i(t / plan.cols.tiles % plan.rows.tiles), j(t % plan.cols.tiles) {}
};

/// Value k of row `row` of plane p is at data + p * plane + k / depth * block + row * step + k %
/// depth.
struct Planes {
  float* data;
  index plane, step, depth, block;
};

/// Inputs of tiles [first, last) for range `r` of k, transformed: a row for each tile.
void transform_inputs(const WinogradPlan& plan, const Tensor& x, const Tensor& zeros, index first,
                      index last, const TapRange& r, const Planes& out) {
  const Shape& s = x.shape();
  const index channels = r.c1 - r.c0;
  for (index t = first; t < last; ++t) {
    const Tile tile(plan, t);
    float* row = out.data + (t - first) * out.step;
    index done = 0;
    for (index part = r.tap0; part < r.tap1; ++part, done += channels) {
      std::array<const float*, kTile> from;
      for (index e = 0; e < kTile; ++e) {
        const index h = plan.rows.input(tile.i, part / plan.parts, e / 4);
        const index v = plan.cols.input(tile.j, part % plan.parts, e % 4);
        const bool inside = h >= 0 && h < s.h && v >= 0 && v < s.w;
        from[static_cast<std::size_t>(e)] =
            inside ? x.data() + ((tile.n * s.h + h) * s.w + v) * s.c + r.c0 : zeros.data();
      }
      for (index c = 0; c < channels;) {  // up to the end of a block
        const index k = done + c;
        const index next = std::min(channels, c + out.depth - k % out.depth);
        float* to = row + k / out.depth * out.block + k % out.depth - c;
        for_lanes(c, next, [&](index at, auto count) {
          Lanes d[kTile];
          for (std::size_t e = 0; e < kTile; ++e) d[e] = Lanes::load(from[e] + at, count);
          winograd_input(d);
          for (index p = 0; p < kTile; ++p) d[p].store(to + p * out.plane + at, count);
        });
        c = next;
      }
    }
  }
}

/// R x R values of a filter, eight channels of it, transformed.
template <int R, class From>
void transform_filter(const From& from, Lanes (&u)[kTile]) {
  Lanes g[R * R];
  for (index b = 0; b < R * R; ++b) g[b] = from(b / R, b % R);
  winograd_filter<R>(g, u);
}

/// Weights of `width` columns from o0 on for a group of outputs, transformed: for each point a
/// K x width matrix in panels (PanelView), the points `plane` values apart.
struct WeightBlock {
  index group, o0, width;
  float* data;
  index plane;
};

/// The tap of the kernel that is tap (a, b) of a part.
index tap_of(const WinogradPlan& plan, index kernel_w, index part, index group, index a, index b) {
  return plan.rows.tap(part / plan.parts, group / plan.groups, a) * kernel_w +
         plan.cols.tap(part % plan.parts, group % plan.groups, b);
}

/// Where columns lie side by side, in fixed weights or those of correlate(): k runs over parts and
/// `channels`.
template <int R>
void transform_rows(const WinogradPlan& plan, index kernel_w, index channels, const Weights& w,
                    const WeightBlock& to) {
  const index cols = micro_kernel().cols;
  const index k = plan.parts * plan.parts * channels;
  const index step = w.fixed != nullptr ? cols : w.shape.c;  // between rows of the weights
  for (index first = 0; first < to.width; first += cols) {
    float* row = to.data + first * k;
    const index o0 = to.o0 + first;
    const float* column = w.fixed != nullptr ? w.fixed->at(0, o0) : w.values + o0;
    for (index part = 0; part < plan.parts * plan.parts; ++part) {
      std::array<const float*, R * R> taps;
      for (index e = 0; e < R * R; ++e) {
        const index tap = tap_of(plan, kernel_w, part, to.group, e / R, e % R);
        const index first_row = w.fixed != nullptr ? w.fixed->first_row(tap) : tap * channels;
        taps[static_cast<std::size_t>(e)] = column + first_row * step;
      }
      for (index c = 0; c < channels; ++c, row += cols) {
        for (const float* tap : taps) {  // rows lie too far apart to be fetched unasked
          for (index o = 0; o < cols; o += kLine) __builtin_prefetch(tap + (c + kAhead) * step + o);
        }
        for_lanes(0, std::min(cols, to.width - first), [&](index o, auto count) {
          Lanes u[kTile];
          transform_filter<R>(
              [&](index a, index b) {
                return Lanes::load(taps[static_cast<std::size_t>(a * R + b)] + c * step + o, count);
              },
              u);
          for (index p = 0; p < kTile; ++p) u[p].store(row + p * to.plane + o, Lanes::All{});
        });
      }
    }
  }
}

/// Where they do not, in weights as they are for correlate_adjoint(): k runs over parts and Cout,
/// columns over Cin.
template <int R>
void transform_columns(const WinogradPlan& plan, const Weights& w, const WeightBlock& to) {
  const Shape& s = w.shape;
  const index cols = micro_kernel().cols;
  const index k = plan.parts * plan.parts * s.c;
  const index step = round_up(std::min(kDepth, s.c), Lanes::kCount) + kPad;
  float* turned = thread_scratch(2, kTile * cols * step);
  for (index o0 = 0; o0 < to.width; o0 += cols) {
    const index width = std::min(cols, to.width - o0);
    for (index t = 0; t < k;) {
      const index part = t / s.c;
      const index c0 = t % s.c;
      const index depth = std::min(kDepth, s.c - c0);
      for (index o = 0; o < width; ++o) {
        for_lanes(0, depth, [&](index c, auto count) {
          Lanes u[kTile];
          transform_filter<R>(
              [&](index a, index b) {
                const index tap = tap_of(plan, s.h, part, to.group, a, b);
                return Lanes::load(w.values + (tap * s.w + to.o0 + o0 + o) * s.c + c0 + c, count);
              },
              u);
          for (index p = 0; p < kTile; ++p) u[p].store(turned + (p * width + o) * step + c, count);
        });
      }
      for (index p = 0; p < kTile; ++p) {
        pack_columns(turned + p * width * step, step, depth, width,
                     to.data + p * to.plane + o0 * k + t * cols, 0);
      }
      t += depth;
    }
  }
}

/// Outputs of tiles [first, last) in a group, columns [o0, o1), from the sums at the points.
template <int M>
void transform_outputs(const WinogradPlan& plan, index group, index first, index last, index o0,
                       index o1, const Planes& sums, const Tensor* bias, GradOut out) {
  const Shape& y = out.tensor->shape();
  for (index t = first; t < last; ++t) {
    const Tile tile(plan, t);
    const float* row = sums.data + (t - first) * sums.step;
    std::array<float*, M * M> to;
    for (index i = 0; i < M * M; ++i) {
      const index h = plan.rows.output(tile.i, group / plan.groups, i / M);
      const index v = plan.cols.output(tile.j, group % plan.groups, i % M);
      const bool inside = h >= 0 && h < y.h && v >= 0 && v < y.w;
      to[static_cast<std::size_t>(i)] =
          inside ? out.tensor->data() + ((tile.n * y.h + h) * y.w + v) * y.c : nullptr;
    }
    for_lanes(o0, o1, [&](index o, auto count) {
      Lanes m[kTile];
      for (index p = 0; p < kTile; ++p) m[p] = Lanes::load(row + p * sums.plane + o - o0, count);
      Lanes values[M * M];
      winograd_output<M>(m, values);
      for (std::size_t i = 0; i < M * M; ++i) {
        if (to[i] == nullptr) continue;
        Lanes value = values[i];
        if (bias != nullptr) value = Lanes::load(bias->data() + o, count) + value;
        if (out.write == Write::add) value = Lanes::load(to[i] + o, count) + value;
        value.store(to[i] + o, count);
      }
    });
  }
}

/// out = the plan applied to x, for correlate() and correlate_adjoint(). All inputs of a piece of
/// the image are transformed first. Then each task transforms a block of the weights and multiplies
/// it by all of them. Of fixed weights, all blocks are transformed once and kept, unless there are
/// too many.
template <int M, class TransformWeights>
void apply(const WinogradPlan& plan, const Tensor& x, const FixedWeights* fixed, const Tensor* bias,
           GradOut out, const TransformWeights& transform_weights) {
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
    while (width > cols && ceil_div(n, width) * groups < 4 * threads()) {
      width = round_up(width / 2, cols);
    }
    strip = piece;
  }
  width = std::min(n, width);
  const index blocks = ceil_div(n, width) * groups;
  const index row_tasks = std::min(ceil_div(tasks_wanted(), blocks), ceil_div(piece, kLeastRows));
  const index own_plane = round_up(width, cols) * k + kPad;
  const index m_step = round_up(width, Lanes::kCount);
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
void weights_of(const WinogradPlan& plan, const Tensor& x, const Tensor& dy, GradOut dw) {
  constexpr int M = 5 - R;
  const Shape& w = dw.tensor->shape();
  const Shape& y = dy.shape();
  const index tiles = x.shape().n * plan.tiles();
  const index cols = micro_kernel().cols;

  // The map's gradient is the filter: all its tiles, transformed once, in panels.
  const index u_plane = tiles * round_up(w.c, cols) + kPad;
  float* u = thread_scratch(3, kTile * u_plane);
  parallel_chunks(tiles, 16, [&](index begin, index end) {
    for (index t = begin; t < end; ++t) {
      const Tile tile(plan, t);
      for_lanes(0, w.c, [&](index o, auto count) {
        Lanes values[kTile];
        transform_filter<M>(
            [&](index a, index b) {
              const index h = M * tile.i + a;
              const index v = M * tile.j + b;
              if (h >= y.h || v >= y.w) return Lanes{};
              return Lanes::load(dy.data() + ((tile.n * y.h + h) * y.w + v) * y.c + o, count);
            },
            values);
        for (index p = 0; p < kTile; ++p) {
          values[p].store(u + p * u_plane + (o / cols * tiles + t) * cols + o % cols, Lanes::All{});
        }
      });
    }
  });

  const index parts = plan.parts * plan.parts;
  const index rows = std::min(kWeightRows, w.w);
  const index width = std::min(w.c, kWeightWidth);
  const index row_tasks = ceil_div(w.w, rows);
  const index column_tasks = ceil_div(w.c, width);
  const Tensor zeros = Tensor::zeros({1, 1, 1, w.w});
  parallel_for(parts * row_tasks * column_tasks, [&](index task) {
    const index o0 = task % column_tasks * width;
    const index o1 = std::min(o0 + width, w.c);
    const index c0 = task / column_tasks % row_tasks * rows;
    const index c1 = std::min(c0 + rows, w.w);
    const index part = task / column_tasks / row_tasks;
    const index v_step = round_up(rows, Lanes::kCount) + kPad;
    const index v_plane = kWeightStrip * v_step + kPad;
    const Planes v{thread_scratch(0, kTile * v_plane), v_plane, v_step, rows, 0};
    const index m_step = round_up(width, Lanes::kCount);
    const index m_plane = rows * m_step + kPad;
    const Planes m{thread_scratch(1, kTile * m_plane), m_plane, m_step, width, 0};
    for (index first = 0; first < tiles; first += kWeightStrip) {
      const index last = std::min(first + kWeightStrip, tiles);
      transform_inputs(plan, x, zeros, first, last, {part, part + 1, c0, c1}, v);
      for (index p = 0; p < kTile; ++p) {
        for (index t = first; t < last; t += kDepth) {
          const index depth = std::min(kDepth, last - t);
          const bool last_block = t + depth == last;
          const float* values = v.data + p * v.plane + (t - first) * v.step;
          const PanelView b{u + p * u_plane + o0 * tiles + t * cols,
                            tiles * cols,
                            cols,
                            o1 - o0,
                            last_block ? u_plane - (t - first) * cols : kDepth * cols,
                            last_block ? v.data + (p + 1) * v.plane : values + depth * v.step,
                            kDepth * v.step};
          multiply(c1 - c0, depth, values, 1, v.step, b, m.data + p * m.plane, m.step, t > 0);
        }
      }
    }
    for (index c = c0; c < c1; ++c) {
      for_lanes(o0, o1, [&](index o, auto count) {
        Lanes sums[kTile];
        for (index p = 0; p < kTile; ++p) {
          sums[p] = Lanes::load(m.data + p * m.plane + (c - c0) * m.step + o - o0, count);
        }
        Lanes values[R * R];
        winograd_output<R>(sums, values);
        for (index b = 0; b < R * R; ++b) {
          const index tap = plan.rows.tap(part / plan.parts, 0, b / R) * w.h +
                            plan.cols.tap(part % plan.parts, 0, b % R);
          float* to = dw.tensor->data() + (tap * w.w + c) * w.c + o;
          Lanes value = values[b];
          if (dw.write == Write::add) value = Lanes::load(to, count) + value;
          value.store(to, count);
        }
      });
    }
  });
}

}  // namespace

void correlate(const Conv2dSpec& spec, const Tensor& image, const Weights& w, const Tensor* bias,
               GradOut map) {
  const WinogradPlan plan = winograd_correlation(spec, map.tensor->shape());
  const auto run = [&]<int M>() {
    apply<M>(plan, image, w.fixed, bias, map, [&](const WeightBlock& to) {
      transform_rows<5 - M>(plan, spec.kernel_w, w.shape.w, w, to);
    });
  };
  plan.taps == 2 ? run.template operator()<3>() : run.template operator()<2>();
}

void correlate_adjoint(const Conv2dSpec& spec, const Tensor& map, const Weights& w,
                       const Tensor* bias, GradOut image) {
  const WinogradPlan plan = winograd_adjoint(spec, image.tensor->shape());
  const auto run = [&]<int M>() {
    apply<M>(plan, map, w.fixed, bias, image, [&](const WeightBlock& to) {
      if (w.fixed == nullptr) return transform_columns<5 - M>(plan, w, to);
      transform_rows<5 - M>(plan, spec.kernel_w, w.shape.c, w, to);
    });
  };
  plan.taps == 2 ? run.template operator()<3>() : run.template operator()<2>();
}

void correlate_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map, GradOut dw) {
  const WinogradPlan plan = winograd_correlation(spec, map.shape());
  if (plan.taps == 2) weights_of<2>(plan, image, map, dw);
  if (plan.taps == 3) weights_of<3>(plan, image, map, dw);
}

}  // namespace nn::cpu::winograd

namespace nn::cpu {

const ConvKernels kWinograd{winograd::correlate, winograd::correlate_adjoint,
                            winograd::correlate_weights};

}  // namespace nn::cpu
