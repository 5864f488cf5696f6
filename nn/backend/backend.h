// A backend runs the kernels of nn/backend/kernels.h.
//
// Implementations: ref/ (scalar specification, templated), cpu/ (fast), gpu/ (a GPU, or its
// emulator), and wrappers.h: one runs two of them and compares, one measures times.
#pragma once

#include <memory>
#include <string>

#include "nn/backend/kernels.h"

namespace nn {

/// Ho = (H + top + bottom - kh) / stride + 1, likewise Wo. Throws Error where nothing is left.
Shape conv2d_output_shape(const Conv2dSpec& spec, const Shape& x, index cout);
/// Ho = (H - 1) * stride + kh - top - bottom, likewise Wo.
Shape conv_transpose2d_output_shape(const Conv2dSpec& spec, const Shape& x, index cout);

/// The algorithm of a convolution from `image` to `cout` channels, forward and backward; for a
/// transposed one, of the convolution that it is the adjoint of. It depends on the spec, the sizes
/// of one image, the numbers of channels and winograd_use(), never on the batch, the threads or the
/// machine: so results do not either.
ConvAlgorithm conv_algorithm(const Conv2dSpec& spec, const Shape& image, index cout);

/// A convolution, or with `transposed` its adjoint, whose weights do not change any more: a backend
/// keeps them in the order in which it reads them fastest (Backend::fix()).
class FixedConvolution {
 public:
  FixedConvolution(const Conv2dSpec& s, bool t, const Shape& w)
      : spec(s), transposed(t), weights(w) {}
  virtual ~FixedConvolution() = default;
  FixedConvolution(const FixedConvolution&) = delete;
  FixedConvolution& operator=(const FixedConvolution&) = delete;
  /// The bits of Conv2dForward or ConvTranspose2dForward; `bias` may be null.
  virtual void forward(ConvAlgorithm algorithm, const Tensor& x, const Tensor* bias,
                       Tensor& y) const = 0;

  const Conv2dSpec spec;
  const bool transposed;
  const Shape weights;  ///< their shape, (kh,kw,Cin,Cout) or transposed (kh,kw,Cout,Cin)
};

class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string name() const = 0;

  /// For predictions: weights `w` as FixedConvolution. The result from a check or timed backend
  /// must not outlive that backend.
  virtual std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                                      const Tensor& w) const = 0;

  /// Returns when all kernels have run. For clocks: whoever reads a tensor need not wait.
  virtual void wait() const {}

  // void run(const K&) for every kernel K
#define NN_RUN(K) virtual void run(const K& kernel) const = 0;
  NN_KERNELS(NN_RUN)
#undef NN_RUN
};

/// Where a convolution is computed by Winograd's algorithm (winograd.h).
enum class WinogradUse {
  never,         ///< --no-winograd
  where_faster,  ///< the default: see conv_algorithm()
  always,        ///< wherever there is a plan; for tests
};
/// "never", "where-faster" or "always".
std::string to_string(WinogradUse use);

// How ops compute: the chosen backend and its use of Winograd's algorithm. With the number of
// threads (core/parallel.h) this is all that a process has chosen once for everything.

/// The backend that the ops use. `cpu` at the start (`ref` in the double build).
const Backend& backend();
void set_backend(std::unique_ptr<Backend> wanted);
/// The use that every backend makes of Winograd's algorithm.
WinogradUse winograd_use();
void set_winograd_use(WinogradUse wanted);
/// "cpu", "ref", "cuda" or "check:A,B"; anything else is an input error.
std::unique_ptr<Backend> make_backend(const std::string& name);

}  // namespace nn
