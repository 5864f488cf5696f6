// A device that runs kernels: its memory, and how a kernel starts. There are two kinds, a GPU by
// CUDA and the emulator.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "nn/backend/gpu/launch.h"
#include "nn/core/storage.h"

namespace nn::gpu {

class Device {
 public:
  Device() = default;
  virtual ~Device() = default;
  Device(const Device&) = delete;
  Device& operator=(const Device&) = delete;

  virtual std::string name() const = 0;
  /// How many blocks run at the same time, at least. Tiles are chosen by it; no bit depends on it.
  virtual int processors() const = 0;

  /// Uninitialised memory of the device. Null where it has none left.
  virtual void* allocate(std::size_t bytes) = 0;
  virtual void release(void* memory) = 0;
  /// Called where memory that had been used is given out again.
  virtual void forget(void* /*memory*/, std::size_t /*bytes*/) {}
  /// How many bytes are free now, and how many the device has.
  struct Room {
    std::size_t free = 0, all = 0;
  };
  virtual Room room() const = 0;

  /// Copies and kernels take effect in the order of the calls. Returns when `from` may change.
  virtual void upload(const void* from, std::size_t bytes, void* to) = 0;
  /// Waits for all kernels before. Throws Error where one of them failed.
  virtual void download(const void* from, std::size_t bytes, void* to) = 0;
  /// The call may return before the kernel has run.
  virtual void start(const Launch& launch) = 0;
  /// Returns when all kernels before have run. Throws Error where one of them failed.
  virtual void wait() {}
};

/// What went over the bus between the host's memory and the device's.
struct Copies {
  std::size_t uploads = 0, downloads = 0;  ///< how many
  std::size_t uploaded_bytes = 0, downloaded_bytes = 0;
  friend Copies operator-(const Copies& a, const Copies& b) {
    return {a.uploads - b.uploads, a.downloads - b.downloads, a.uploaded_bytes - b.uploaded_bytes,
            a.downloaded_bytes - b.downloaded_bytes};
  }
};

/// A device and its memory. What is given back is kept for the next request of the same size, so
/// that a step with the shapes of the step before allocates nothing. It lives as long as anything
/// that it has given out.
class DevicePool final : public DeviceMemory, public std::enable_shared_from_this<DevicePool> {
 public:
  explicit DevicePool(std::unique_ptr<Device> device) : device_(std::move(device)) {}
  ~DevicePool() override { release_waiting(); }

  Device& device() const { return *device_; }
  /// Throws Error with what was wanted and what is free where there is no room, even without the
  /// memory that waits here.
  std::shared_ptr<void> acquire(std::size_t bytes) override;
  void upload(const void* from, std::size_t bytes, void* to) override;
  void download(const void* from, std::size_t bytes, void* to) override;
  void forget(void* memory, std::size_t bytes) override { device_->forget(memory, bytes); }
  /// All since the start.
  Copies copies() const;

 private:
  void release_waiting();

  std::unique_ptr<Device> device_;
  mutable std::mutex mutex_;
  std::unordered_map<std::size_t, std::vector<void*>> waiting_;  ///< by size
  Copies copies_;
};

/// Kernels run on the CPU (emulator.h). Its memory is not that of tensors, and begins as NaN.
/// `bytes`: how much it has.
std::unique_ptr<Device> emulated_device(std::size_t bytes = std::size_t{16} << 30);
/// GPU number `number`. Throws Error (Fault::input) where there is none, or no CUDA in this build.
std::unique_ptr<Device> cuda_device(int number);
/// How many GPUs this machine has; 0 where CUDA finds none, or is not in this build.
int cuda_devices();
/// The version of CUDA and the GPUs that this build has kernels for; empty: it has none.
std::string cuda_in_this_build();

}  // namespace nn::gpu
