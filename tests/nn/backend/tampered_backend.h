// A backend with a fault of the test's choosing: it runs another one and hands every output to the
// test before anyone else sees it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "nn/backend/wrappers.h"

namespace nn::testing {

class TamperedBackend final : public WrappingBackend<TamperedBackend> {
 public:
  using Fault = std::function<void(const std::string& kernel, const std::string& output, Tensor&)>;

  TamperedBackend(std::unique_ptr<Backend> honest, Fault fault)
      : honest_(std::move(honest)), fault_(std::move(fault)) {}

  std::string name() const override { return "tampered"; }

  template <class K>
  void wrap(K kernel) const {
    honest_->run(kernel);
    for (const Output& o : kernel.outputs()) {
      if (*o.to) fault_(K::kName, o.name, *o.to->tensor);
    }
  }

  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                              const Tensor& w) const override {
    return std::make_shared<TamperedFixed>(*this, honest_->fix(spec, transposed, w));
  }

 private:
  class TamperedFixed final : public FixedConvolution {
   public:
    TamperedFixed(const TamperedBackend& owner, std::shared_ptr<const FixedConvolution> honest)
        : FixedConvolution(honest->spec, honest->transposed, honest->weights),
          owner_(owner),
          honest_(std::move(honest)) {}
    void forward(ConvAlgorithm algorithm, const Tensor& x, const Tensor* bias,
                 Tensor& y) const override {
      honest_->forward(algorithm, x, bias, y);
      owner_.fault_(transposed ? "conv_transpose2d_fixed" : "conv2d_fixed", "y", y);
    }

   private:
    const TamperedBackend& owner_;
    std::shared_ptr<const FixedConvolution> honest_;
  };

  std::unique_ptr<Backend> honest_;
  Fault fault_;
};

}  // namespace nn::testing
