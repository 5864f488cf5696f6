#include "nn/core/buffer_pool.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "nn/core/error.h"
#include "nn/core/parallel.h"
#include "nn/core/tensor.h"
#include "tests/catch.h"
#include "tests/nn/tensors.h"

namespace nn::testing {
namespace {

TEST_CASE("BufferPool: a second round of the same sizes allocates nothing", "[core][buffer_pool]") {
  const auto round = [] {
    std::vector<std::shared_ptr<real>> held;
    for (const index count : {1, 17, 1000, 1000, 123457})
      held.push_back(BufferPool::acquire(count));
    const Tensor t = Tensor::zeros({2, 3, 5, 7});
    held.push_back(BufferPool::acquire(t.numel()));
  };
  round();
  const BufferPool::Stats first = BufferPool::stats();
  round();
  const BufferPool::Stats second = BufferPool::stats();
  CHECK(second.allocations == first.allocations);
  CHECK(second.bytes_reserved == first.bytes_reserved);
  CHECK(second.bytes_in_use == first.bytes_in_use);
}

TEST_CASE("BufferPool: counts what is in use", "[core][buffer_pool]") {
  const BufferPool::Stats before = BufferPool::stats();
  std::shared_ptr<real> a = BufferPool::acquire(100000);
  const BufferPool::Stats during = BufferPool::stats();
  CHECK(during.bytes_in_use >= before.bytes_in_use + 100000 * sizeof(real));
  CHECK(during.bytes_in_use <= before.bytes_in_use + 100000 * sizeof(real) + 128);
  CHECK(during.bytes_reserved >= during.bytes_in_use);
  const std::shared_ptr<real> same = a;
  a.reset();
  CHECK(BufferPool::stats().bytes_in_use == during.bytes_in_use);  // still one owner
}

TEST_CASE("BufferPool: a released buffer serves the next request of its size",
          "[core][buffer_pool]") {
  const real* address = BufferPool::acquire(54321).get();
  const std::shared_ptr<real> again = BufferPool::acquire(54321);
  CHECK(again.get() == address);
  const std::shared_ptr<real> other = BufferPool::acquire(54321);
  CHECK(other.get() != address);
}

TEST_CASE("BufferPool: large buffers start on a huge page, and go back to the system",
          "[core][buffer_pool]") {
  constexpr std::uintptr_t kHugePage = std::uintptr_t{2} << 20;
  const index count = static_cast<index>(kHugePage / sizeof(real));
  std::vector<std::shared_ptr<real>> held;
  for (const index more : {0, 1, 12345}) {
    held.push_back(BufferPool::acquire(count + more));
    CHECK(reinterpret_cast<std::uintptr_t>(held.back().get()) % kHugePage == 0);
    std::fill_n(held.back().get(), count + more, real{1});
  }
  held.clear();
  BufferPool::trim();
  CHECK(BufferPool::stats().bytes_reserved == BufferPool::stats().bytes_in_use);
}

TEST_CASE("BufferPool: a workspace starts on a huge page, and the pool knows nothing of it",
          "[core][buffer_pool]") {
  constexpr std::uintptr_t kHugePage = std::uintptr_t{2} << 20;
  const index count = static_cast<index>(kHugePage / sizeof(real)) + 7;
  const BufferPool::Stats before = BufferPool::stats();
  {
    const std::shared_ptr<real> space = BufferPool::workspace(count);
    CHECK(reinterpret_cast<std::uintptr_t>(space.get()) % kHugePage == 0);
    std::fill_n(space.get(), count, real{1});
    CHECK(BufferPool::stats().bytes_reserved == before.bytes_reserved);
  }
  CHECK(BufferPool::stats().bytes_in_use == before.bytes_in_use);
  CHECK(BufferPool::stats().bytes_reserved == before.bytes_reserved);
  CHECK_THROWS_AS(BufferPool::workspace(-1), Error);
}

TEST_CASE("BufferPool: buffers start on a cache line", "[core][buffer_pool]") {
  for (const index count : {0, 1, 3, 16, 17, 1001}) {
    const std::shared_ptr<real> buffer = BufferPool::acquire(count);
    REQUIRE(buffer != nullptr);
    CHECK(reinterpret_cast<std::uintptr_t>(buffer.get()) % 64 == 0);
  }
}

TEST_CASE("BufferPool::trim: gives back what waits and keeps what is used", "[core][buffer_pool]") {
  const std::shared_ptr<real> used = BufferPool::acquire(777);
  used.get()[776] = 5;
  { const std::shared_ptr<real> waiting = BufferPool::acquire(778777); }
  BufferPool::trim();
  const BufferPool::Stats trimmed = BufferPool::stats();
  CHECK(trimmed.bytes_reserved == trimmed.bytes_in_use);
  CHECK(used.get()[776] == 5);
  const std::shared_ptr<real> fresh = BufferPool::acquire(778777);
  CHECK(BufferPool::stats().allocations == trimmed.allocations + 1);
}

TEST_CASE("BufferPool: threads get different buffers", "[core][buffer_pool]") {
  const int before = threads();
  set_threads(4);
  constexpr index kTasks = 64;
  std::vector<std::shared_ptr<real>> held(kTasks);
  parallel_for(kTasks, [&](index i) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      held[static_cast<std::size_t>(i)] = BufferPool::acquire(256);
      std::fill_n(held[static_cast<std::size_t>(i)].get(), 256, static_cast<real>(i));
    }
  });
  set_threads(before);
  std::set<const real*> addresses;
  for (index i = 0; i < kTasks; ++i) {
    const real* data = held[static_cast<std::size_t>(i)].get();
    addresses.insert(data);
    CHECK(std::all_of(data, data + 256, [i](real v) { return v == static_cast<real>(i); }));
  }
  CHECK(addresses.size() == kTasks);
}

TEST_CASE("BufferPool: refuses counts that no shape can have", "[core][buffer_pool]") {
  CHECK(error_of([] { BufferPool::acquire(-1); }) ==
        "BufferPool: -1 values asked for, expected a sane size; the shape that led here is wrong");
  CHECK(error_of([] {
          BufferPool::acquire(std::numeric_limits<index>::max());
        }).find("expected a sane size") != std::string::npos);
}

}  // namespace
}  // namespace nn::testing
