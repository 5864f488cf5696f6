// The only place that starts threads. All other code calls parallel_for with independent tasks.
#pragma once

#include <cfenv>
#include <type_traits>

#include "nn/core/real.h"

namespace nn {

/// Number of threads used by parallel_for, at least 1: of the process, unless the calling thread
/// has a WorkMode of its own. Results never depend on it.
void set_threads(int threads);
int threads();
/// Cores the process may use.
int available_threads();

/// Flushes denormal numbers to zero on the calling thread: one mode for all threads, because a
/// thread that keeps denormals computes other bits than one that does not.
void set_denormal_mode();

/// For a library: settings of the calling thread while this lives. Rounding is to the nearest, no
/// operation traps, denormals are flushed, and parallel_for uses this number of threads (0: that of
/// the process). Afterwards the thread's own settings are there again.
class WorkMode {
 public:
  explicit WorkMode(int threads);
  ~WorkMode();
  WorkMode(const WorkMode&) = delete;
  WorkMode& operator=(const WorkMode&) = delete;

 private:
  std::fenv_t before_{};
  int threads_before_;
};

namespace detail {
using Task = void (*)(const void* body, index i);
void run_tasks(index tasks, Task task, const void* body);
}  // namespace detail

/// Calls body(i) for every i in [0, tasks), in any order and on any thread. The body must write
/// only what belongs to its i. For equal bits, a sum may be cut by shapes only, never by
/// threads(); how many tasks share the outputs may depend on threads(). The first exception is
/// thrown again in the caller. Nested calls run in sequence.
template <class Body>
void parallel_for(index tasks, const Body& body) {
  detail::run_tasks(
      tasks, [](const void* b, index i) { (*static_cast<const Body*>(b))(i); }, &body);
}

/// Cuts [0, count) into chunks of `chunk` (the last one may be shorter) and calls
/// body(begin, end) for each.
template <class Body>
void parallel_chunks(index count, index chunk, const Body& body) {
  const index tasks = (count + chunk - 1) / chunk;
  parallel_for(tasks, [&](index i) {
    const index begin = i * chunk;
    const index end = begin + chunk < count ? begin + chunk : count;
    body(begin, end);
  });
}

}  // namespace nn
