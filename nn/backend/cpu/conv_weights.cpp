#include "nn/backend/cpu/conv_weights.h"

#include <utility>

#include "nn/backend/cpu/loops.h"
#include "nn/backend/cpu/windows.h"
#include "nn/core/error.h"

namespace nn::cpu {

FixedWeights::FixedWeights(const Conv2dSpec& spec, const Tensor& w, bool adjoint)
    : shape_(w.shape()),
      first_row_(static_cast<std::size_t>(shape_.n * shape_.h)),
      cols_(micro_kernel().cols),
      panels_(shape_.n * shape_.h * (adjoint ? shape_.c : shape_.w),
              adjoint ? shape_.w : shape_.c) {
  const index taps = shape_.n * shape_.h;
  if (!adjoint) {
    for (index tap = 0; tap < taps; ++tap)
      first_row_[static_cast<std::size_t>(tap)] = tap * shape_.w;
    panels_.pack(w.data(), shape_.c);
    return;
  }
  index row = 0;
  for (index a = 0; a < spec.stride; ++a) {
    for (index b = 0; b < spec.stride; ++b) {
      for (index i = a; i < spec.kernel_h; i += spec.stride) {
        for (index j = b; j < spec.kernel_w; j += spec.stride, row += shape_.c) {
          const index tap = i * spec.kernel_w + j;
          first_row_[static_cast<std::size_t>(tap)] = row;
          panels_.pack_transposed(w.data() + tap * shape_.w * shape_.c, shape_.c, row, shape_.c);
        }
      }
    }
  }
}

PanelView FixedWeights::view(index o0, index o1, index row) const {
  PanelView view = panels_.view(o0 / cols_, ceil_div(o1, cols_), row);
  view.ahead = kDepth * cols_;
  return view;
}

const float* FixedWeights::at(index row, index o) const {
  return panels_.view(o / cols_, o / cols_ + 1, row).data + o % cols_;
}

const float* FixedWeights::transformed(index size, const std::function<void(float*)>& make) const {
  std::call_once(once_, [&] {
    transformed_ = Tensor({1, 1, 1, size});
    make(transformed_.data());
  });
  return transformed_.data();
}

Weights::Weights(const FixedWeights& w) : shape(w.shape()), fixed(&w) {
  require(w.cols() == micro_kernel().cols, "fixed weights", "panels of another instruction set",
          "one instruction set as long as a network lives");
}

}  // namespace nn::cpu
