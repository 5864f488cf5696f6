// Several stacks on one thread of the operating system, for the threads of the emulator: a thread
// that waits at a barrier keeps its stack, and to go on is to change stacks.
#pragma once

#include <cstddef>
#include <memory>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace nn::gpu::emulator {

class Stack {
 public:
  /// The stack of the operating system's thread.
  Stack() = default;
  /// A new one. When it is changed to for the first time, work(argument) begins there; it must
  /// never return.
  Stack(void (*work)(void*), void* argument);

  /// Leaves `from`, which is the stack in use, and goes on where `to` was left.
  friend void change_stack(Stack& from, Stack& to);

 private:
  static void begin();

  std::unique_ptr<std::byte[]> memory_;  ///< null: the stack of the operating system's thread
  void (*work_)(void*) = nullptr;
  void* argument_ = nullptr;
#if defined(__x86_64__)
  void* top_ = nullptr;
#else
  ucontext_t context_{};
#endif
};

}  // namespace nn::gpu::emulator
