// The language of nn/backend/gpu/kernels: CUDA, in words that two kinds of compilers understand.
//
// Each file of that folder is compiled twice. nvcc reads it as CUDA in C++17 and sees the kernels
// alone. g++ or clang reads it as C++20: there a kernel is a function that the emulator
// (emulator.h) calls for every thread, and the rest of the file, which nvcc does not see, is the
// part of GpuBackend that says how many blocks of threads run.
//
// A kernel sees only plain numbers and pointers. It may use GPU_SHARED and GPU_BARRIER, but nothing
// that depends on warps: the emulator has none.
#pragma once

#include <cmath>
#include <cstdint>

#include "nn/core/host_device.h"

#if !defined(__CUDACC__)
#include "nn/backend/gpu/emulator.h"
#include "nn/backend/gpu/launch.h"
#endif

// GPU_KERNEL(threads, name, parameters...) { body } defines a kernel whose blocks have this many
// threads. GPU_DEVICE comes before functions that kernels call, GPU_SHARED before memory that the
// threads of a block share. GPU_BARRIER() waits until all threads of the block are there.
#if defined(__CUDACC__)
#define GPU_DEVICE __device__ inline
#define GPU_SHARED __shared__
#define GPU_BARRIER() __syncthreads()
#define GPU_KERNEL(threads, name, ...)                                     \
  __global__ void name(__VA_ARGS__);                                       \
  extern const void* const name##_on_cuda;                                 \
  const void* const name##_on_cuda = reinterpret_cast<const void*>(&name); \
  __global__ void __launch_bounds__(threads) name(__VA_ARGS__)
#else
#define GPU_DEVICE inline
#define GPU_SHARED static thread_local
#define GPU_BARRIER()                                                  \
  do {                                                                 \
    static ::nn::gpu::emulator::Barrier here(__FILE_NAME__, __LINE__); \
    here.wait();                                                       \
  } while (false)
#if defined(CT2CT_HAS_CUDA)
#define GPU_ON_CUDA(name) &name##_on_cuda
#define GPU_DECLARE_ON_CUDA(name) extern const void* const name##_on_cuda;
#else
#define GPU_ON_CUDA(name) nullptr
#define GPU_DECLARE_ON_CUDA(name)
#endif
#define GPU_KERNEL(threads, name, ...)                                                     \
  GPU_DECLARE_ON_CUDA(name)                                                                \
  static void name##_body(__VA_ARGS__);                                                    \
  static constexpr auto name = kernel_of(#name, threads, &name##_body, GPU_ON_CUDA(name)); \
  static void name##_body(__VA_ARGS__)
#endif

namespace nn::gpu {

#if defined(__CUDACC__)
GPU_DEVICE int thread_index() { return static_cast<int>(threadIdx.x); }
GPU_DEVICE int block_size() { return static_cast<int>(blockDim.x); }
GPU_DEVICE int block_x() { return static_cast<int>(blockIdx.x); }
GPU_DEVICE int block_y() { return static_cast<int>(blockIdx.y); }
GPU_DEVICE int block_z() { return static_cast<int>(blockIdx.z); }
#else
inline int thread_index() { return emulator::now.thread; }
inline int block_size() { return emulator::now.threads; }
inline int block_x() { return emulator::now.block.x; }
inline int block_y() { return emulator::now.block.y; }
inline int block_z() { return emulator::now.block.z; }
#endif

/// The number of a thread among those of all blocks in a row.
GPU_DEVICE int global_index() { return block_x() * block_size() + thread_index(); }

NN_HOST_DEVICE inline int ceil_div(int a, int b) { return (a + b - 1) / b; }
NN_HOST_DEVICE inline int least(int a, int b) { return a < b ? a : b; }

/// a * b + c, rounded once.
GPU_DEVICE float multiply_add(float a, float b, float c) {
#if defined(__CUDACC__)
  return fmaf(a, b, c);
#else
  return __builtin_fmaf(a, b, c);
#endif
}

/// Where a kernel writes, as nn::Destination: it sets values or adds to them.
struct Store {
  float* to;
  bool add;
  GPU_DEVICE void put(int i, float value) const { to[i] = add ? to[i] + value : value; }
};

}  // namespace nn::gpu
