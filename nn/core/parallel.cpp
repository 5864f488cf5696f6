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

int& thread_count() {
  static int count = available_threads();
  return count;
}

}  // namespace

void set_threads(int threads) { thread_count() = threads < 1 ? 1 : threads; }
int threads() { return thread_count(); }

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

namespace detail {

void run_tasks(index tasks, Task task, const void* body) {
  set_denormal_mode();  // of the caller: clang's runtime restores its old mode after a region
#ifdef _OPENMP
  if (tasks > 1 && threads() > 1 && omp_in_parallel() == 0) {
    std::exception_ptr first_error;
    std::atomic<bool> failed{false};
#pragma omp parallel num_threads(threads())
    {
      set_denormal_mode();
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
  for (index i = 0; i < tasks; ++i) task(body, i);
}

}  // namespace detail
}  // namespace nn
