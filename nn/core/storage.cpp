#include "nn/core/storage.h"

#include "nn/core/buffer_pool.h"

namespace nn {

Storage::Storage(index count) : host_(BufferPool::acquire(count)), count_(count) {}

void Storage::download_locked() {
  if (newest_.load(std::memory_order_relaxed) != Newest::device) return;
  device_->download(twin_.get(), bytes(), host_.get());
  newest_.store(Newest::both, std::memory_order_release);
}

void Storage::download() {
  const std::lock_guard lock(mutex_);
  download_locked();
}

void Storage::take_back() {
  const std::lock_guard lock(mutex_);
  download_locked();
  newest_.store(Newest::host, std::memory_order_release);
}

std::shared_ptr<void> Storage::on(const std::shared_ptr<DeviceMemory>& device, bool replaced) {
  const std::lock_guard lock(mutex_);
  if (device_ != device) {
    download_locked();
    newest_.store(Newest::host, std::memory_order_release);
    device_ = nullptr;  // there may be no room
    twin_ = device->acquire(bytes());
    device_ = device;
  } else if (replaced && newest_.load(std::memory_order_relaxed) == Newest::host) {
    device->forget(twin_.get(), bytes());
  }
  if (!replaced && newest_.load(std::memory_order_relaxed) == Newest::host) {
    device->upload(host_.get(), bytes(), twin_.get());
    newest_.store(Newest::both, std::memory_order_release);
  }
  return twin_;
}

void Storage::device_wrote() {
  const std::lock_guard lock(mutex_);
  newest_.store(Newest::device, std::memory_order_release);
}

}  // namespace nn
