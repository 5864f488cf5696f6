#include "nn/backend/wrappers.h"

#include <chrono>

namespace nn {
namespace {

double bytes_of(const Tensor* t) {
  return t != nullptr ? static_cast<double>(t->numel()) * sizeof(real) : 0;
}

/// Every input is read once and every output written once; an output that is added to is read too.
template <class K>
double bytes(K k) {
  double sum = 0;
  for (const Tensor* t : k.inputs()) sum += bytes_of(t);
  for (const Output& o : k.outputs()) {
    sum += bytes_of(o.to->tensor) * (o.to->write == Write::add ? 2 : 1);
  }
  return sum;
}

/// What is noted of a call before it runs; `seconds` come later.
template <class K>
KernelTime note(const K& k) {
  return {K::kName, to_string(k.inputs().front()->shape()), "", 0, bytes(k), 0};
}

/// Only the channels that become dx are read.
KernelTime note(const ConcatBackward& k) {
  return {ConcatBackward::kName, to_string(k.dy.shape()), "", 0, 2 * bytes_of(k.dx.tensor), 0};
}

/// "128x128x64, 4x4/2, 64x64x128": image, kernel and stride, map, for one image of the batch.
std::string sizes(const Conv2dSpec& s, const Shape& image, const Shape& map) {
  const auto size = [](const Shape& x) {
    return std::to_string(x.h) + "x" + std::to_string(x.w) + "x" + std::to_string(x.c);
  };
  return size(image) + ", " + std::to_string(s.kernel_h) + "x" + std::to_string(s.kernel_w) + "/" +
         std::to_string(s.stride) + ", " + size(map);
}

KernelTime convolution(const char* name, const Conv2dSpec& s, ConvAlgorithm algorithm,
                       const Shape& image, const Shape& map, double bytes) {
  const double flop = 2.0 * static_cast<double>(s.kernel_h * s.kernel_w * image.c) *
                      static_cast<double>(map.numel());
  return {name,
          sizes(s, image, map),
          algorithm == ConvAlgorithm::winograd ? "winograd" : "direct",
          flop,
          bytes,
          0};
}

KernelTime note(const Conv2dForward& k) {
  return convolution(k.kName, k.spec, k.algorithm, k.x.shape(), k.y.tensor->shape(), bytes(k));
}
KernelTime note(const Conv2dBackwardData& k) {
  return convolution(k.kName, k.spec, k.algorithm, k.dx.tensor->shape(), k.dy.shape(), bytes(k));
}
KernelTime note(const Conv2dBackwardWeight& k) {
  return convolution(k.kName, k.spec, k.algorithm, k.x.shape(), k.dy.shape(), bytes(k));
}
KernelTime note(const ConvTranspose2dForward& k) {
  return convolution(k.kName, k.spec, k.algorithm, k.y.tensor->shape(), k.x.shape(), bytes(k));
}
KernelTime note(const ConvTranspose2dBackwardData& k) {
  return convolution(k.kName, k.spec, k.algorithm, k.dy.shape(), k.dx.tensor->shape(), bytes(k));
}
KernelTime note(const ConvTranspose2dBackwardWeight& k) {
  return convolution(k.kName, k.spec, k.algorithm, k.dy.shape(), k.x.shape(), bytes(k));
}

class TimedBackend final : public WrappingBackend<TimedBackend> {
 public:
  TimedBackend(std::unique_ptr<Backend> inner, std::vector<KernelTime>& log)
      : inner_(std::move(inner)), log_(log) {}
  std::string name() const override { return inner_->name(); }
  void wait() const override { inner_->wait(); }

  template <class K>
  void wrap(const K& k) const {
    time(note(k), [&] { inner_->run(k); });
  }

  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& s, bool transposed,
                                              const Tensor& w) const override {
    return std::make_shared<Timed>(*this, inner_->fix(s, transposed, w));
  }

 private:
  class Timed final : public FixedConvolution {
   public:
    Timed(const TimedBackend& notes, std::shared_ptr<const FixedConvolution> inner)
        : FixedConvolution(inner->spec, inner->transposed, inner->weights),
          notes_(notes),
          inner_(std::move(inner)) {}
    void forward(ConvAlgorithm algorithm, const Tensor& x, const Tensor* bias,
                 Tensor& y) const override {
      const Tensor& image = transposed ? y : x;
      const Tensor& map = transposed ? x : y;
      const double bytes =
          bytes_of(&x) + bytes_of(&y) + static_cast<double>(weights.numel()) * sizeof(real);
      notes_.time(convolution(transposed ? "fixed conv_transpose2d" : "fixed conv2d", spec,
                              algorithm, image.shape(), map.shape(), bytes),
                  [&] { inner_->forward(algorithm, x, bias, y); });
    }

   private:
    const TimedBackend& notes_;
    std::shared_ptr<const FixedConvolution> inner_;
  };

  template <class Work>
  void time(KernelTime noted, const Work& work) const {
    const auto start = std::chrono::steady_clock::now();
    work();
    inner_->wait();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    noted.seconds = took.count();
    log_.push_back(std::move(noted));
  }

  std::unique_ptr<Backend> inner_;
  std::vector<KernelTime>& log_;
};

}  // namespace

std::unique_ptr<Backend> make_timed_backend(std::unique_ptr<Backend> inner,
                                            std::vector<KernelTime>& log) {
  return std::make_unique<TimedBackend>(std::move(inner), log);
}

}  // namespace nn
