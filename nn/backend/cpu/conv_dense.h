// Convolutions that need no strip of gathered windows: what a tap reads for one row of outputs lies
// at equal distances in memory. For few channels, and for wide maps.
#pragma once

#include <algorithm>
#include <vector>

#include "nn/backend/backend.h"
#include "nn/backend/cpu/conv_weights.h"
#include "nn/backend/cpu/loops.h"
#include "nn/backend/cpu/micro_kernel.h"
#include "nn/backend/cpu/panels.h"
#include "nn/backend/cpu/windows.h"

namespace nn::cpu::chain {

inline constexpr index kPad = 16;  ///< between rows of a strip, against powers of two in the cache

inline index round_up(index count, index unit) { return ceil_div(count, unit) * unit; }

/// What the chains of a row of `count` outputs start from; `old` may be the row itself.
inline void start_row(float* row, const float* bias, const float* old, index count) {
  if (const float* from = bias != nullptr ? bias : old; from != nullptr) {
    if (from != row) copy_values(from, count, row);
  } else {
    std::fill_n(row, count, 0.0F);
  }
}

/// A tap of a dense correlation: output (i, j) reads `depth` values from input pixel
/// (i * step + di, j * step + dj) on, with `weights`. They may go on into the next pixels.
struct DenseTap {
  index di, dj, depth;
  const float* weights;  ///< the first; of fixed ones in a panel
  index row;             ///< of fixed weights, the first
};

/// Outputs (h0 + i * step, v0 + j * step) for i < rows, j < cols, and the taps that contribute to
/// them.
struct DensePhase {
  index rows, cols, h0, v0;
  std::vector<DenseTap> taps;
};

/// Few output channels: rows of the product are channels, columns are pixels of one output row.
/// Each row of x is turned once, channel by channel, and a tap's shift is an offset into it. Weight
/// (r, c) of a tap is weights[r * w_row + c * w_k]. Taps read one pixel, inputs have step 1.
void few_channels(const Tensor& x, const std::vector<DensePhase>& phases, index step, index w_row,
                  index w_k, const Tensor* bias, Destination out);

/// Wide maps: rows of the product are pixels of one output row, read in place from a copy of x with
/// its padding. Weights of a tap are depth x C, or with `turned` C x depth, or in `fixed`.
void in_place(const Tensor& x, const std::vector<DensePhase>& phases, index in_step, index out_step,
              bool turned, const FixedWeights* fixed, const Tensor* bias, Destination out);

/// The same where weights are few: in panels, all of them. Outputs have step 1.
void narrow(const Tensor& x, const DensePhase& phase, index step, const PanelView& weights,
            const Tensor* bias, Destination out);

/// The gradient of weights for wide maps: rows of the product are the values under a row of the
/// kernel, k runs over the pixels of one row of the map. With `few_channels` of the map the product
/// is turned round: its rows are those channels.
void in_place_weights(const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                      bool few_channels, Destination dw);

}  // namespace nn::cpu::chain
