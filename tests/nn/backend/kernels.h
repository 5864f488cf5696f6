// Every kernel of nn/backend/backend.h as a table that runs on any backend: each entry makes its
// inputs from fixed noise, calls one kernel and returns what it wrote.
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "nn/backend/backend.h"
#include "tests/nn/tensors.h"

namespace nn::testing {

struct NamedTensor {
  std::string name;
  Tensor value;
};

struct KernelCase {
  std::string kernel;
  std::string shape;
  bool adds;    ///< whether it takes Write::add
  index terms;  ///< length of its longest sum
  std::function<std::vector<NamedTensor>(const Backend&, Write)> run;
};

/// A destination: NaN where the kernel sets, noise where it adds.
inline Tensor destination(const Shape& shape, Write write) {
  return write == Write::add ? noise(shape, 90)
                             : Tensor::full(shape, std::numeric_limits<real>::quiet_NaN());
}

/// An entry with one output. call(backend, destination).
template <class Call>
KernelCase single(const std::string& kernel, const std::string& output, const Shape& shape,
                  bool adds, index terms, Call call) {
  return {kernel, to_string(shape), adds, terms, [=](const Backend& b, Write write) {
            Tensor out = destination(shape, write);
            call(b, Destination{&out, write});
            return std::vector<NamedTensor>{{output, out}};
          }};
}

struct ConvolutionSize {
  Conv2dSpec spec;
  Shape image;
  index cout;
};

/// Odd sizes, 1x1 maps, C = 1, N > 1, every kind of padding, kernels smaller than the stride, and
/// sizes at which the fast kernels change how they cut the work.
inline std::vector<ConvolutionSize> convolution_sizes() {
  return {{{4, 4, 2, {1, 1, 1, 1}}, {2, 5, 6, 3}, 4},
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 2, 2, 1}, 1},
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 2, 2, 8}, 130},
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 8, 6, 256}, 24},
          {{4, 4, 1, {1, 2, 1, 2}}, {2, 5, 7, 3}, 5},
          {{4, 4, 1, {1, 1, 1, 1}}, {1, 4, 5, 70}, 1},
          {{3, 3, 1, {1, 1, 1, 1}}, {2, 1, 1, 2}, 3},
          {{1, 1, 1, {0, 0, 0, 0}}, {1, 3, 5, 9}, 2},
          {{2, 2, 3, {0, 0, 0, 0}}, {1, 7, 8, 2}, 3},
          {{3, 5, 2, {0, 3, 2, 1}}, {2, 6, 9, 2}, 3},
          {{2, 2, 1, {3, 0, 0, 4}}, {1, 2, 3, 1}, 2},
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 2, 3, 300}, 2},
          {{3, 3, 1, {1, 1, 1, 1}}, {1, 40, 41, 2}, 3},
          {{3, 3, 1, {1, 1, 1, 1}}, {1, 96, 96, 1}, 2},
          {{7, 7, 1, {3, 3, 3, 3}}, {1, 9, 8, 1}, 1},
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 4, 4, 20}, 48},
          {{4, 4, 2, {1, 1, 1, 1}}, {2, 6, 6, 300}, 64},
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 16, 12, 40}, 70},
          // Rows of outputs wide enough to be read in place: blocks of k and of columns, odd
          // padding, batches, and for weights a part of the pixels that ends within a row.
          {{4, 4, 2, {1, 1, 1, 1}}, {2, 18, 20, 70}, 140},
          {{4, 4, 2, {1, 2, 1, 2}}, {1, 60, 61, 5}, 9},
          {{3, 5, 2, {0, 3, 2, 1}}, {2, 9, 64, 6}, 10},
          {{3, 3, 1, {1, 1, 1, 1}}, {1, 70, 70, 9}, 8},
          // A window of few values on a wide map, which for weights is read where it is.
          // Half a panel at its end: of 16 columns and, in the second, of 32.
          {{4, 4, 2, {1, 1, 1, 1}}, {2, 6, 58, 2}, 40},
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 4, 58, 1}, 48},
          // Narrow layers, whose tasks copy their own lines, and outputs of phases by turned rows,
          // more of them than a panel of some instruction sets holds.
          {{3, 3, 1, {1, 1, 1, 1}}, {2, 40, 36, 22}, 16},
          {{4, 4, 2, {1, 1, 1, 1}}, {2, 20, 34, 16}, 40},
          // Too narrow to be read in place, too many pixels to turn: the adjoint gathers strips.
          {{4, 4, 2, {1, 1, 1, 1}}, {1, 30, 14, 40}, 30}};
}

