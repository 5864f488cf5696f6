#include "nn/core/parallel.h"

#include <cfenv>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nn/core/error.h"
#include "tests/catch.h"
#include "tests/nn/ieee_mode.h"

namespace nn {
namespace {

class ThreadsGuard {
 public:
  explicit ThreadsGuard(int count) : before_(threads()) { set_threads(count); }
  ~ThreadsGuard() { set_threads(before_); }
  ThreadsGuard(const ThreadsGuard&) = delete;
  ThreadsGuard& operator=(const ThreadsGuard&) = delete;

 private:
  int before_;
};

TEST_CASE("parallel_for: runs every task exactly once", "[core][parallel]") {
  const ThreadsGuard guard(GENERATE(1, 2, 3, 4));
  for (const index tasks : {0, 1, 2, 7, 1000}) {
    std::vector<int> runs(static_cast<std::size_t>(tasks));
    parallel_for(tasks, [&](index i) { ++runs[static_cast<std::size_t>(i)]; });
    CHECK(runs == std::vector<int>(static_cast<std::size_t>(tasks), 1));
  }
}

TEST_CASE("parallel_for: carries an exception to the caller, and works after it",
          "[core][parallel]") {
  const ThreadsGuard guard(GENERATE(1, 2, 3, 4));
  for (const index thrower : {0, 13, 99}) {
    std::string text;
    try {
      parallel_for(100, [&](index i) {
        if (i == thrower) throw Error(Fault::job, "task", std::to_string(i), "");
      });
    } catch (const Error& e) {
      text = e.what();
      CHECK(e.fault() == Fault::job);
    }
    CHECK(text == "task: " + std::to_string(thrower));
  }
  CHECK_THROWS_AS(parallel_for(100, [](index) { throw std::out_of_range("all of them"); }),
                  std::out_of_range);
  std::vector<int> runs(100);
  parallel_for(100, [&](index i) { ++runs[static_cast<std::size_t>(i)]; });
  CHECK(runs == std::vector<int>(100, 1));
}

TEST_CASE("parallel_for: nested calls run in sequence on the thread of their task",
          "[core][parallel]") {
  const ThreadsGuard guard(GENERATE(1, 2, 3, 4));
  std::vector<std::vector<index>> order(8);
  std::vector<int> moved(8);
  parallel_for(8, [&](index outer) {
    const auto slot = static_cast<std::size_t>(outer);
    const std::thread::id here = std::this_thread::get_id();
    parallel_for(5, [&](index inner) {
      order[slot].push_back(inner);
      moved[slot] += std::this_thread::get_id() == here ? 0 : 1;
    });
  });
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(order[i] == std::vector<index>{0, 1, 2, 3, 4});
    CHECK(moved[i] == 0);
  }
}

TEST_CASE("parallel_for: an exception passes through a nested call", "[core][parallel]") {
  const ThreadsGuard guard(GENERATE(1, 4));
  CHECK_THROWS_AS(parallel_for(4,
                               [](index) {
                                 parallel_for(4, [](index inner) {
                                   if (inner == 2) throw Error(Fault::input, "a", "b", "c");
                                 });
                               }),
                  Error);
}

TEST_CASE("parallel_chunks: fixed cuts, whatever the number of threads", "[core][parallel]") {
  const ThreadsGuard guard(GENERATE(1, 3));
  using Cuts = std::vector<std::pair<index, index>>;
  const auto cuts_of = [](index count, index chunk) {
    Cuts cuts(static_cast<std::size_t>((count + chunk - 1) / chunk));
    parallel_chunks(count, chunk, [&](index begin, index end) {
      cuts[static_cast<std::size_t>(begin / chunk)] = {begin, end};
    });
    return cuts;
  };
  CHECK(cuts_of(10, 4) == Cuts{{0, 4}, {4, 8}, {8, 10}});
  CHECK(cuts_of(8, 4) == Cuts{{0, 4}, {4, 8}});
  CHECK(cuts_of(3, 4) == Cuts{{0, 3}});
  CHECK(cuts_of(0, 4).empty());
}

TEST_CASE("set_threads: at least one", "[core][parallel]") {
  const ThreadsGuard guard(2);
  CHECK(threads() == 2);
  set_threads(0);
  CHECK(threads() == 1);
  set_threads(-3);
  CHECK(threads() == 1);
  CHECK(available_threads() >= 1);
}

TEST_CASE("a WorkMode belongs to its thread, and what was before comes back", "[core][parallel]") {
  const ThreadsGuard guard(2);
  REQUIRE(std::fesetround(FE_UPWARD) == 0);
  int inside = 0;
  int inner = 0;
  int elsewhere = 0;
  int rounding = -1;
  {
    const WorkMode mode(3);
    inside = threads();
    rounding = std::fegetround();
    std::thread other([&] { elsewhere = threads(); });
    other.join();
    {
      const WorkMode as_the_process(0);
      inner = threads();
    }
  }
  const int after = std::fegetround();
  std::fesetround(FE_TONEAREST);
  CHECK(inside == 3);
  CHECK(inner == 2);
  CHECK(elsewhere == 2);
  CHECK(rounding == FE_TONEAREST);
  CHECK(after == FE_UPWARD);
  CHECK(threads() == 2);
}

#if defined(__SSE2__)
TEST_CASE("parallel_for: tasks round to the nearest, and the caller as before",
          "[core][parallel]") {
  const ThreadsGuard guard(GENERATE(1, 4));
  const volatile float one = 1;
  const volatile float little = 1e-9F;  // less than half a unit of the last place of 1
  std::vector<float> sums(64, 0);
  REQUIRE(std::fesetround(FE_UPWARD) == 0);
  parallel_for(64, [&](index i) { sums[static_cast<std::size_t>(i)] = one + little; });
  const volatile float after = one + little;
  std::fesetround(FE_TONEAREST);
  CHECK(sums == std::vector<float>(64, 1));
  CHECK(after > 1);
}

TEST_CASE("parallel_for: all threads flush denormals, the caller's as well", "[core][parallel]") {
  const ThreadsGuard guard(GENERATE(1, 2, 4));
  const volatile float least = std::numeric_limits<float>::min();
  const volatile float half = 0.5F;
  // Volatile results too: a product may otherwise be formed later, in another mode.
  volatile float kept = 0;
  volatile float after = 1;
  std::vector<float> flushed(64, 1);
  {
    const testing::IeeeMode mode;
    kept = least * half;
    parallel_for(64, [&](index i) { flushed[static_cast<std::size_t>(i)] = least * half; });
    after = least * half;
  }
  const testing::IeeeMode mode;
  CHECK(kept > 0);
  CHECK(flushed == std::vector<float>(64, 0));
  CHECK(after == 0);
}
#endif

}  // namespace
}  // namespace nn
