// Winograd's transforms between tensors and planes: at each of the 16 points of a tile a small
// matrix, which conv_winograd.cpp multiplies. M is the number of outputs of a tile along an axis, R
// that of taps; M + R = 5.
#pragma once

#include <array>

#include "nn/backend/cpu/conv_weights.h"
#include "nn/backend/cpu/loops.h"
#include "nn/backend/cpu/windows.h"
#include "nn/backend/winograd.h"

namespace nn::cpu::winograd {

inline constexpr index kVector = 8;  ///< channels that are transformed side by side
inline constexpr index kPad = 16;    ///< against powers of two between rows and planes

inline index round_up(index count, index unit) { return ceil_div(count, unit) * unit; }

/// Value k of row `row` of plane p is at data + p * plane + k / depth * block + row * step + k %
/// depth.
struct Planes {
  float* data;
  index plane, step, depth, block;
};

/// Inputs of tiles [first, last) for range `r` of k, transformed: a row for each tile. `zeros`: as
/// many channels, for what lies outside.
void transform_inputs(const WinogradPlan& plan, const Tensor& x, const Tensor& zeros, index first,
                      index last, const TapRange& r, const Planes& out);

/// Weights of `width` columns from o0 on for a group of outputs, transformed: for each point a
/// K x width matrix in panels (PanelView), the points `plane` values apart.
struct WeightBlock {
  index group, o0, width;
  float* data;
  index plane;
};

/// Where columns lie side by side, in fixed weights or those of correlate(): k runs over parts and
/// `channels`.
template <int R>
void transform_rows(const WinogradPlan& plan, index kernel_w, index channels, const Weights& w,
                    const WeightBlock& to);

/// Where they do not, in weights as they are for correlate_adjoint(): k runs over parts and Cout,
/// columns over Cin.
template <int R>
void transform_columns(const WinogradPlan& plan, const Weights& w, const WeightBlock& to);

/// Outputs of tiles [first, last) in a group, columns [o0, o1), from the sums at the points.
template <int M>
void transform_outputs(const WinogradPlan& plan, index group, index first, index last, index o0,
                       index o1, const Planes& sums, const Tensor* bias, Destination out);

/// The gradient of weights is a correlation, too: its filters are tiles [first, last) of the map's
/// gradient. At each point a matrix of all tiles x channels in panels, `plane` values apart.
template <int M>
void transform_map(const WinogradPlan& plan, const Tensor& dy, index first, index last, float* out,
                   index plane);

/// Where the taps of a part of the kernel go, a block of channels x columns for each: value (c, o)
/// of tap b at data + tap[b] + c * row + o.
struct Taps {
  float* data;
  std::array<index, 9> tap;  ///< R * R of them
  index row;
};
/// In dw of shape `w`, from channel c0 and column o0 on.
template <int R>
Taps taps_of(const WinogradPlan& plan, index part, const Shape& w, float* dw, index c0, index o0);

/// Sums that its outputs are added to: `count` of them, `step` values apart, the last one first.
struct TapJoins {
  Taps from;
  index step, count;
};
/// Its outputs are the taps of a part, for channels x columns, from the sums at the points.
template <int R>
void transform_taps(index channels, index columns, const Planes& sums, const TapJoins& joins,
                    const Taps& to, Write write);

}  // namespace nn::cpu::winograd
