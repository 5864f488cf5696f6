// What can be seen of a slice's error where the truth is not known. What each signal is worth:
// docs/audit/uncertainty.md.
#pragma once

#include <array>

#include "train/predict/predict.h"

namespace train {

inline constexpr std::size_t kSignals = 3;
inline constexpr std::array<const char*, kSignals> kSignalNames{
    "difference of neighbours", "distance to simpler method", "disagreement of directions"};

/// Signals are means over squares of 2 * kReach + 1 pixels: one pixel alone is mostly noise.
inline constexpr nn::index kReach = 2;

/// (1,H,W,1) each, in the unit of the scan, not yet smoothed.
using Signals = std::array<nn::Tensor, kSignals>;

/// Of a network's slice: |C - A|, |slice - simpler|, |forward - reversed|, where a simpler method
/// made `simpler`.
Signals signals_of(const MissingSlice& missing, const BothOrders& made, const nn::Tensor& simpler);

/// Of a slice by a method without a network, which agrees with itself: |C - A|, |made - simpler|,
/// 0.
Signals signals_of_baseline(const MissingSlice& missing, const nn::Tensor& made,
                            const nn::Tensor& simpler);

/// One pixel's smoothed signals.
using PixelSignals = std::array<float, kSignals>;

/// A pixel whose truth is known.
struct PixelSample {
  PixelSignals signals{};
  float error = 0;  ///< |prediction - truth|
};

/// `pixel` counts rows one after another.
PixelSignals smoothed_at(const Signals& signals, nn::index pixel);

/// All pixels.
Signals smoothed(const Signals& signals);

}  // namespace train
