#include "nn/backend/gpu/stacks.h"

#include <cstdint>

#if defined(__SANITIZE_ADDRESS__)
#define CT2CT_ADDRESS_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CT2CT_ADDRESS_SANITIZER
#endif
#endif
#if defined(CT2CT_ADDRESS_SANITIZER)
#include <sanitizer/common_interface_defs.h>
#endif

namespace nn::gpu::emulator {
namespace {

#if defined(CT2CT_ADDRESS_SANITIZER)
constexpr std::size_t kBytes = std::size_t{512} << 10;  // its frames are large
#else
constexpr std::size_t kBytes = std::size_t{64} << 10;
#endif

/// The stack that is being changed to.
thread_local Stack* arriving = nullptr;

#if defined(CT2CT_ADDRESS_SANITIZER)
/// What the sanitizer says of the stack of the operating system's thread.
thread_local const void* home = nullptr;
thread_local std::size_t home_bytes = 0;

void say_leaving(const std::byte* memory, void** kept) {
  __sanitizer_start_switch_fiber(kept, memory != nullptr ? memory : home,
                                 memory != nullptr ? kBytes : home_bytes);
}
void say_arrived(bool from_home, void* kept) {
  const void* bottom = nullptr;
  std::size_t bytes = 0;
  __sanitizer_finish_switch_fiber(kept, &bottom, &bytes);
  if (!from_home) return;
  home = bottom;
  home_bytes = bytes;
}
#endif

#if defined(__x86_64__)
// System V ABI, 3.2.1: a function must leave these registers and the stack as they were.
extern "C" void ct2ct_change_stack(void** from, void* to);
__asm__(
    ".text\n.globl ct2ct_change_stack\n.hidden ct2ct_change_stack\n"
    ".type ct2ct_change_stack,@function\nct2ct_change_stack:\n"
    "pushq %rbp\npushq %rbx\npushq %r12\npushq %r13\npushq %r14\npushq %r15\n"
    "movq %rsp,(%rdi)\nmovq %rsi,%rsp\n"
    "popq %r15\npopq %r14\npopq %r13\npopq %r12\npopq %rbx\npopq %rbp\nret\n"
    ".size ct2ct_change_stack,.-ct2ct_change_stack\n");
#endif

}  // namespace

Stack::Stack(void (*work)(void*), void* argument)
    : memory_(new std::byte[kBytes]), work_(work), argument_(argument) {
#if defined(__x86_64__)
  const auto end = reinterpret_cast<std::uintptr_t>(memory_.get() + kBytes) & ~std::uintptr_t{15};
  auto** top = reinterpret_cast<void**>(end);
  *--top = nullptr;  // so that the stack is aligned as after a call
  *--top = reinterpret_cast<void*>(&Stack::begin);
  for (int saved = 0; saved < 6; ++saved) *--top = nullptr;
  top_ = top;
#else
  getcontext(&context_);
  context_.uc_stack.ss_sp = memory_.get();
  context_.uc_stack.ss_size = kBytes;
  context_.uc_link = nullptr;
  makecontext(&context_, &Stack::begin, 0);
#endif
}

void Stack::begin() {
  const Stack& self = *arriving;
#if defined(CT2CT_ADDRESS_SANITIZER)
  say_arrived(true, nullptr);  // a stack is always changed to from home
#endif
  self.work_(self.argument_);
}

void change_stack(Stack& from, Stack& to) {
  arriving = &to;
#if defined(CT2CT_ADDRESS_SANITIZER)
  void* kept = nullptr;
  say_leaving(to.memory_.get(), &kept);
#endif
#if defined(__x86_64__)
  ct2ct_change_stack(&from.top_, to.top_);
#else
  swapcontext(&from.context_, &to.context_);
#endif
#if defined(CT2CT_ADDRESS_SANITIZER)
  say_arrived(from.memory_ != nullptr, kept);  // a stack is always left for home
#endif
}

}  // namespace nn::gpu::emulator
