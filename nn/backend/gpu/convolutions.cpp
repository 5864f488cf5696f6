// The kernels of the backend that convolve. The transposed convolution is the adjoint of a
// convolution: its forward pass is that one's gradient of the image, its gradient of the image that
// one's forward pass, and the gradient of the weights is the same sum with image and map swapped.
#include "nn/backend/gpu/kernels/convolution.h"

namespace nn::gpu {

namespace {

void image_to_map(Call& c, const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& image,
                  const Tensor& w, const Tensor* bias, Destination map) {
  const auto run = algorithm == ConvAlgorithm::winograd ? winograd_correlate : correlate;
  run(c, spec, image, w, bias, map);
  c.finish();
}

void map_to_image(Call& c, const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& map,
                  const Tensor& w, const Tensor* bias, Destination image) {
  const auto run =
      algorithm == ConvAlgorithm::winograd ? winograd_correlate_adjoint : correlate_adjoint;
  run(c, spec, map, w, bias, image);
  c.finish();
}

void both_to_weights(Call c, const Conv2dSpec& spec, ConvAlgorithm algorithm, const Tensor& image,
                     const Tensor& map, Destination dw) {
  const auto run =
      algorithm == ConvAlgorithm::winograd ? winograd_correlate_weights : correlate_weights;
  run(c, spec, image, map, dw);
  c.finish();
}

/// Its weights are uploaded once, since they do not change.
class FixedOnDevice final : public FixedConvolution {
 public:
  FixedOnDevice(const Conv2dSpec& s, bool t, const Tensor& w, std::shared_ptr<DevicePool> pool)
      : FixedConvolution(s, t, w.shape()), w_(w), pool_(std::move(pool)) {}
  void forward(ConvAlgorithm algorithm, const Tensor& x, const Tensor* bias,
               Tensor& y) const override {
    Call c(pool_);
    const auto run = transposed ? map_to_image : image_to_map;
    run(c, spec, algorithm, x, w_, bias, {&y});
  }

 private:
  Tensor w_;
  std::shared_ptr<DevicePool> pool_;
};

}  // namespace

ConvSizes conv_sizes(const Conv2dSpec& spec, const Shape& image, const Shape& map) {
  return {count_of(image.n),     count_of(image.h),       count_of(image.w),
          count_of(image.c),     count_of(map.h),         count_of(map.w),
          count_of(map.c),       count_of(spec.kernel_h), count_of(spec.kernel_w),
          count_of(spec.stride), count_of(spec.pad.top),  count_of(spec.pad.left)};
}

std::shared_ptr<const FixedConvolution> GpuBackend::fix(const Conv2dSpec& spec, bool transposed,
                                                        const Tensor& w) const {
  return std::make_shared<FixedOnDevice>(spec, transposed, w, pool_);
}

void GpuBackend::run(const Conv2dForward& k) const {
  Call c = call();
  image_to_map(c, k.spec, k.algorithm, k.x, k.w, k.bias, k.y);
}
void GpuBackend::run(const Conv2dBackwardData& k) const {
  Call c = call();
  map_to_image(c, k.spec, k.algorithm, k.dy, k.w, nullptr, k.dx);
}
void GpuBackend::run(const Conv2dBackwardWeight& k) const {
  both_to_weights(call(), k.spec, k.algorithm, k.x, k.dy, k.dw);
}
void GpuBackend::run(const ConvTranspose2dForward& k) const {
  Call c = call();
  map_to_image(c, k.spec, k.algorithm, k.x, k.w, k.bias, k.y);
}
void GpuBackend::run(const ConvTranspose2dBackwardData& k) const {
  Call c = call();
  image_to_map(c, k.spec, k.algorithm, k.dy, k.w, nullptr, k.dx);
}
void GpuBackend::run(const ConvTranspose2dBackwardWeight& k) const {
  both_to_weights(call(), k.spec, k.algorithm, k.dy, k.x, k.dw);
}

}  // namespace nn::gpu
