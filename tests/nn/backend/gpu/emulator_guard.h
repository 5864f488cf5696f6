// The emulator as it is at the start, when a test ends.
#pragma once

#include "nn/backend/gpu/emulator.h"

namespace nn::testing {

class EmulatorGuard {
 public:
  EmulatorGuard() = default;
  ~EmulatorGuard() {
    gpu::emulator::set_order(gpu::emulator::Order::forward);
    gpu::emulator::remove_barrier("");
  }
  EmulatorGuard(const EmulatorGuard&) = delete;
  EmulatorGuard& operator=(const EmulatorGuard&) = delete;
};

}  // namespace nn::testing
