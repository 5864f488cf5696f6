// The fast backend: micro-kernels of our own on strips that stay in cache (Eigen's matrix product
// with CT2CT_GEMM=eigen), threads by parallel_for. Blocks follow from shapes alone, so results do
// not depend on the number of threads.
#pragma once

#include "nn/backend/backend.h"

namespace nn {

class CpuBackend final : public Backend {
 public:
  std::string name() const override { return "cpu"; }

  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                              const Tensor& w) const override;
#define NN_RUN(K) void run(const K& k) const override;
  NN_KERNELS(NN_RUN)
#undef NN_RUN
};

}  // namespace nn
