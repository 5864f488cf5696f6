// What the convolution kernels have in common. Names are those of the convolution: `image` has Cin
// channels and H x W pixels, `map` is its output with Cout channels and Ho x Wo pixels, weights are
// (kh, kw, Cin, Cout). For conv_transpose2d the roles are swapped.
#pragma once

#include "nn/backend/gpu/kernel.h"

namespace nn::gpu {

struct ConvSizes {
  int images;
  int h, w, cin;
  int map_h, map_w, cout;
  int kernel_h, kernel_w, stride, top, left;

  NN_HOST_DEVICE int map_pixels() const { return map_h * map_w; }  ///< of one image
  NN_HOST_DEVICE int weights() const { return kernel_h * kernel_w * cin * cout; }
};

}  // namespace nn::gpu

#if !defined(__CUDACC__)
#include "nn/backend/gpu/gpu_backend.h"

namespace nn::gpu {

ConvSizes conv_sizes(const Conv2dSpec& spec, const Shape& image, const Shape& map);

// Each of these is in the file of its kernel.

/// map = image * w (+ bias)
void correlate(Call& c, const Conv2dSpec& spec, const Tensor& image, const Tensor& w,
               const Tensor* bias, Destination map);
/// image = adjoint of correlate applied to map (+ bias)
void correlate_adjoint(Call& c, const Conv2dSpec& spec, const Tensor& map, const Tensor& w,
                       const Tensor* bias, Destination image);
/// dw[a,b,c,o] = sum over map pixels of image window times map value
void correlate_weights(Call& c, const Conv2dSpec& spec, const Tensor& image, const Tensor& map,
                       Destination dw);
/// dw = the sum of `parts` parts of each image, in order, and of the images, in the order of the
/// tree. `sums`: parts of images, each as large as dw.
void join_weights(Call& c, int images, int parts, const float* sums, Store dw, int size);

// The same by Winograd's algorithm.
void winograd_correlate(Call& c, const Conv2dSpec& spec, const Tensor& image, const Tensor& w,
                        const Tensor* bias, Destination map);
void winograd_correlate_adjoint(Call& c, const Conv2dSpec& spec, const Tensor& map, const Tensor& w,
                                const Tensor* bias, Destination image);
void winograd_correlate_weights(Call& c, const Conv2dSpec& spec, const Tensor& image,
                                const Tensor& map, Destination dw);

}  // namespace nn::gpu
#endif
