#include "nn/backend/cpu/winograd_transforms.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "nn/backend/cpu/panels.h"

namespace nn::cpu::winograd {
namespace {

// Everything from loads to stores of a tile is inlined, and loops over its values are unrolled,
// here and in nn/backend/winograd.h: only so do they stay in registers.

constexpr index kLine = 16;  ///< values in a cache line
constexpr index kAhead = 8;  ///< rows of weights

/// Eight channels side by side.
struct Lanes {
  static constexpr index kCount = kVector;
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

/// R x R values of a filter, eight channels of it, transformed.
template <int R, class From>
[[gnu::always_inline]] inline void transform_filter(const From& from, Lanes (&u)[kTile]) {
  Lanes g[R * R];
#pragma GCC unroll 16
  for (index b = 0; b < R * R; ++b) g[b] = from(b / R, b % R);
  winograd_filter<R>(g, u);
}

/// `width` filters side by side, whose taps begin at tap(0), tap(1), ..., transformed.
template <int R, class Tap>
[[gnu::always_inline]] inline void transform_row(index width, const Tap& tap, float* points,
                                                 index plane) {
  for_lanes(0, width, [&](index o, auto count) {
    Lanes u[kTile];
    transform_filter<R>([&](index a, index b) { return Lanes::load(tap(a * R + b) + o, count); },
                        u);
#pragma GCC unroll 16
    for (index p = 0; p < kTile; ++p) u[p].store(points + p * plane + o, Lanes::All{});
  });
}

/// The tap of the kernel that is tap (a, b) of a part.
index tap_of(const WinogradPlan& plan, index kernel_w, index part, index group, index a, index b) {
  return plan.rows.tap(part / plan.parts, group / plan.groups, a) * kernel_w +
         plan.cols.tap(part % plan.parts, group % plan.groups, b);
}

}  // namespace

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
#pragma GCC unroll 16
          for (std::size_t e = 0; e < kTile; ++e) d[e] = Lanes::load(from[e] + at, count);
          winograd_input(d);
#pragma GCC unroll 16
          for (index p = 0; p < kTile; ++p) d[p].store(to + p * out.plane + at, count);
        });
        c = next;
      }
    }
  }
}

template <int R>
void transform_rows(const WinogradPlan& plan, index kernel_w, index channels, const Weights& w,
                    const WeightBlock& to) {
  const index cols = micro_kernel().cols;
  const index k = plan.parts * plan.parts * channels;
  const index step = w.fixed != nullptr ? cols : w.shape.c;  // between rows of the weights
  const float* column = w.fixed != nullptr ? w.fixed->at(0, to.o0) : w.values + to.o0;
  const index panel =
      w.fixed != nullptr && to.width > cols ? w.fixed->at(0, to.o0 + cols) - column : cols;
  float* row = to.data;
  for (index part = 0; part < plan.parts * plan.parts; ++part) {
    std::array<const float*, R * R> taps;
    for (index e = 0; e < R * R; ++e) {
      const index tap = tap_of(plan, kernel_w, part, to.group, e / R, e % R);
      const index first_row = w.fixed != nullptr ? w.fixed->first_row(tap) : tap * channels;
      taps[static_cast<std::size_t>(e)] = column + first_row * step;
    }
    // Panel by panel within a row: what lies side by side in memory is read together.
    for (index c = 0; c < channels; ++c, row += cols) {
      for (index first = 0; first < to.width; first += cols) {
        const index from = c * step + first / cols * panel;
        for (const float* tap : taps) {  // rows lie too far apart to be fetched unasked
          for (index o = 0; o < cols; o += kLine) {
            __builtin_prefetch(tap + from + kAhead * step + o);
          }
        }
        transform_row<R>(
            std::min(cols, to.width - first),
            [&](index e) { return taps[static_cast<std::size_t>(e)] + from; }, row + first * k,
            to.plane);
      }
    }
  }
}

template <int R>
void transform_columns(const WinogradPlan& plan, const Weights& w, const WeightBlock& to) {
  const Shape& s = w.shape;
  const index cols = micro_kernel().cols;
  const index k = plan.parts * plan.parts * s.c;
  const index tap_step = std::min(kDepth, s.c) * cols;
  float* turned = thread_scratch(2, R * R * tap_step);
  for (index o0 = 0; o0 < to.width; o0 += cols) {
    const index width = std::min(cols, to.width - o0);
    for (index t = 0; t < k;) {
      const index part = t / s.c;
      const index c0 = t % s.c;
      const index depth = std::min(kDepth, s.c - c0);
      for (index e = 0; e < R * R; ++e) {  // columns side by side, as in transform_rows()
        const index tap = tap_of(plan, s.h, part, to.group, e / R, e % R);
        pack_columns(w.values + (tap * s.w + to.o0 + o0) * s.c + c0, s.c, depth, width,
                     turned + e * tap_step, 0);
      }
      float* row = to.data + o0 * k + t * cols;
      for (index c = 0; c < depth; ++c, row += cols) {
        transform_row<R>(
            width, [&](index e) { return turned + e * tap_step + c * cols; }, row, to.plane);
      }
      t += depth;
    }
  }
}

