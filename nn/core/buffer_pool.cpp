#include "nn/core/buffer_pool.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <limits>
#include <mutex>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#include "nn/core/error.h"

namespace nn {
namespace {

// Buffers start on a cache line. Large ones start on a page of 2 MiB, and Linux is asked to use
// pages of that size: 16 MiB of weights then need 8 entries of the TLB instead of 4096.
constexpr std::size_t kLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::align_val_t alignment(std::size_t bytes) {
  return std::align_val_t{bytes >= kHugePage ? kHugePage : kLine};
}

/// A whole number of cache lines, with one to spare, so that a vector read at the last value stays
/// inside the buffer.
std::size_t bytes_for(index count) {
  constexpr index kMost = std::numeric_limits<index>::max() / static_cast<index>(sizeof(real)) / 2;
  if (count < 0 || count > kMost) {
    throw Error(Fault::job, "BufferPool", std::to_string(count) + " values asked for",
                "a sane size", "the shape that led here is wrong");
  }
  return (static_cast<std::size_t>(count) * sizeof(real) + 127) / 64 * 64;
}

real* allocate(std::size_t bytes) {
  void* data = ::operator new(bytes, alignment(bytes), std::nothrow);
  if (data == nullptr) {
    throw Error(Fault::job, "BufferPool", "no memory for " + std::to_string(bytes >> 20) + " MiB",
                "", "use a smaller image, width or batch");
  }
#ifdef MADV_HUGEPAGE
  // Whole pages only, so that no memory beyond the buffer becomes resident. If the system refuses,
  // the buffer works all the same.
  if (bytes >= kHugePage) {
    ::madvise(data, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
  }
#endif
  return static_cast<real*>(data);
}

struct Pool {
  std::mutex mutex;
  std::unordered_map<std::size_t, std::vector<real*>> waiting;  // by size in bytes
  BufferPool::Stats stats;
};

// Never destroyed, because tensors with static storage may be destroyed after it.
Pool& pool() {
  static Pool& p = *new Pool;
  return p;
}

void release(real* data, std::size_t bytes) {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  p.stats.bytes_in_use -= bytes;
  p.waiting[bytes].push_back(data);
}

}  // namespace

std::shared_ptr<real> BufferPool::acquire(index count) {
  const std::size_t bytes = bytes_for(count);
  Pool& p = pool();
  real* data = nullptr;
  {
    const std::lock_guard lock(p.mutex);
    auto& list = p.waiting[bytes];
    if (!list.empty()) {
      data = list.back();
      list.pop_back();
    } else {
      data = allocate(bytes);
      ++p.stats.allocations;
      p.stats.bytes_reserved += bytes;
    }
    p.stats.bytes_in_use += bytes;
  }
  return {data, [bytes](real* d) { release(d, bytes); }};
}

std::shared_ptr<real> BufferPool::workspace(index count) {
  const std::size_t bytes = bytes_for(count);
  return {allocate(bytes), [bytes](real* d) { ::operator delete(d, alignment(bytes)); }};
}

BufferPool::Stats BufferPool::stats() {
  const std::lock_guard lock(pool().mutex);
  return pool().stats;
}

void BufferPool::trim() {
  Pool& p = pool();
  const std::lock_guard lock(p.mutex);
  for (auto& [bytes, list] : p.waiting) {
    for (real* data : list) {
      ::operator delete(data, alignment(bytes));
      p.stats.bytes_reserved -= bytes;
    }
    list.clear();
  }
}

}  // namespace nn
