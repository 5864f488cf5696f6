// Backends that let others work: one compares two of them, one measures times. Both are written
// once for all kernels.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/backend/backend.h"

namespace nn {

/// A backend that does the same with every kernel: it calls `wrap(kernel)` of `Derived`, a template
/// or overloads.
template <class Derived>
class WrappingBackend : public Backend {
 public:
#define NN_RUN(K) \
  void run(const K& kernel) const override { static_cast<const Derived*>(this)->wrap(kernel); }
  NN_KERNELS(NN_RUN)
#undef NN_RUN
};

/// A backend whose kernels run on `first` and on `second`; the results of `first` are what goes on.
/// Its name is "check:FIRST,SECOND". Bounds are those of nn/backend/bounds.h, two implementations
/// apart. Where an output differs by more, or one has a NaN and the other a number, the kernel
/// throws Error (Fault::job) with the kernel, the output, the worst element (n,h,w,c), both values,
/// their difference and the bound. Destinations that are set are filled with NaN before, so a value
/// that a kernel forgets to write is found too. Slow: the bounds run the scalar specification in
/// double.
std::unique_ptr<Backend> make_check_backend(std::unique_ptr<Backend> first,
                                            std::unique_ptr<Backend> second);

/// One call of a kernel.
struct KernelTime {
  std::string kernel;
  std::string shape;      ///< what it works on: of a convolution image, kernel and map
  std::string algorithm;  ///< of a convolution: "direct" or "winograd"; of others empty
  double flop = 0;   ///< multiplications and additions of the formula, padding included, whatever
                     ///< the algorithm: by Winograd more of them are done than there are
  double bytes = 0;  ///< of all tensors that must be read or written, each once
  double seconds = 0;
};

/// Calls are appended to `log`, which must outlive the backend. Not for calls at the same time.
std::unique_ptr<Backend> make_timed_backend(std::unique_ptr<Backend> inner,
                                            std::vector<KernelTime>& log);

}  // namespace nn
