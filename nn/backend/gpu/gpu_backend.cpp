#include "nn/backend/gpu/gpu_backend.h"

#include <limits>

#include "nn/core/error.h"
#include "nn/ranks/shared_batch.h"

namespace nn::gpu {

int count_of(index size) {
  require(size <= std::numeric_limits<int>::max(), "a device", std::to_string(size) + " values",
          "fewer than 2^31 in a tensor", "use a smaller image, width or batch");
  return static_cast<int>(size);
}

float* Call::place_of(const Tensor& t, bool replaced) {
  count_of(t.numel());
  kept_.push_back(t.storage().on(pool_, replaced));
  return static_cast<float*>(kept_.back().get()) + t.first_in_storage();
}

Store Call::out(Destination d) {
  if (!d) return {nullptr, false};
  const Tensor& t = *d.tensor;
  written_.push_back(&t.storage());
  const bool add = d.write == Write::add;
  return {place_of(t, /*replaced=*/!add && t.numel() == t.storage().count()), add};
}

void Call::join(SharedBatch& batch, double* sums, index count) {
  std::vector<double> on_host(static_cast<std::size_t>(count));
  const std::size_t bytes = on_host.size() * sizeof(double);
  pool_->download(sums, bytes, on_host.data());
  batch.join(on_host);
  pool_->upload(on_host.data(), bytes, sums);
}

void Call::finish() {
  for (Storage* s : written_) s->device_wrote();
}

}  // namespace nn::gpu
