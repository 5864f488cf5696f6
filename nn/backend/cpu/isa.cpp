// Which micro-kernel runs.
#include <cstdlib>
#include <cstring>
#include <string>

#include "nn/backend/cpu/micro_kernel.h"
#include "nn/core/error.h"

namespace nn::cpu {
namespace {

/// Best first.
#ifdef CT2CT_KERNELS_X86
bool has_avx512() { return __builtin_cpu_supports("avx512f") != 0; }
bool has_avx2() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
}
#endif

const MicroKernel& chosen_at_start() {
  const char* wanted = std::getenv("CT2CT_ISA");
  if (wanted != nullptr && *wanted != '\0') {
    const MicroKernel* kernel = micro_kernel_named(wanted);
    require(kernel != nullptr, "CT2CT_ISA", "'" + std::string(wanted) + "'",
            "scalar, or avx2 or avx512 where the processor has them", "unset it");
    return *kernel;
  }
  for (const char* isa : {"avx512", "avx2"}) {
    if (const MicroKernel* kernel = micro_kernel_named(isa)) return *kernel;
  }
  return scalar::kMicroKernel;
}

const MicroKernel*& current() {
  static const MicroKernel* kernel = &chosen_at_start();
  return kernel;
}

}  // namespace

const MicroKernel& micro_kernel() { return *current(); }

const MicroKernel* micro_kernel_named(const char* isa) {
  if (std::strcmp(isa, "scalar") == 0) return &scalar::kMicroKernel;
#ifdef CT2CT_KERNELS_X86
  if (std::strcmp(isa, "avx2") == 0 && has_avx2()) return &avx2::kMicroKernel;
  if (std::strcmp(isa, "avx512") == 0 && has_avx512()) return &avx512::kMicroKernel;
#endif
  return nullptr;
}

void set_micro_kernel(const MicroKernel& kernel) { current() = &kernel; }

}  // namespace nn::cpu
