// A kernel as what the host starts, and how many blocks of it.
#pragma once

#include <type_traits>

namespace nn::gpu {

/// Numbers of blocks along three axes. A kernel gives them their meaning.
struct Grid {
  int x = 1, y = 1, z = 1;
};

/// A kernel with parameters P: a function that the emulator calls for each thread, and the same
/// kernel as nvcc compiled it. Made by GPU_KERNEL.
template <class... P>
struct Kernel {
  const char* name;
  int threads;  ///< of a block
  void (*body)(P...);
  const void* const* on_cuda;  ///< null: this build has no CUDA
};

template <class... P>
constexpr Kernel<P...> kernel_of(const char* name, int threads, void (*body)(P...),
                                 const void* const* on_cuda) {
  return {name, threads, body, on_cuda};
}

/// A kernel with its arguments, on its way to a device.
struct Launch {
  const char* kernel;
  Grid grid;
  int threads;
  void (*thread)(const void* call);  ///< what a thread does, for the emulator
  const void* call;
  const void* const* on_cuda;
  void** arguments;  ///< their addresses
};

/// Hands start(Launch) a kernel with its arguments. Nothing happens where there are no blocks.
template <class... P, class Start>
void launch(const Start& start, const Kernel<P...>& kernel, Grid grid,
            std::type_identity_t<P>... arguments) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;
  void* addresses[] = {&arguments...};
  const auto call = [&] { kernel.body(arguments...); };
  using Call = decltype(call);
  const auto thread = [](const void* c) { (*static_cast<const Call*>(c))(); };
  start(Launch{kernel.name, grid, kernel.threads, thread, &call, kernel.on_cuda, addresses});
}

}  // namespace nn::gpu
