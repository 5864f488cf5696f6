#include "nn/backend/gpu/device.h"

#include <cstring>
#include <utility>

#include "nn/backend/gpu/emulator.h"
#include "nn/core/error.h"

namespace nn::gpu {
namespace {

std::string mib(std::size_t bytes) {
  return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MiB";
}

/// A margin follows each piece of memory. A kernel that writes there writes where it may not.
class EmulatedDevice final : public Device {
 public:
  explicit EmulatedDevice(std::size_t bytes) : all_(bytes), free_(bytes) {}

  std::string name() const override { return "emulated"; }
  int processors() const override { return 1; }

  void* allocate(std::size_t bytes) override {
    const std::lock_guard lock(mutex_);
    if (bytes > free_) return nullptr;
    std::unique_ptr<unsigned char[]> memory(new unsigned char[bytes + kMargin]);
    std::memset(memory.get(), kNan, bytes + kMargin);
    void* start = memory.get();
    blocks_[start] = {std::move(memory), bytes};
    free_ -= bytes;
    return start;
  }

  void release(void* start) override {
    const std::lock_guard lock(mutex_);
    const auto found = blocks_.find(start);
    free_ += found->second.bytes;
    blocks_.erase(found);
  }

  void forget(void* start, std::size_t bytes) override { std::memset(start, kNan, bytes); }
  Room room() const override {
    const std::lock_guard lock(mutex_);
    return {free_, all_};
  }

  void upload(const void* from, std::size_t bytes, void* to) override {
    std::memcpy(to, from, bytes);
  }
  void download(const void* from, std::size_t bytes, void* to) override {
    std::memcpy(to, from, bytes);
  }

  void start(const Launch& launch) override {
    emulator::run(launch);
    const std::lock_guard lock(mutex_);
    for (const auto& [start, block] : blocks_) {
      for (std::size_t i = 0; i < kMargin; ++i) {
        if (block.memory[block.bytes + i] == kNan) continue;
        throw Error(Fault::job, std::string("kernel ") + launch.kernel,
                    "a value after the end of " + std::to_string(block.bytes) + " bytes of memory",
                    "none written there");
      }
    }
  }

 private:
  static constexpr int kNan = 0xFF;  ///< four such bytes are a NaN
  static constexpr std::size_t kMargin = 64;
  struct Block {
    std::unique_ptr<unsigned char[]> memory;
    std::size_t bytes = 0;
  };
  mutable std::mutex mutex_;
  std::unordered_map<void*, Block> blocks_;
  std::size_t all_, free_;
};

}  // namespace

std::shared_ptr<void> DevicePool::acquire(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  auto& list = waiting_[bytes];
  void* memory = nullptr;
  if (!list.empty()) {
    memory = list.back();
    list.pop_back();
    device_->forget(memory, bytes);
  } else {
    memory = device_->allocate(bytes);
    if (memory == nullptr) {
      release_waiting();
      memory = device_->allocate(bytes);
    }
    if (memory == nullptr) {
      const Device::Room room = device_->room();
      throw Error(Fault::job, device_->name(),
                  mib(bytes) + " wanted, " + mib(room.free) + " of " + mib(room.all) + " free",
                  "enough memory on the device", "use a smaller image, width or batch");
    }
  }
  return {memory, [pool = shared_from_this(), bytes](void* m) {
            const std::lock_guard relock(pool->mutex_);
            pool->waiting_[bytes].push_back(m);
          }};
}

void DevicePool::upload(const void* from, std::size_t bytes, void* to) {
  device_->upload(from, bytes, to);
  const std::lock_guard lock(mutex_);
  ++copies_.uploads;
  copies_.uploaded_bytes += bytes;
}

void DevicePool::download(const void* from, std::size_t bytes, void* to) {
  device_->download(from, bytes, to);
  const std::lock_guard lock(mutex_);
  ++copies_.downloads;
  copies_.downloaded_bytes += bytes;
}

Copies DevicePool::copies() const {
  const std::lock_guard lock(mutex_);
  return copies_;
}

void DevicePool::release_waiting() {
  for (auto& [bytes, list] : waiting_) {
    for (void* memory : list) device_->release(memory);
    list.clear();
  }
}

std::unique_ptr<Device> emulated_device(std::size_t bytes) {
  return std::make_unique<EmulatedDevice>(bytes);
}

}  // namespace nn::gpu