inline void add_convolutions(std::vector<KernelCase>& all) {
  for (const auto& [spec, image, cout] : convolution_sizes()) {
    const Shape map = conv2d_output_shape(spec, image, cout);
    const Shape weights{spec.kernel_h, spec.kernel_w, image.c, cout};
    const Tensor x = noise(image, 1);
    const Tensor y = noise(map, 2);
    const Tensor w = noise(weights, 3);
    const Tensor bias = noise(vector_shape(cout), 4);
    const auto s = spec;
    const ConvAlgorithm algorithm = conv_algorithm(spec, image, cout);
    const index taps = spec.kernel_h * spec.kernel_w;
    all.push_back(single("conv2d_forward", "y", map, false, taps * image.c,
                         [=](const Backend& b, Destination out) {
                           b.run(Conv2dForward{s, x, w, &bias, out, algorithm});
                         }));
    all.push_back(single("conv2d_forward", "y", map, false, taps * image.c,
                         [=](const Backend& b, Destination out) {
                           b.run(Conv2dForward{s, x, w, nullptr, out, algorithm});
                         }));
    all.push_back(single("conv2d_fixed", "y", map, false, taps * image.c,
                         [=](const Backend& b, Destination out) {
                           b.fix(s, false, w.clone())->forward(algorithm, x, &bias, *out.tensor);
                         }));
    all.push_back(single("conv2d_backward_data", "dx", image, true, taps * cout,
                         [=](const Backend& b, Destination out) {
                           b.run(Conv2dBackwardData{s, y, w, out, algorithm});
                         }));
    all.push_back(single("conv2d_backward_weight", "dw", weights, true, map.pixels(),
                         [=](const Backend& b, Destination out) {
                           b.run(Conv2dBackwardWeight{s, x, y, out, algorithm});
                         }));
    all.push_back(single("bias_backward", "db", vector_shape(image.c), true, image.pixels(),
                         [=](const Backend& b, Destination out) {
                           b.run(BiasBackward{x, out});
                         }));

    // The transposed convolution goes from maps with Cout channels to images with Cin.
    const Shape up = conv_transpose2d_output_shape(spec, map, image.c);
    const Tensor up_bias = noise(vector_shape(image.c), 5);
    const Tensor up_dy = noise(up, 6);
    all.push_back(single("conv_transpose2d_forward", "y", up, false, taps * cout,
                         [=](const Backend& b, Destination out) {
                           b.run(ConvTranspose2dForward{s, y, w, &up_bias, out, algorithm});
                         }));
    all.push_back(single("conv_transpose2d_forward", "y", up, false, taps * cout,
                         [=](const Backend& b, Destination out) {
                           b.run(ConvTranspose2dForward{s, y, w, nullptr, out, algorithm});
                         }));
    all.push_back(single("conv_transpose2d_fixed", "y", up, false, taps * cout,
                         [=](const Backend& b, Destination out) {
                           b.fix(s, true, w.clone())->forward(algorithm, y, nullptr, *out.tensor);
                         }));
    all.push_back(single("conv_transpose2d_backward_data", "dx", map, true, taps * image.c,
                         [=](const Backend& b, Destination out) {
                           b.run(ConvTranspose2dBackwardData{s, up_dy, w, out, algorithm});
                         }));
    all.push_back(single("conv_transpose2d_backward_weight", "dw", weights, true, map.pixels(),
                         [=](const Backend& b, Destination out) {
                           b.run(ConvTranspose2dBackwardWeight{s, y, up_dy, out, algorithm});
                         }));
  }
}

