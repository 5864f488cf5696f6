// What the convolution kernels multiply by: weights as a tensor has them, or, where they do not
// change any more, in panels.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

#include "nn/backend/backend.h"
#include "nn/backend/cpu/panels.h"

namespace nn::cpu {

/// Weights that do not change any more, in the panels that the micro-kernel reads, so that no
/// prediction packs them again. Columns are the output's channels; rows run over the taps and, for
/// each, the input's channels. Taps are in the order of the kernel, for the adjoint phase by phase,
/// so that the taps of a phase follow each other. As large as the weights, but for the last panel.
class FixedWeights {
 public:
  /// `w` is (kh,kw,Cin,Cout); `adjoint`: for correlate_adjoint(), else for correlate().
  FixedWeights(const Conv2dSpec& spec, const Tensor& w, bool adjoint);

  const Shape& shape() const { return shape_; }
  /// Of a panel: micro_kernel().cols when they were packed.
  index cols() const { return cols_; }
  /// Of tap number `tap` of the kernel.
  index first_row(index tap) const { return first_row_[static_cast<std::size_t>(tap)]; }
  /// Columns [o0, o1), rows from `row` on; o0 begins a panel.
  PanelView view(index o0, index o1, index row) const;
  /// Values [row][o] and the following in a panel.
  const float* at(index row, index o) const;

  /// `size` values that `make` has made from these, by the first call; for Winograd's points.
  const float* transformed(index size, const std::function<void(float*)>& make) const;

 private:
  Shape shape_;
  std::vector<index> first_row_;
  index cols_;
  Panels panels_;
  mutable std::once_flag once_;
  mutable Tensor transformed_;
};

/// Weights (kh,kw,Cin,Cout) of either kind, for one call of a kernel.
struct Weights {
  Weights(const Tensor& w) : shape(w.shape()), values(w.data()) {}
  /// Throws where the panels are those of another instruction set.
  Weights(const FixedWeights& w);

  Shape shape;
  const float* values = nullptr;        ///< null: fixed
  const FixedWeights* fixed = nullptr;  ///< null: as they are
};

}  // namespace nn::cpu
