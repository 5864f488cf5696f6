// Memory for tensors. Freed buffers are kept by size and handed out again, so a training step that
// repeats the shapes of the step before allocates nothing.
#pragma once

#include <cstddef>
#include <memory>

#include "nn/core/real.h"

namespace nn {

class BufferPool {
 public:
  struct Stats {
    std::size_t allocations = 0;     ///< requests that went to the system, since the start
    std::size_t bytes_in_use = 0;    ///< held by tensors now
    std::size_t bytes_reserved = 0;  ///< in use or waiting for reuse
  };

  /// `count` uninitialised values, aligned to 64 bytes; returns to the pool with the last owner.
  static std::shared_ptr<real> acquire(index count);
  /// The same, but it goes back to the system: for a workspace, which is kept by its user and would
  /// fit nothing else.
  static std::shared_ptr<real> workspace(index count);
  static Stats stats();
  /// Gives all waiting buffers back to the system.
  static void trim();
};

}  // namespace nn