/// One pixel, C = 1, odd sizes, and more values than one chunk of the fast kernels.
inline std::vector<Shape> image_shapes() {
  return {{1, 1, 1, 1}, {1, 1, 1, 7}, {3, 1, 1, 5}, {2, 3, 5, 3}, {2, 17, 9, 16}, {2, 67, 64, 5}};
}

inline void add_norms(std::vector<KernelCase>& all) {
  for (const Shape& shape : image_shapes()) {
    const index channels = shape.c;
    Tensor x = noise(shape, 1);
    for (real& v : x.values()) v = 0.5F + 2 * v;
    const Tensor gamma = noise(vector_shape(channels), 2);
    const Tensor beta = noise(vector_shape(channels), 3);
    const Tensor dy = noise(shape, 4);
    constexpr double kEps = 1e-5;
    const Tensor added = noise(shape, 7);
    // Batch norm has one group, instance norm one for each image.
    for (const index groups : {index{1}, shape.n}) {
      const Shape statistics{groups, 1, 1, channels};
      const Tensor mean = noise(statistics, 5);
      Tensor inv_std = noise(statistics, 6);
      for (real& v : inv_std.values()) v = 0.1F + v * v;
      for (const double slope : {1.0, 0.3, 0.0}) {  // nothing, leaky_relu, relu
        for (const bool adds : {false, true}) {
          const std::string label = to_string(shape) + " groups " + std::to_string(groups) +
                                    " slope " + std::to_string(slope) + (adds ? " added" : "");
          const auto then = [=](const Tensor& t) { return Epilogue{adds ? &t : nullptr, slope}; };
          all.push_back(
              {"norm_forward", label, false, shape.pixels(), [=](const Backend& b, Write w) {
                 Tensor y = destination(shape, w);
                 Tensor m = destination(statistics, w);
                 Tensor s = destination(statistics, w);
                 b.run(NormForward{groups, x, gamma, beta, kEps, then(added), {&m}, {&s}, {&y}});
                 return std::vector<NamedTensor>{{"mean", m}, {"inv_std", s}, {"y", y}};
               }});
          all.push_back(
              {"norm_backward", label, true, shape.pixels(), [=](const Backend& b, Write w) {
                 Tensor dx = destination(shape, w);
                 Tensor dgamma = destination(vector_shape(channels), w);
                 Tensor dbeta = destination(vector_shape(channels), w);
                 Tensor dadded = destination(shape, w);
                 std::vector<NamedTensor> out{{"dx", dx}, {"dgamma", dgamma}, {"dbeta", dbeta}};
                 if (adds) out.push_back({"dadded", dadded});
                 // `added` stands for y, of which only the signs matter.
                 const Tensor& y = slope == 1 ? Tensor() : added;
                 b.run(NormBackward{groups,
                                    x,
                                    gamma,
                                    mean,
                                    inv_std,
                                    y,
                                    slope,
                                    dy,
                                    {&dx, w},
                                    {&dgamma, w},
                                    {&dbeta, w},
                                    adds ? Destination{&dadded, w} : Destination{}});
                 return out;
               }});
          all.push_back(
              single("norm_inference", "y", shape, false, 1, [=](const Backend& b, Destination y) {
                b.run(NormInference{groups, x, gamma, beta, mean, inv_std, then(added), y});
              }));
        }
      }
    }
  }
}

