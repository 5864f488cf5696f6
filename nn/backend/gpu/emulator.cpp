#include "nn/backend/gpu/emulator.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

#include "nn/backend/gpu/stacks.h"
#include "nn/core/error.h"
#include "nn/core/parallel.h"

namespace nn::gpu::emulator {

constinit thread_local Position now;

namespace {

std::atomic<Order> chosen_order{Order::forward};

/// All barriers that threads have come to.
struct Barriers {
  std::mutex mutex;
  std::vector<Barrier*> met;
};
Barriers& barriers() {
  static Barriers& of_this_process = *new Barriers;  // a barrier never goes, nor does their list
  return of_this_process;
}

/// A random order of 0 .. count - 1: the place-th of it, where `count` and the step, a prime, have
/// no factor in common.
int shuffled(int place, int count, std::uint32_t seed) {
  constexpr std::int64_t kPrime = 7919;
  const std::int64_t step = count % kPrime == 0 ? 1 : kPrime;
  return static_cast<int>((seed % 65536 + place * step) % count);
}

int in_order(int place, int count, std::uint32_t seed) {
  const Order order = chosen_order;
  return order == Order::forward    ? place
         : order == Order::backward ? count - 1 - place
                                    : shuffled(place, count, seed);
}

/// One thread of the operating system that runs blocks, one after the other.
class Worker {
 public:
  void run_block(const Launch& launch, Grid block, std::uint32_t seed) {
    launch_ = &launch;
    seed_ = seed;
    now.block = block;
    now.threads = launch.threads;
    waiting_.clear();
    waiting_.resize(static_cast<std::size_t>(launch.threads));
    waiters_ = 0;
    // Threads start in turn. Those that end leave their stack to the next one.
    for (started_ = 0; started_ < launch.threads;) run_until_barrier(take());
    for (std::uint32_t phase = 1; waiters_ > 0; ++phase) {
      if (waiters_ != launch.threads) fail();
      waiters_ = 0;
      for (int place = 0; place < launch.threads; ++place) {
        now.thread = in_order(place, launch.threads, seed + phase);
        run_until_barrier(std::move(waiting_[static_cast<std::size_t>(now.thread)]));
      }
    }
  }

  /// The running thread waits.
  void wait() {
    waits_ = true;
    change_stack(*running_, home_);
  }

 private:
  void run_until_barrier(std::unique_ptr<Stack> stack) {
    running_ = stack.get();
    waits_ = false;
    change_stack(home_, *stack);
    if (waits_) ++waiters_;
    (waits_ ? waiting_[static_cast<std::size_t>(now.thread)] : spare_.emplace_back()) =
        std::move(stack);
  }

  std::unique_ptr<Stack> take() {
    if (spare_.empty()) return std::make_unique<Stack>(&Worker::work, this);
    std::unique_ptr<Stack> stack = std::move(spare_.back());
    spare_.pop_back();
    return stack;
  }

  /// What a stack does for ever: it runs threads from their start to their end.
  static void work(void* worker) {
    auto& w = *static_cast<Worker*>(worker);
    for (;;) {
      while (w.started_ < w.launch_->threads) {
        now.thread = in_order(w.started_++, w.launch_->threads, w.seed_);
        w.launch_->thread(w.launch_->call);
      }
      change_stack(*w.running_, w.home_);
    }
  }

  [[noreturn]] void fail() {
    waiting_.clear();  // nobody goes on there
    throw Error(Fault::job, std::string("kernel ") + launch_->kernel,
                std::to_string(waiters_) + " threads of a block at a barrier",
                "all " + std::to_string(launch_->threads));
  }

  const Launch* launch_ = nullptr;
  std::uint32_t seed_ = 0;
  int started_ = 0;     ///< threads of the block
  int waiters_ = 0;     ///< threads of the block at a barrier
  bool waits_ = false;  ///< whether the thread that ran last is at a barrier
  Stack home_;          ///< of the operating system's thread
  Stack* running_ = nullptr;
  std::vector<std::unique_ptr<Stack>> waiting_;  ///< of the block's threads
  std::vector<std::unique_ptr<Stack>> spare_;
};

Worker& worker() {
  static thread_local Worker of_this_thread;
  return of_this_thread;
}

}  // namespace

Barrier::Barrier(const char* file, int line)
    : name_(std::string(file) + ":" + std::to_string(line)) {
  const std::lock_guard lock(barriers().mutex);
  barriers().met.push_back(this);
}

void Barrier::wait() const {
  if (!removed_) worker().wait();
}

void run(const Launch& launch) {
  const Grid& grid = launch.grid;
  const int blocks = grid.x * grid.y * grid.z;
  parallel_chunks(blocks, 4, [&](index first, index last) {
    for (index i = first; i < last; ++i) {
      const auto seed = static_cast<std::uint32_t>(i) * 2654435761U;
      const int block = in_order(static_cast<int>(i), blocks, 12345);
      worker().run_block(launch, {block % grid.x, block / grid.x % grid.y, block / grid.x / grid.y},
                         seed);
    }
  });
}

void set_order(Order order) { chosen_order = order; }

std::vector<std::string> barriers_met() {
  const std::lock_guard lock(barriers().mutex);
  std::set<std::string> names;  // one of a template is there for each of its instances
  for (const Barrier* b : barriers().met) names.insert(b->name());
  return {names.begin(), names.end()};
}

void remove_barrier(const std::string& name) {
  const std::lock_guard lock(barriers().mutex);
  for (Barrier* b : barriers().met) b->remove(b->name() == name);
}

}  // namespace nn::gpu::emulator
