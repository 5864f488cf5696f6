// The CUDA slot. This build has none: no_cuda.cpp says so when it is asked for.
#pragma once

#include <memory>

#include "nn/backend/backend.h"

namespace nn {

/// Throws an input error that says how to go on without a GPU.
std::unique_ptr<Backend> make_cuda_backend();

}  // namespace nn
