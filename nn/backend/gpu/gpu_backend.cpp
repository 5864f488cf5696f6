#include "nn/backend/gpu/gpu_backend.h"

#include <algorithm>
#include <limits>

#include "nn/core/error.h"

namespace nn::gpu {

int count_of(index size) {
  require(size <= std::numeric_limits<int>::max(), "a device", std::to_string(size) + " values",
          "fewer than 2^31 in a tensor", "use a smaller image, width or batch");
  return static_cast<int>(size);
}

Call::Twin& Call::twin_of(const Tensor& t, bool copied) {
  const auto same = [&](const Twin& w) { return w.tensor == t.data() && w.count == t.numel(); };
  auto twin = std::find_if(twins_.begin(), twins_.end(), same);
  if (twin == twins_.end()) {
    const index count = count_of(t.numel());
    twin = twins_.insert(twin, {t.data(), count, workspace<float>(count), false});
  }
  if (copied && !twin->copied) {
    const auto bytes = static_cast<std::size_t>(twin->count) * sizeof(float);
    pool_->device().upload(t.data(), bytes, twin->values);
    twin->copied = true;
  }
  return *twin;
}

Store Call::out(Destination d) {
  if (!d) return {nullptr, false};
  Twin& twin = twin_of(*d.tensor, d.write == Write::add);
  twin.changes = true;
  return {twin.values, d.write == Write::add};
}

void Call::is_there(const Tensor& t, std::shared_ptr<void> memory) {
  twins_.push_back({t.data(), t.numel(), static_cast<float*>(memory.get()), true});
  kept_.push_back(std::move(memory));
}

void Call::finish() {
  for (const Twin& twin : twins_) {
    if (!twin.changes) continue;
    pool_->device().download(twin.values, static_cast<std::size_t>(twin.count) * sizeof(float),
                             const_cast<float*>(twin.tensor));
  }
}

}  // namespace nn::gpu
