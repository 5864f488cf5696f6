// A fixed convolution for backends that read weights as tensors have them.
#pragma once

#include "nn/backend/backend.h"

namespace nn {

/// Keeps the tensor. `B`: a backend without state, so that it does not matter which one computes.
template <class B>
class AsItIs final : public FixedConvolution {
 public:
  AsItIs(const Conv2dSpec& s, bool t, const Tensor& w) : FixedConvolution(s, t, w.shape()), w_(w) {}
  void forward(ConvAlgorithm algorithm, const Tensor& x, const Tensor* bias,
               Tensor& y) const override {
    if (transposed) {
      B().run(ConvTranspose2dForward{spec, x, w_, bias, {&y}, algorithm});
    } else {
      B().run(Conv2dForward{spec, x, w_, bias, {&y}, algorithm});
    }
  }

 private:
  Tensor w_;
};

}  // namespace nn