/// A call of a pointwise kernel, whatever constants it takes.
template <class K>
K example(const Tensor& x, const Tensor& dy, Destination out) {
  if constexpr (requires { K{x, out}; }) {
    return {x, out};
  } else if constexpr (requires { K{x, dy, out}; }) {
    return {x, dy, out};
  } else if constexpr (requires { K{x, 0.3, out}; }) {
    return {x, 0.3, out};
  } else if constexpr (requires { K{x, 0.3, dy, out}; }) {
    return {x, 0.3, dy, out};
  } else {
    return {x, 0.3, Rng(5, Purpose::test), out};
  }
}

/// Kernels of an op's forward pass set; the others add as well.
template <class K>
void add_pointwise_kernel(std::vector<KernelCase>& all, const Shape& shape) {
  const Tensor x = noise(shape, 1);
  const Tensor dy = noise(shape, 2);
  const std::string name = K::kName;
  const bool adds = name.find("_forward") == std::string::npos;
  Tensor y(shape);
  const std::string output = example<K>(x, dy, {&y}).outputs().front().name;
  all.push_back(single(name, output, shape, adds, 1,
                       [=](const Backend& b, Destination out) { b.run(example<K>(x, dy, out)); }));
}

inline void add_pointwise(std::vector<KernelCase>& all) {
  for (const Shape& shape : image_shapes()) {
#define NN_CASE(K) add_pointwise_kernel<K>(all, shape);
    NN_POINTWISE_KERNELS(NN_CASE)
#undef NN_CASE
    const Tensor x = noise(shape, 1);
    const Tensor other = noise({shape.n, shape.h, shape.w, 4}, 3);
    const Tensor wide = noise({shape.n, shape.h, shape.w, shape.c + 4}, 4);
    all.push_back(
        single("concat_forward", "y", wide.shape(), false, 1, [=](const Backend& b, Destination y) {
          b.run(ConcatForward{x, other, y});
        }));
    all.push_back(
        single("concat_backward", "dx", shape, true, 1, [=](const Backend& b, Destination dx) {
          b.run(ConcatBackward{wide, 3, dx});
        }));
  }
}

/// Movements to pixels, between them and beyond the border, where the last one leads nowhere.
inline void add_warps(std::vector<KernelCase>& all) {
  for (const Shape& shape : image_shapes()) {
    const Tensor x = noise(shape, 1);
    const Tensor dy = noise(shape, 2);
    Tensor u = noise({shape.n, shape.h, shape.w, 2}, 3);
    for (index i = 0; i < u.numel(); ++i) {
      real& by = u.data()[i];
      by *= 2;
      if (i % 7 == 0) by = std::nearbyint(by);
    }
    u.data()[u.numel() - 1] = std::numeric_limits<real>::infinity();
    using B = const Backend&;
    all.push_back(single("warp2d_forward", "y", shape, false, 16, [=](B b, Destination y) {
      b.run(Warp2dForward{x, u, y});
    }));
    all.push_back(single("warp2d_backward_image", "dx", shape, true, 16 * shape.h * shape.w,
                         [=](B b, Destination dx) {
                           b.run(Warp2dBackwardImage{u, dy, dx});
                         }));
    all.push_back(single("warp2d_backward_movement", "du", u.shape(), true, 16 * shape.c,
                         [=](B b, Destination du) {
                           b.run(Warp2dBackwardMovement{x, u, dy, du});
                         }));
  }
}

