#include "train/api/boundary.h"

#include <exception>
#include <new>
#include <string>

#include "nn/core/error.h"

namespace api {
namespace {

constexpr const char* kNoMemory =
    "memory: not enough; free what is not needed, or use a smaller scan";

/// A line that is kept for its thread. It is a text in static memory where there is no memory.
struct LastError {
  std::string kept;
  const char* text = "";

  void set(const char* line) noexcept {
    try {
      kept = line;
      text = kept.c_str();
    } catch (...) {
      text = kNoMemory;
    }
  }
};

LastError& last() noexcept {
  thread_local LastError error;
  return error;
}

ct2ct_status status_of(const nn::Error& e) noexcept {
  switch (e.fault()) {
    case nn::Fault::input:
      return CT2CT_WRONG_INPUT;
    case nn::Fault::warned:
      return CT2CT_WARNED;
    case nn::Fault::job:
      break;
  }
  return CT2CT_JOB_FAILED;
}

}  // namespace

Inside::Inside(int threads)
    : mode_(threads),
      here_(newlocale(LC_ALL_MASK, "C", nullptr)),
      before_(uselocale(here_)) {}  // a null locale changes nothing

Inside::~Inside() {
  uselocale(before_);
  if (here_ != nullptr) freelocale(here_);
}

ct2ct_status guarded(int threads, const std::function<void()>& work) noexcept {
  try {
    const Inside inside(threads);
    work();
    return CT2CT_OK;
  } catch (const Cancelled&) {
    last().set("ct2ct_fill: cancelled by the progress callback; nothing was made");
    return CT2CT_CANCELLED;
  } catch (const nn::Error& e) {
    last().set(e.what());
    return status_of(e);
  } catch (const std::bad_alloc&) {
    last().set(kNoMemory);
  } catch (const std::exception& e) {
    last().set(e.what());
  } catch (...) {
    last().set("an exception of unknown type, for instance one of the progress callback");
  }
  return CT2CT_JOB_FAILED;
}

const char* last_error() noexcept { return last().text; }

void require_pointer(const void* pointer, const char* where, const char* what) {
  nn::require(pointer != nullptr, where, std::string(what) + " is NULL", "a pointer");
}

}  // namespace api
