// A GPU by the runtime of CUDA, in a build that has it.
#include "nn/backend/gpu/device.h"
#include "nn/core/error.h"

#if defined(CT2CT_HAS_CUDA)
#include <cuda_runtime_api.h>

namespace nn::gpu {
namespace {

/// Throws where a call of the runtime failed.
void check(cudaError_t result, const std::string& where) {
  if (result == cudaSuccess) return;
  throw Error(Fault::job, where, std::string("'") + cudaGetErrorString(result) + "' from CUDA",
              "no error", "--device cpu gives the same results without a GPU");
}

/// All on one stream, the one that all threads of a process share: copies and kernels run in the
/// order in which they were started. So memory may be given to the next tensor while the last
/// kernel that uses it still runs, and a download waits for the kernels before it. An upload
/// returns when the host's values may change.
class CudaDevice final : public Device {
 public:
  explicit CudaDevice(int number) : number_(number) {
    use();
    check(cudaDeviceGetAttribute(&processors_, cudaDevAttrMultiProcessorCount, number), name());
  }

  std::string name() const override { return "cuda:" + std::to_string(number_); }
  int processors() const override { return processors_; }

  void* allocate(std::size_t bytes) override {
    use();
    void* memory = nullptr;
    const cudaError_t result = cudaMalloc(&memory, bytes);
    if (result == cudaErrorMemoryAllocation) {
      cudaGetLastError();  // or the next call would report it again
      return nullptr;
    }
    check(result, name());
    return memory;
  }
  void release(void* memory) override {
    cudaSetDevice(number_);
    cudaFree(memory);  // nothing to do where it fails: the process is at its end
  }
  Room room() const override {
    use();
    Room room;
    check(cudaMemGetInfo(&room.free, &room.all), name());
    return room;
  }

  void upload(const void* from, std::size_t bytes, void* to) override {
    use();
    check(cudaMemcpy(to, from, bytes, cudaMemcpyHostToDevice), name() + ", copy to the device");
  }
  void download(const void* from, std::size_t bytes, void* to) override {
    use();
    check(cudaMemcpy(to, from, bytes, cudaMemcpyDeviceToHost),
          name() + ", kernels or the copy of their results");
  }

  void start(const Launch& launch) override {
    use();
    const std::string where = name() + ", kernel " + launch.kernel;
    const auto side = [](int blocks) { return static_cast<unsigned>(blocks); };
    const dim3 grid(side(launch.grid.x), side(launch.grid.y), side(launch.grid.z));
    check(cudaLaunchKernel(*launch.on_cuda, grid, dim3(side(launch.threads)), launch.arguments, 0,
                           nullptr),
          where);
  }
  void wait() override {
    use();
    check(cudaStreamSynchronize(nullptr), name() + ", kernels");
  }

 private:
  /// The calling thread works with this device from now on.
  void use() const { check(cudaSetDevice(number_), name()); }

  int number_;
  int processors_ = 1;
};

}  // namespace

std::unique_ptr<Device> cuda_device(int number) {
  int count = 0;
  const cudaError_t result = cudaGetDeviceCount(&count);
  require(result == cudaSuccess && count > 0, "--device",
          std::string("cuda, but CUDA says '") + cudaGetErrorString(result) + "'",
          "a GPU and its driver", "use --device cpu, which gives the same results");
  require(number < count, "--device", "cuda:" + std::to_string(number),
          "cuda:0 to cuda:" + std::to_string(count - 1));
  return std::make_unique<CudaDevice>(number);
}

int cuda_devices() {
  int count = 0;
  return cudaGetDeviceCount(&count) == cudaSuccess ? count : 0;
}

std::string cuda_in_this_build() { return CT2CT_CUDA_BUILD; }

}  // namespace nn::gpu

#else

namespace nn::gpu {

std::unique_ptr<Device> cuda_device(int /*number*/) {
  throw Error(Fault::input, "--device", "cuda", "a device of this build (cpu, ref, emulated)",
              "this build has no CUDA kernels; use --device cpu");
}

int cuda_devices() { return 0; }

std::string cuda_in_this_build() { return ""; }

}  // namespace nn::gpu

#endif
