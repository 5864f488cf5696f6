// The kernels of nn/backend/kernels.h on a device of its own memory: a GPU, or the emulator. The
// bits are those of the `cpu` backend (docs/audit/reproducibility.md).
//
// Tensors stay on the device (nn/core/storage.h). A kernel uploads an input only where the host has
// newer values, and what it computes is downloaded only where the host asks for it. So in a
// training step the batch goes up, and the losses come down.
//
// There is no gpu_backend.cpp with a run() for each kernel: run(const K&) is in the file of
// nn/backend/gpu/kernels that has the kernel, so that a new op is one file.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "nn/backend/backend.h"
#include "nn/backend/gpu/device.h"
#include "nn/backend/gpu/kernel.h"

namespace nn::gpu {

/// A size of a kernel: kernels count in int. Throws Error for more than an int holds.
int count_of(index size);
/// How many blocks of `threads` threads there are for `count` values, one for each thread.
inline Grid blocks_of(index count, int threads) {
  return {static_cast<int>((count + threads - 1) / threads)};
}

/// One call of a kernel of the backend: its tensors on the device, and what is launched there.
/// in() and out() say where a tensor is on the device, in any order; after finish() the outputs are
/// newest there.
class Call {
 public:
  explicit Call(std::shared_ptr<DevicePool> pool) : pool_(std::move(pool)) {}

  /// Null for a tensor that is not given or empty.
  const float* in(const Tensor* t) {
    return t == nullptr || t->empty() ? nullptr : place_of(*t, /*replaced=*/false);
  }
  const float* in(const Tensor& t) { return in(&t); }
  /// `to` is null for an empty destination.
  Store out(Destination d);
  /// Memory for what no tensor holds.
  template <class T>
  T* workspace(index count) {
    kept_.push_back(pool_->acquire(static_cast<std::size_t>(count) * sizeof(T)));
    return static_cast<T*>(kept_.back().get());
  }
  template <class... P>
  void launch(const Kernel<P...>& kernel, Grid grid, std::type_identity_t<P>... arguments) {
    gpu::launch([this](const Launch& l) { pool_->device().start(l); }, kernel, grid, arguments...);
  }
  int processors() const { return pool_->device().processors(); }
  /// Replaces this rank's sums in a workspace by those of the whole batch. The host joins them.
  void join(SharedBatch& batch, double* sums, index count);
  void finish();
  /// All of a call whose thread i computes value i of `out`: the parameters of the kernel are the
  /// number of values, `arguments` and where the values go.
  template <class Kernel, class... A>
  void each(const Kernel& kernel, Destination out_tensor, A... arguments) {
    const index count = out_tensor.tensor->numel();
    launch(kernel, blocks_of(count, kernel.threads), count_of(count), arguments...,
           out(out_tensor));
    finish();
  }

 private:
  float* place_of(const Tensor& t, bool replaced);

  std::shared_ptr<DevicePool> pool_;
  std::vector<std::shared_ptr<void>> kept_;  ///< in use until the kernels have been launched
  std::vector<Storage*> written_;
};

class GpuBackend final : public Backend {
 public:
  /// `name`: of the backend. Two GPUs have one name, since they give the same bits.
  GpuBackend(std::string name, std::unique_ptr<Device> device)
      : name_(std::move(name)), pool_(std::make_shared<DevicePool>(std::move(device))) {}

  std::string name() const override { return name_; }
  std::shared_ptr<const FixedConvolution> fix(const Conv2dSpec& spec, bool transposed,
                                              const Tensor& w) const override;
  void wait() const override { pool_->device().wait(); }
  const DevicePool& pool() const { return *pool_; }
#define NN_RUN(K) void run(const K& k) const override;
  NN_KERNELS(NN_RUN)
#undef NN_RUN

 private:
  Call call() const { return Call(pool_); }

  std::string name_;
  std::shared_ptr<DevicePool> pool_;
};

}  // namespace nn::gpu