inline void add_losses(std::vector<KernelCase>& all) {
  for (const Shape& shape : image_shapes()) {
    const Tensor x = noise(shape, 1);
    const Tensor t = noise(shape, 2);
    const Tensor g = noise(scalar_shape(), 3);
    const auto forward = [&](const std::string& kernel, auto call) {
      all.push_back(
          single(kernel + "_forward", "loss", scalar_shape(), false, shape.numel(), call));
    };
    const auto backward = [&](const std::string& kernel, const char* output, auto call) {
      all.push_back(single(kernel + "_backward", output, shape, true, 1, call));
    };
    using B = const Backend&;
    all.push_back(single("weighted_mean_forward", "y", scalar_shape(), false, shape.numel(),
                         [=](B b, Destination y) {
                           b.run(WeightedMeanForward{x, t, y});
                         }));
    backward("weighted_mean", "dx", [=](B b, Destination d) {
      b.run(WeightedMeanBackward{t, g, d});
    });
    forward("l1_loss", [=](B b, Destination y) { b.run(L1LossForward{x, t, y}); });
    backward("l1_loss", "da", [=](B b, Destination d) { b.run(L1LossBackward{x, t, g, d}); });
    forward("mse_loss", [=](B b, Destination y) { b.run(MseLossForward{x, t, y}); });
    backward("mse_loss", "da", [=](B b, Destination d) { b.run(MseLossBackward{x, t, g, d}); });
    for (const double label : {0.0, 1.0, 0.9}) {
      forward("bce_with_logits", [=](B b, Destination y) {
        b.run(BceWithLogitsForward{x, label, y});
      });
      backward("bce_with_logits", "dx", [=](B b, Destination d) {
        b.run(BceWithLogitsBackward{x, label, g, d});
      });
      forward("least_squares_loss", [=](B b, Destination y) {
        b.run(LeastSquaresLossForward{x, label, y});
      });
      backward("least_squares_loss", "dx", [=](B b, Destination d) {
        b.run(LeastSquaresLossBackward{x, label, g, d});
      });
    }
  }
}

/// Also where 1 / inv_std^2 is below eps, and a batch of one pixel.
inline void add_running_statistics(std::vector<KernelCase>& all) {
  for (const index channels : {index{1}, index{37}, index{200}}) {
    for (const double unbiased : {1.0, 64.0 / 63}) {
      const Shape shape = vector_shape(channels);
      const std::string label = to_string(shape) + " unbiased " + std::to_string(unbiased);
      all.push_back({"running_statistics", label, false, 1, [=](const Backend& b, Write) {
                       const Tensor mean = noise(shape, 1);
                       Tensor inv_std = noise(shape, 2);
                       for (real& v : inv_std.values()) v = 0.1F + v * v;
                       inv_std.data()[0] = 40;  // 1 / 1600 < eps
                       Tensor m = noise(shape, 3);
                       Tensor v = noise(shape, 4);
                       for (real& value : v.values()) value *= value;
                       b.run(RunningStatistics{
                           mean, inv_std, 1e-3, 0.9, unbiased, {&m, Write::add}, {&v, Write::add}});
                       return std::vector<NamedTensor>{{"running_mean", m}, {"running_var", v}};
                     }});
    }
  }
}

inline void add_adam(std::vector<KernelCase>& all) {
  for (const Shape& shape : {vector_shape(1), vector_shape(37), vector_shape(40000)}) {
    all.push_back({"adam_step", to_string(shape), false, 1, [=](const Backend& b, Write) {
                     Tensor p = noise(shape, 1);
                     Tensor g = noise(shape, 2);
                     Tensor m = noise(shape, 3);
                     Tensor v = noise(shape, 4);
                     for (real& value : v.values()) value *= value;
                     // The first step of a parameter that had no gradient, and one near underflow.
                     for (index i = 0; i < shape.c; i += 5) {
                       m.data()[i] = v.data()[i] = 0;
                       g.data()[i] = i % 10 == 0 ? 0.0F : 1e-19F;
                     }
                     b.run(AdamStep{{2e-4, 0.5, 0.999, 1e-8, 0.875, 0.002997001},
                                    g,
                                    {&m, Write::add},
                                    {&v, Write::add},
                                    {&p, Write::add}});
                     return std::vector<NamedTensor>{{"m", m}, {"v", v}, {"p", p}};
                   }});
  }
}

inline std::vector<KernelCase> every_kernel() {
  std::vector<KernelCase> all;
  add_convolutions(all);
  add_norms(all);
  add_pointwise(all);
  add_warps(all);
  add_losses(all);
  add_running_statistics(all);
  add_adam(all);
  return all;
}

}  // namespace nn::testing
