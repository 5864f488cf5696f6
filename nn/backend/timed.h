// A backend that lets another one work and notes what each kernel took: what `ct2ct bench ops`
// runs.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nn/backend/backend.h"

namespace nn {

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
