// Scalar specification of inverted dropout (Srivastava et al. 2014; docs/ops/dropout.md). The mask
// is never stored: the i-th random number of the stream says whether value i is kept.
#pragma once

#include "nn/backend/ref/view.h"

namespace nn::ref {

/// A value is dropped when its 32 random bits are below rate * 2^32.
inline std::uint32_t dropout_threshold(double rate) {
  return static_cast<std::uint32_t>(rate * 4294967296.0);
}

template <class T>
void dropout(In<T> x, double rate, const Rng& rng, Out<T> y) {
  const std::uint32_t threshold = dropout_threshold(rate);
  const T keep = T(1.0 / (1.0 - rate));
  for (index i = 0; i < x.numel(); ++i) {
    const bool kept = rng.bits_at(static_cast<std::uint64_t>(i)) >= threshold;
    y.put(i, kept ? x[i] * keep : T{0});
  }
}

}  // namespace nn::ref
