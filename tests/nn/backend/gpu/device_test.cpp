// Memory of a device: reuse, no room, values out of bounds.
#include "nn/backend/gpu/device.h"

#include <cmath>

#include "nn/backend/backend.h"
#include "nn/backend/gpu/gpu_backend.h"
#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace nn::gpu {

GPU_KERNEL(1, write_beyond, int count, float* out) { out[count] = 1; }

using testing::error_of;

TEST_CASE("memory of a device is used again, and begins as NaN", "[gpu]") {
  const auto pool = std::make_shared<DevicePool>(emulated_device(1 << 20));
  void* first = nullptr;
  {
    const auto memory = pool->acquire(400);
    first = memory.get();
    static_cast<float*>(first)[7] = 1;
    CHECK(pool->acquire(400).get() != first);
  }
  const auto again = pool->acquire(400);
  const auto other = pool->acquire(400);
  CHECK((again.get() == first || other.get() == first));
  CHECK(std::isnan(static_cast<float*>(first)[7]));
  CHECK(pool->device().room().free == (1 << 20) - 800);
}

TEST_CASE("a device without room says what was wanted and what is free", "[gpu]") {
  const auto pool = std::make_shared<DevicePool>(emulated_device(8 << 20));
  const auto kept = pool->acquire(3 << 20);
  CHECK(error_of([&] { pool->acquire(6 << 20); }) ==
        "emulated: 6 MiB wanted, 5 MiB of 8 MiB free, expected enough memory on the device; use a "
        "smaller image, width or batch");
  // What waits is given back first.
  { const auto waits = pool->acquire(4 << 20); }
  CHECK(pool->acquire(5 << 20) != nullptr);
}

TEST_CASE("memory may outlive the backend that it was taken from", "[gpu]") {
  const Tensor w = testing::noise({3, 3, 2, 2}, 1);
  const Tensor x = testing::noise({1, 4, 4, 2}, 2);
  const Conv2dSpec spec{3, 3, 1, {1, 1, 1, 1}};
  const auto fixed = make_backend("emulated")->fix(spec, false, w);
  Tensor y(x.shape()), expected(x.shape());
  fixed->forward(ConvAlgorithm::direct, x, nullptr, y);
  make_backend("cpu")->run(Conv2dForward{spec, x, w, nullptr, {&expected}});
  CHECK(testing::doubles(y) == testing::doubles(expected));
}

TEST_CASE("a value written after the end of memory is found", "[gpu]") {
  Call c(std::make_shared<DevicePool>(emulated_device(1 << 20)));
  auto* out = c.workspace<float>(10);
  CHECK(error_of([&] { c.launch(write_beyond, {}, 10, out); }) ==
        "kernel write_beyond: a value after the end of 40 bytes of memory, expected none written "
        "there");
}

TEST_CASE("a tensor that is input and output at once is one on the device", "[gpu]") {
  const auto b = make_backend("emulated");
  Tensor x = testing::tensor({1, 1, 1, 3}, {1, -2, 3});
  b->run(Scale{x, 2, {&x}});
  CHECK(testing::doubles(x) == std::vector<double>{2, -4, 6});
  b->run(Scale{x, 2, {&x, Write::add}});
  CHECK(testing::doubles(x) == std::vector<double>{6, -12, 18});
}

TEST_CASE("devices that do not exist are refused", "[gpu]") {
  for (const char* name : {"cuda:", "cuda:x", "cuda:-1", "cuda:1x", "emulated:1", "gpu"}) {
    INFO(name);
    CHECK(error_of([&] { make_backend(name); }).find("expected cpu, ref, cuda") !=
          std::string::npos);
  }
  CHECK(make_backend("check:emulated,cpu")->name() == "check:emulated,cpu");
  if (cuda_in_this_build().empty()) {
    CHECK(error_of([&] { make_backend("cuda:1"); }).find("no CUDA kernels") != std::string::npos);
  }
}

}  // namespace nn::gpu