template <int M>
void transform_outputs(const WinogradPlan& plan, index group, index first, index last, index o0,
                       index o1, const Planes& sums, const Tensor* bias, Destination out) {
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
#pragma GCC unroll 16
      for (index p = 0; p < kTile; ++p) m[p] = Lanes::load(row + p * sums.plane + o - o0, count);
      Lanes values[M * M];
      winograd_output<M>(m, values);
#pragma GCC unroll 16
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

template <int M>
void transform_map(const WinogradPlan& plan, const Tensor& dy, index first, index last, float* out,
                   index plane) {
  const Shape& y = dy.shape();
  const index tiles = y.n * plan.tiles();
  const index cols = micro_kernel().cols;
  for (index t = first; t < last; ++t) {
    const Tile tile(plan, t);
    for_lanes(0, y.c, [&](index o, auto count) {
      Lanes u[kTile];
      transform_filter<M>(
          [&](index a, index b) {
            const index h = M * tile.i + a;
            const index v = M * tile.j + b;
            if (h >= y.h || v >= y.w) return Lanes{};
            return Lanes::load(dy.data() + ((tile.n * y.h + h) * y.w + v) * y.c + o, count);
          },
          u);
#pragma GCC unroll 16
      for (index p = 0; p < kTile; ++p) {
        u[p].store(out + p * plane + (o / cols * tiles + t) * cols + o % cols, Lanes::All{});
      }
    });
  }
}

template <int R>
Taps taps_of(const WinogradPlan& plan, index part, const Shape& w, float* dw, index c0, index o0) {
  Taps to{dw + c0 * w.c + o0, {}, w.c};
  for (index b = 0; b < R * R; ++b) {
    to.tap[static_cast<std::size_t>(b)] = tap_of(plan, w.h, part, 0, b / R, b % R) * w.w * w.c;
  }
  return to;
}

template <int R>
void transform_taps(index channels, index columns, const Planes& sums, const TapJoins& joins,
                    const Taps& to, Write write) {
  for (index c = 0; c < channels; ++c) {
    for_lanes(0, columns, [&](index o, auto count) {
      Lanes m[kTile];
#pragma GCC unroll 16
      for (index p = 0; p < kTile; ++p) {
        m[p] = Lanes::load(sums.data + p * sums.plane + c * sums.step + o, count);
      }
      Lanes values[R * R];
      winograd_output<R>(m, values);
#pragma GCC unroll 16
      for (std::size_t b = 0; b < R * R; ++b) {
        Lanes value = values[b];
        for (index j = joins.count - 1; j >= 0; --j) {
          const float* waiting = joins.from.data + j * joins.step + joins.from.tap[b];
          value = Lanes::load(waiting + c * joins.from.row + o, count) + value;
        }
        float* out = to.data + to.tap[b] + c * to.row + o;
        if (write == Write::add) value = Lanes::load(out, count) + value;
        value.store(out, count);
      }
    });
  }
}

template void transform_rows<2>(const WinogradPlan&, index, index, const Weights&,
                                const WeightBlock&);
template void transform_rows<3>(const WinogradPlan&, index, index, const Weights&,
                                const WeightBlock&);
template void transform_columns<2>(const WinogradPlan&, const Weights&, const WeightBlock&);
template void transform_columns<3>(const WinogradPlan&, const Weights&, const WeightBlock&);
template void transform_outputs<2>(const WinogradPlan&, index, index, index, index, index,
                                   const Planes&, const Tensor*, Destination);
template void transform_outputs<3>(const WinogradPlan&, index, index, index, index, index,
                                   const Planes&, const Tensor*, Destination);
template void transform_map<2>(const WinogradPlan&, const Tensor&, index, index, float*, index);
template void transform_map<3>(const WinogradPlan&, const Tensor&, index, index, float*, index);
template Taps taps_of<2>(const WinogradPlan&, index, const Shape&, float*, index, index);
template Taps taps_of<3>(const WinogradPlan&, index, const Shape&, float*, index, index);
template void transform_taps<2>(index, index, const Planes&, const TapJoins&, const Taps&, Write);
template void transform_taps<3>(index, index, const Planes&, const TapJoins&, const Taps&, Write);

}  // namespace nn::cpu::winograd
