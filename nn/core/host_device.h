// For code that runs on the CPU and on a GPU: what nvcc wants to read before a function or a loop.
// Whatever includes this is C++17 and includes nothing of the project but its like, because older
// versions of nvcc know no C++20.
#pragma once

#if defined(__CUDACC__)
#define NN_HOST_DEVICE __host__ __device__
#define NN_ALWAYS_INLINE __forceinline__
#if defined(__CUDA_ARCH__)
#define NN_UNROLL _Pragma("unroll")
#else  // nvcc also lets the compiler of the CPU read the file, which does not know the word
#define NN_UNROLL
#endif
#else
#define NN_HOST_DEVICE
#define NN_ALWAYS_INLINE [[gnu::always_inline]] inline
#define NN_UNROLL _Pragma("GCC unroll 16")
#endif
