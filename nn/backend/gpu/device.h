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

  virtual void upload(const void* from, std::size_t bytes, void* to) = 0;
  /// Waits for all kernels before. Throws Error where one of them failed.
  virtual void download(const void* from, std::size_t bytes, void* to) = 0;
  /// Kernels run one after the other. The call may return before.
  virtual void start(const Launch& launch) = 0;
};

/// A device and its memory. What is given back is kept for the next request of the same size, so
/// that a step with the shapes of the step before allocates nothing. It lives as long as anything
/// that it has given out.
class DevicePool : public std::enable_shared_from_this<DevicePool> {
 public:
  explicit DevicePool(std::unique_ptr<Device> device) : device_(std::move(device)) {}
  ~DevicePool() { release_waiting(); }
  DevicePool(const DevicePool&) = delete;
  DevicePool& operator=(const DevicePool&) = delete;

  Device& device() const { return *device_; }
  /// Uninitialised. Throws Error with what was wanted and what is free where there is no room, even
  /// without the memory that waits here.
  std::shared_ptr<void> acquire(std::size_t bytes);

 private:
  void release_waiting();

  std::unique_ptr<Device> device_;
  std::mutex mutex_;
  std::unordered_map<std::size_t, std::vector<void*>> waiting_;  ///< by size
};

/// Kernels run on the CPU (emulator.h). Its memory is not that of tensors, and begins as NaN.
/// `bytes`: how much it has.
std::unique_ptr<Device> emulated_device(std::size_t bytes = std::size_t{16} << 30);
/// GPU number `number`. Throws Error (Fault::input) where there is none, or no CUDA in this build.
std::unique_ptr<Device> cuda_device(int number);
/// The version of CUDA and the GPUs that this build has kernels for; empty: it has none.
std::string cuda_in_this_build();

}  // namespace nn::gpu
