// Says in one line that the processor is too old, before an instruction that it lacks says it
// worse. Compiled for the oldest processors, unlike everything else.
#if defined(__x86_64__)
#include <unistd.h>

#include <cstdlib>

namespace {

__attribute__((constructor(101))) void check_cpu() {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
      __builtin_cpu_supports("bmi2")) {
    return;
  }
  constexpr char kText[] =
      "ct2ct: this processor lacks AVX2 or FMA, expected x86-64-v3 (Intel Haswell 2013, AMD "
      "Excavator 2015 or newer); use another machine\n";
  static_cast<void>(!write(STDERR_FILENO, kText, sizeof kText - 1));
  _exit(2);
}

}  // namespace
#endif
