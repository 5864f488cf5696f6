// The emulator by kernels of its own: what threads see, orders, barriers, and what it finds.
#include "nn/backend/gpu/emulator.h"

#include <algorithm>
#include <string>
#include <vector>

#include "nn/backend/gpu/kernel.h"
#include "nn/core/parallel.h"
#include "tests/catch.h"
#include "tests/nn/backend/gpu/emulator_guard.h"
#include "tests/nn/tensors.h"

namespace nn::gpu {

GPU_KERNEL(32, write_positions, int* out) {
  const int block = block_x() + 3 * (block_y() + 2 * block_z());
  out[block * block_size() + thread_index()] = 100 * block + thread_index();
}

/// The order in which threads come, before and after a barrier.
GPU_KERNEL(8, write_order, int* count, int* order) {
  order[(*count)++] = thread_index();
  GPU_BARRIER();
  order[(*count)++] = thread_index();
}

/// Each thread writes its number and reads that of the thread after it.
GPU_KERNEL(64, turn, int* out) {
  GPU_SHARED int numbers[64];
  numbers[thread_index()] = thread_index();
  GPU_BARRIER();
  out[thread_index()] = numbers[(thread_index() + 1) % 64];
}

GPU_KERNEL(16, half_waits, int* out) {
  if (thread_index() < 8) GPU_BARRIER();
  out[thread_index()] = 1;
}

namespace {

template <class... P, class... A>
void run(const Kernel<P...>& kernel, Grid grid, A... arguments) {
  launch([](const Launch& l) { emulator::run(l); }, kernel, grid, arguments...);
}

using emulator::Order;
using testing::EmulatorGuard;

}  // namespace

TEST_CASE("every thread of every block runs once, and knows where it is", "[gpu]") {
  const EmulatorGuard guard;
  for (const Order order : {Order::forward, Order::backward, Order::shuffled}) {
    emulator::set_order(order);
    std::vector<int> out(3 * 2 * 5 * 32, -1);
    run(write_positions, {3, 2, 5}, out.data());
    for (std::size_t i = 0; i < out.size(); ++i) {
      CHECK(out[i] == static_cast<int>(100 * (i / 32) + i % 32));
    }
  }
}

TEST_CASE("threads take turns in the order that is asked for", "[gpu]") {
  const EmulatorGuard guard;
  const auto turns = [](Order order) {
    emulator::set_order(order);
    int count = 0;
    std::vector<int> out(16);
    run(write_order, {}, &count, out.data());
    CHECK(count == 16);
    return out;
  };
  CHECK(turns(Order::forward) == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(turns(Order::backward) == std::vector<int>{7, 6, 5, 4, 3, 2, 1, 0, 7, 6, 5, 4, 3, 2, 1, 0});
  const std::vector<int> shuffled = turns(Order::shuffled);
  CHECK(shuffled != turns(Order::forward));
  CHECK(std::vector<int>(shuffled.begin(), shuffled.begin() + 8) !=
        std::vector<int>(shuffled.begin() + 8, shuffled.end()));
  for (const auto half : {shuffled.begin(), shuffled.begin() + 8}) {
    std::vector<int> sorted(half, half + 8);
    std::sort(sorted.begin(), sorted.end());
    CHECK(sorted == std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7});
  }
}

TEST_CASE("a barrier makes threads wait, and without it they do not", "[gpu]") {
  const EmulatorGuard guard;
  const auto right = [] {
    std::vector<int> out(64, -1);
    run(turn, {}, out.data());
    int count = 0;
    for (int i = 0; i < 64; ++i) count += out[static_cast<std::size_t>(i)] == (i + 1) % 64;
    return count;
  };
  CHECK(right() == 64);
  std::string here;
  for (const std::string& name : emulator::barriers_met()) {
    if (name.starts_with("emulator_test.cpp:")) here = name;
  }
  REQUIRE(here != "");
  emulator::remove_barrier(here);
  emulator::set_order(Order::backward);
  right();  // leaves right numbers in the shared memory, but for one
  emulator::remove_barrier("");
  CHECK(right() == 64);
}

TEST_CASE("a barrier that only some threads come to is an error", "[gpu]") {
  std::vector<int> out(16);
  const std::string text = testing::error_of([&] { run(half_waits, {}, out.data()); });
  CHECK(text == "kernel half_waits: 8 threads of a block at a barrier, expected all 16");
  // And the emulator goes on afterwards.
  std::vector<int> next(32, -1);
  run(write_positions, {}, next.data());
  CHECK(next[31] == 31);
}

TEST_CASE("a kernel without blocks does nothing", "[gpu]") {
  run(write_positions, {0, 1, 1}, static_cast<int*>(nullptr));
}

}  // namespace nn::gpu
