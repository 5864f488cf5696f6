// The scalar specification as a backend: slow, and obviously right.
#pragma once

#include "nn/backend/backend.h"

namespace nn {

class RefBackend final : public Backend {
 public:
  std::string name() const override { return "ref"; }

  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                              const Tensor& w) const override;
#define NN_RUN(K) void run(const K& k) const override;
  NN_KERNELS(NN_RUN)
#undef NN_RUN
};

}  // namespace nn
