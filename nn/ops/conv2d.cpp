#include "nn/core/error.h"
#include "nn/ops/ops.h"

namespace nn {

Var conv2d(const Conv2dSpec& spec, const Var& x, const Var& w, const Var& bias) {
  const Shape expected{spec.kernel_h, spec.kernel_w, x.shape().c, w.shape().c};
  require(w.shape() == expected, "conv2d", "weights " + to_string(w.shape()), to_string(expected));
  if (bias) ops_detail::require_vector("conv2d", "bias", bias, w.shape().c);

  Tensor y(conv2d_output_shape(spec, x.shape(), w.shape().c));
  const ConvAlgorithm algorithm = conv_algorithm(spec, x.shape(), w.shape().c);
  backend().run(
      Conv2dForward{spec, x.value(), w.value(), bias ? &bias.value() : nullptr, {&y}, algorithm});

  return record("conv2d", {x, w, bias}, std::move(y),
                [spec, algorithm, x = x.value(), w = w.value()](const Tensor& dy,
                                                                std::span<const Destination> dx) {
                  if (dx[0]) backend().run(Conv2dBackwardData{spec, dy, w, dx[0], algorithm});
                  if (dx[1]) backend().run(Conv2dBackwardWeight{spec, x, dy, dx[1], algorithm});
                  if (dx[2]) backend().run(BiasBackward{dy, dx[2]});
                });
}

Var fixed_convolution(const FixedConvolution& c, const Var& x, const Var& bias) {
  const index cin = c.transposed ? c.weights.c : c.weights.w;
  const index cout = c.transposed ? c.weights.w : c.weights.c;
  const char* op = c.transposed ? "conv_transpose2d" : "conv2d";
  require(x.shape().c == cin, op, "an input " + to_string(x.shape()),
          std::to_string(cin) + " channels");
  if (bias) ops_detail::require_vector(op, "bias", bias, cout);
  Tensor y(c.transposed ? conv_transpose2d_output_shape(c.spec, x.shape(), cout)
                        : conv2d_output_shape(c.spec, x.shape(), cout));
  const ConvAlgorithm algorithm = conv_algorithm(c.spec, c.transposed ? y.shape() : x.shape(),
                                                 c.transposed ? x.shape().c : y.shape().c);
  c.forward(algorithm, x.value(), bias ? &bias.value() : nullptr, y);
  return Var(std::move(y));
}

Var conv_transpose2d(const Conv2dSpec& spec, const Var& x, const Var& w, const Var& bias) {
  const index cout = w.shape().w;
  const Shape expected{spec.kernel_h, spec.kernel_w, cout, x.shape().c};
  require(w.shape() == expected, "conv_transpose2d", "weights " + to_string(w.shape()),
          to_string(expected));
  if (bias) ops_detail::require_vector("conv_transpose2d", "bias", bias, cout);

  Tensor y(conv_transpose2d_output_shape(spec, x.shape(), cout));
  const ConvAlgorithm algorithm = conv_algorithm(spec, y.shape(), x.shape().c);
  backend().run(ConvTranspose2dForward{
      spec, x.value(), w.value(), bias ? &bias.value() : nullptr, {&y}, algorithm});

  return record("conv_transpose2d", {x, w, bias}, std::move(y),
                [spec, algorithm, x = x.value(), w = w.value()](const Tensor& dy,
                                                                std::span<const Destination> dx) {
                  if (dx[0])
                    backend().run(ConvTranspose2dBackwardData{spec, dy, w, dx[0], algorithm});
                  if (dx[1])
                    backend().run(ConvTranspose2dBackwardWeight{spec, x, dy, dx[1], algorithm});
                  if (dx[2]) backend().run(BiasBackward{dy, dx[2]});
                });
}

}  // namespace nn
