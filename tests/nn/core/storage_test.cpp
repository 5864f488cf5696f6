// Tensors whose memory has a twin on a device: what is copied, when, and what is not.
#include "nn/core/storage.h"

#include <cstring>
#include <thread>
#include <utility>
#include <vector>

#include "nn/core/tensor.h"
#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

/// A device that counts copies. Its memory begins as -1.
class CountingDevice final : public DeviceMemory {
 public:
  std::shared_ptr<void> acquire(std::size_t bytes) override {
    auto values = std::make_shared<std::vector<real>>(bytes / sizeof(real), real{-1});
    return {values, values->data()};
  }
  void upload(const void* from, std::size_t bytes, void* to) override {
    std::memcpy(to, from, bytes);
    ++uploads;
  }
  void download(const void* from, std::size_t bytes, void* to) override {
    std::memcpy(to, from, bytes);
    ++downloads;
  }
  void forget(void* memory, std::size_t bytes) override {
    for (std::size_t i = 0; i < bytes / sizeof(real); ++i) static_cast<real*>(memory)[i] = -1;
  }
  int uploads = 0, downloads = 0;
};

using Device = std::shared_ptr<CountingDevice>;

const real* read_on(const Device& device, const Tensor& t) {
  return static_cast<const real*>(t.storage().on(device, false).get()) + t.first_in_storage();
}

/// A kernel that sets all values of t.
void set_on(const Device& device, const Tensor& t, real value) {
  const bool whole = t.numel() == t.storage().count();
  const auto memory = t.storage().on(device, whole);
  for (index i = 0; i < t.numel(); ++i) {
    static_cast<real*>(memory.get())[t.first_in_storage() + i] = value;
  }
  t.storage().device_wrote();
}

}  // namespace

TEST_CASE("storage: values go to a device once, and come back when they are asked for", "[core]") {
  const auto device = std::make_shared<CountingDevice>();
  Tensor t = tensor(vector_shape(2), {1, 2});
  CHECK(read_on(device, t)[1] == 2);
  static_cast<void>(read_on(device, t));
  CHECK(device->uploads == 1);
  CHECK(doubles(std::as_const(t)) == std::vector<double>{1, 2});
  CHECK(device->downloads == 0);

  set_on(device, t, 5);
  set_on(device, t, 6);
  CHECK(device->downloads == 0);
  CHECK(doubles(std::as_const(t)) == std::vector<double>{6, 6});
  CHECK(std::as_const(t).at(0, 0, 0, 1) == 6);
  CHECK(device->downloads == 1);
  static_cast<void>(read_on(device, t));
  CHECK(device->uploads == 1);  // both have the newest

  t.data()[0] = 7;  // the host has
  CHECK(read_on(device, t)[0] == 7);
  CHECK(read_on(device, t)[1] == 6);
  CHECK(device->uploads == 2);
  CHECK(device->downloads == 1);
}

TEST_CASE("storage: what will be replaced is not copied, and does not stay", "[core]") {
  const auto device = std::make_shared<CountingDevice>();
  Tensor t = tensor(vector_shape(2), {1, 2});
  CHECK(static_cast<const real*>(t.storage().on(device, true).get())[0] == -1);
  static_cast<void>(read_on(device, t));
  t.fill(3);
  CHECK(static_cast<const real*>(t.storage().on(device, true).get())[0] == -1);
  CHECK(device->uploads == 1);
  CHECK(doubles(std::as_const(t)) == std::vector<double>{3, 3});  // no kernel has written yet
  // A kernel that reads and replaces one tensor finds it, whichever it asks for first.
  static_cast<void>(t.storage().on(device, true));
  CHECK(read_on(device, t)[0] == 3);
  static_cast<void>(t.storage().on(device, true));
  CHECK(read_on(device, t)[0] == 3);
}

TEST_CASE("storage: views and copies share what is newest", "[core]") {
  const auto device = std::make_shared<CountingDevice>();
  const Tensor arena = tensor(vector_shape(4), {1, 2, 3, 4});
  Tensor view = Tensor::view(arena, 1, vector_shape(2));
  set_on(device, view, 9);
  CHECK(device->uploads == 1);  // the rest of the arena stays what it was
  CHECK(doubles(arena) == std::vector<double>{1, 9, 9, 4});
  CHECK(device->downloads == 1);
  CHECK(doubles(std::as_const(view)) == std::vector<double>{9, 9});
  CHECK(device->downloads == 1);
  view.reshaped({1, 1, 2, 1}).data()[0] = 8;
  CHECK(read_on(device, arena)[1] == 8);
  CHECK(device->uploads == 2);
  set_on(device, arena, 0);
  CHECK(view.clone().data()[1] == 0);
  CHECK(device->downloads == 2);
}

TEST_CASE("storage: values wander from one device to another by way of the host", "[core]") {
  const auto first = std::make_shared<CountingDevice>();
  const auto second = std::make_shared<CountingDevice>();
  const Tensor t = tensor(vector_shape(1), {1});
  set_on(first, t, 4);
  CHECK(read_on(second, t)[0] == 4);
  CHECK(first->downloads == 1);
  CHECK(second->uploads == 1);
  set_on(second, t, 5);
  CHECK(t.item() == 5);
  CHECK(second->downloads == 1);
}

TEST_CASE("storage: threads that read a constant tensor share one copy", "[core]") {
  for (int round = 0; round < 20; ++round) {
    const auto device = std::make_shared<CountingDevice>();
    const Tensor weights = Tensor::full(vector_shape(1000), 2);
    const Tensor computed = Tensor::zeros(vector_shape(1000));
    set_on(device, computed, 3);
    const int before = device->uploads;
    std::vector<double> sums(4);
    std::vector<std::thread> threads;
    threads.reserve(sums.size());
    for (double& sum : sums) {
      threads.emplace_back([&] {
        const auto memory = weights.storage().on(device, false);
        for (index i = 0; i < 1000; ++i) {
          sum +=
              static_cast<double>(static_cast<const real*>(memory.get())[i] + computed.data()[i]);
        }
      });
    }
    for (std::thread& t : threads) t.join();
    CHECK(sums == std::vector<double>(4, 5000));
    CHECK(device->uploads == before + 1);
    CHECK(device->downloads == 1);
  }
}

}  // namespace nn::testing
