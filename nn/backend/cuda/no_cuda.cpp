#include "nn/backend/cuda/cuda_backend.h"
#include "nn/core/error.h"

namespace nn {

std::unique_ptr<Backend> make_cuda_backend() {
  throw Error(Fault::input, "--device", "cuda", "a device of this build (cpu, ref, check:cpu,ref)",
              "this build has no CUDA kernels; use --device cpu");
}

}  // namespace nn
