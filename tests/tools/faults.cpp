// A library to be preloaded: lets one call that changes the disk, or one large allocation, fail.
//   CT2CT_FAIL_CALL=N    the N-th of open for writing, mkdir, write, fsync, rename: no space left
//   CT2CT_FAIL_ALLOC=N   the N-th allocation of 64 KiB or more: none
//   CT2CT_FAULT_LOG=FILE the number of calls and of allocations is written there at the end
// Calls on standard output and standard error are left alone. Never linked into the program.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<long> calls{0};
std::atomic<long> allocations{0};

long asked(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? 0 : std::atol(text);
}

/// True when this call is the one that fails.
bool fails() {
  static const long which = asked("CT2CT_FAIL_CALL");
  if (++calls != which) return false;
  errno = ENOSPC;
  return true;
}

template <class F>
F next(const char* name) {
  return reinterpret_cast<F>(dlsym(RTLD_NEXT, name));
}

struct Log {
  ~Log() {
    const char* file = std::getenv("CT2CT_FAULT_LOG");
    if (file == nullptr) return;
    char text[64];
    const int n = std::snprintf(text, sizeof text, "%ld %ld\n", calls.load(), allocations.load());
    const long out = syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    syscall(SYS_write, out, text, n);
    syscall(SYS_close, out);
  }
} log_at_exit;

mode_t mode_of(int flags, va_list arguments) {
  return (flags & O_CREAT) != 0 ? va_arg(arguments, mode_t) : 0;
}

bool writes(int flags) { return (flags & (O_CREAT | O_TRUNC)) != 0; }

bool writes(const char* mode) { return mode[0] != 'r' || mode[1] == '+'; }

}  // namespace

extern "C" {

#define CT2CT_OPEN(name)                                                  \
  int name(const char* path, int flags, ...) {                            \
    va_list arguments;                                                    \
    va_start(arguments, flags);                                           \
    const mode_t mode = mode_of(flags, arguments);                        \
    va_end(arguments);                                                    \
    if (writes(flags) && fails()) return -1;                              \
    static const auto real = next<int (*)(const char*, int, ...)>(#name); \
    return real(path, flags, mode);                                       \
  }
CT2CT_OPEN(open)
CT2CT_OPEN(open64)

#define CT2CT_OPENAT(name)                                                     \
  int name(int folder, const char* path, int flags, ...) {                     \
    va_list arguments;                                                         \
    va_start(arguments, flags);                                                \
    const mode_t mode = mode_of(flags, arguments);                             \
    va_end(arguments);                                                         \
    if (writes(flags) && fails()) return -1;                                   \
    static const auto real = next<int (*)(int, const char*, int, ...)>(#name); \
    return real(folder, path, flags, mode);                                    \
  }
CT2CT_OPENAT(openat)
CT2CT_OPENAT(openat64)

#define CT2CT_FOPEN(name)                                                      \
  FILE* name(const char* path, const char* mode) {                             \
    if (writes(mode) && fails()) return nullptr;                               \
    static const auto real = next<FILE* (*)(const char*, const char*)>(#name); \
    return real(path, mode);                                                   \
  }
CT2CT_FOPEN(fopen)
CT2CT_FOPEN(fopen64)

ssize_t write(int file, const void* bytes, std::size_t count) {
  if (file > 2 && fails()) return -1;
  static const auto real = next<ssize_t (*)(int, const void*, std::size_t)>("write");
  return real(file, bytes, count);
}

ssize_t writev(int file, const iovec* parts, int count) {
  if (file > 2 && fails()) return -1;
  static const auto real = next<ssize_t (*)(int, const iovec*, int)>("writev");
  return real(file, parts, count);
}

ssize_t pwrite(int file, const void* bytes, std::size_t count, off_t at) {
  if (fails()) return -1;
  static const auto real = next<ssize_t (*)(int, const void*, std::size_t, off_t)>("pwrite");
  return real(file, bytes, count, at);
}

std::size_t fwrite(const void* bytes, std::size_t size, std::size_t count, FILE* file) {
  if (file != stdout && file != stderr && fails()) return 0;
  static const auto real =
      next<std::size_t (*)(const void*, std::size_t, std::size_t, FILE*)>("fwrite");
  return real(bytes, size, count, file);
}

int fsync(int file) {
  if (fails()) return -1;
  static const auto real = next<int (*)(int)>("fsync");
  return real(file);
}

int rename(const char* from, const char* to) noexcept {
  if (fails()) return -1;
  static const auto real = next<int (*)(const char*, const char*)>("rename");
  return real(from, to);
}

int link(const char* from, const char* to) noexcept {
  if (fails()) return -1;
  static const auto real = next<int (*)(const char*, const char*)>("link");
  return real(from, to);
}

int mkdir(const char* path, mode_t mode) noexcept {
  if (fails()) return -1;
  static const auto real = next<int (*)(const char*, mode_t)>("mkdir");
  return real(path, mode);
}

#ifdef CT2CT_FAIL_ALLOCATIONS

// What the C library calls its own; dlsym() would allocate.
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
}

namespace {

/// Before the environment is there nothing fails.
bool no_memory(std::size_t bytes) {
  constexpr std::size_t kLarge = std::size_t{64} << 10;
  if (bytes < kLarge) return false;
  static const long which = asked("CT2CT_FAIL_ALLOC");
  if (++allocations != which) return false;
  errno = ENOMEM;
  return true;
}

}  // namespace

extern "C" {

void* malloc(std::size_t bytes) noexcept {
  return no_memory(bytes) ? nullptr : __libc_malloc(bytes);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
  return no_memory(count * size) ? nullptr : __libc_calloc(count, size);
}

void* realloc(void* old, std::size_t bytes) noexcept {
  return no_memory(bytes) ? nullptr : __libc_realloc(old, bytes);
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept {
  return no_memory(bytes) ? nullptr : __libc_memalign(alignment, bytes);
}

int posix_memalign(void** to, std::size_t alignment, std::size_t bytes) noexcept {
  if (no_memory(bytes)) return ENOMEM;
  *to = __libc_memalign(alignment, bytes);
  return *to == nullptr ? ENOMEM : 0;
}
#endif
}
