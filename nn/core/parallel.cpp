#include "nn/core/parallel.h"

#include <atomic>
#include <exception>

#ifdef _OPENMP
#include <omp.h>
#endif
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace nn {
namespace {

std::atomic<int>& thread_count() {
  static std::atomic<int> count{available_threads()};
  return count;
}

thread_local int own_threads = 0;  // of a WorkMode; 0: none

/// The mode in which a thread computes tasks; afterwards its own. A worker may also work for others
/// in this process.
class TaskMode {
 public:
#if defined(__SSE2__)
  TaskMode() : before_(_mm_getcsr()) {
    // Intel SDM vol. 1, 10.2.3: no exception traps (bits 7 to 12), rounding to the nearest (13 and
    // 14 are 0).
    _mm_setcsr(0x1F80U);
    set_denormal_mode();
  }
  ~TaskMode() { _mm_setcsr(before_); }

 private:
  unsigned before_;
#else
  TaskMode() { set_denormal_mode(); }
  ~TaskMode() = default;

 public:
#endif
  TaskMode(const TaskMode&) = delete;
  TaskMode& operator=(const TaskMode&) = delete;
};

}  // namespace

void set_threads(int threads) { thread_count() = threads < 1 ? 1 : threads; }
int threads() { return own_threads > 0 ? own_threads : thread_count().load(); }

int available_threads() {
#ifdef _OPENMP
  return omp_get_num_procs();
#else
  return 1;
#endif
}

void set_denormal_mode() {
#if defined(__SSE2__)
  _mm_setcsr(_mm_getcsr() | 0x8040U);  // FTZ (bit 15) and DAZ (bit 6), Intel SDM vol. 1, 10.2.3
#endif
}

WorkMode::WorkMode(int threads) : threads_before_(own_threads) {
  std::fegetenv(&before_);
  std::fesetenv(FE_DFL_ENV);
  set_denormal_mode();
  own_threads = threads;
}

WorkMode::~WorkMode() {
  own_threads = threads_before_;
  std::fesetenv(&before_);
}

namespace detail {

void run_tasks(index tasks, Task task, const void* body) {
  set_denormal_mode();  // of the caller: clang's runtime restores its old mode after a region
#ifdef _OPENMP
  const int count = threads();
  if (tasks > 1 && count > 1 && omp_in_parallel() == 0) {
    std::exception_ptr first_error;
    std::atomic<bool> failed{false};
#pragma omp parallel num_threads(count)
    {
      const TaskMode mode;
#pragma omp for schedule(dynamic, 1)
      for (index i = 0; i < tasks; ++i) {
        if (failed.load(std::memory_order_relaxed)) continue;
        try {
          task(body, i);
        } catch (...) {
          if (!failed.exchange(true)) first_error = std::current_exception();
        }
      }
    }
    if (first_error) std::rethrow_exception(first_error);
    return;
  }
#endif
  const TaskMode mode;
  for (index i = 0; i < tasks; ++i) task(body, i);
}

}  // namespace detail
}  // namespace nn
