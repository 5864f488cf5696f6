// Memory for tensors. A freed buffer is kept and handed out again for a request of the same size,
// so a training step with the shapes of the step before allocates nothing.
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
  /// The same, but a freed buffer goes back to the system. For workspaces: their user keeps them,
  /// and no tensor has their size.
  static std::shared_ptr<real> workspace(index count);
  static Stats stats();
  /// Gives all waiting buffers back to the system.
  static void trim();
};

}  // namespace nn
