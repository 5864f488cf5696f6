// Where the values of a tensor are. The host, which is the computer itself, has memory for them. A
// device such as a GPU that has used them has memory for them as well: the twin. One of the two has
// the newest values. They are copied only when somebody asks for them at the other place.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>

#include "nn/core/real.h"

namespace nn {

/// The memory of a device, as tensors see it. A backend brings it; nn/core knows no device.
class DeviceMemory {
 public:
  DeviceMemory() = default;
  virtual ~DeviceMemory() = default;
  DeviceMemory(const DeviceMemory&) = delete;
  DeviceMemory& operator=(const DeviceMemory&) = delete;

  /// Uninitialised. Throws Error where there is no room.
  virtual std::shared_ptr<void> acquire(std::size_t bytes) = 0;
  virtual void upload(const void* from, std::size_t bytes, void* to) = 0;
  /// Waits for the kernels before.
  virtual void download(const void* from, std::size_t bytes, void* to) = 0;
  /// Nobody needs the values in `memory` any more.
  virtual void forget(void* memory, std::size_t bytes) = 0;
};

/// The memory that a tensor shares with its copies and views. Threads may read it at the same time,
/// each where it wants: the first one that needs a copy makes it, the others wait.
class Storage {
 public:
  explicit Storage(index count);
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  index count() const { return count_; }

  /// The host's memory. Its values count only after to_host() or to_change().
  real* host() const { return host_.get(); }
  /// Before the host reads.
  void to_host() {
    if (newest_.load(std::memory_order_acquire) == Newest::device) download();
  }
  /// Before the host writes: from now on its values are the newest.
  void to_change() {
    if (newest_.load(std::memory_order_acquire) != Newest::host) take_back();
  }

  /// The twin on `device`, for a kernel to read, or to write with `replaced`: then all values will
  /// be written, and the old ones are not copied there. There is one twin at a time: that of
  /// another device is given up.
  std::shared_ptr<void> on(const std::shared_ptr<DeviceMemory>& device, bool replaced);
  /// The kernels that have been started write the twin: from now on its values are the newest.
  void device_wrote();

 private:
  enum class Newest { host, both, device };
  void download();
  void take_back();
  void download_locked();
  std::size_t bytes() const { return static_cast<std::size_t>(count_) * sizeof(real); }

  std::shared_ptr<real> host_;
  index count_;
  std::atomic<Newest> newest_{Newest::host};
  std::mutex mutex_;  ///< for changes of what follows, and of newest_
  std::shared_ptr<DeviceMemory> device_;
  std::shared_ptr<void> twin_;  ///< null until a device asks for it
};

}  // namespace nn
