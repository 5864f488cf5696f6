// The line between the library and its caller: nothing is thrown across it, the calling thread
// keeps its settings, and what went wrong becomes a status and a line of text.
#pragma once

#include <locale.h>

#include <functional>

#include "nn/core/parallel.h"
#include "train/api/ct2ct.h"

namespace api {

/// Settings of the calling thread while this lives: those of nn::WorkMode, and the locale "C",
/// since numbers in texts and files have a point.
class Inside {
 public:
  explicit Inside(int threads);
  ~Inside();
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;

 private:
  nn::WorkMode mode_;
  locale_t here_;
  locale_t before_;
};

/// Runs `work` inside, with this number of threads (0: all cores). Every exception becomes a status
/// and last_error().
ct2ct_status guarded(int threads, const std::function<void()>& work) noexcept;

/// Of this thread; "" where nothing has failed yet.
const char* last_error() noexcept;

/// Input error for a pointer that must not be null; `where` is the function, `what` its argument.
void require_pointer(const void* pointer, const char* where, const char* what);

/// Thrown in the place of the error that a cancelled fill ends with.
struct Cancelled {};

}  // namespace api
