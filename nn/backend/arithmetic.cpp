#include "nn/backend/arithmetic.h"

#include "nn/backend/backend.h"
#include "nn/backend/cpu/conv_kernels.h"

namespace nn {

Arithmetic arithmetic() {
  constexpr std::string_view kCheck = "check:";
  std::string device = backend().name();
  if (device.starts_with(kCheck)) {
    device = device.substr(kCheck.size(), device.find(',') - kCheck.size());
  }
  if (device == "emulated" || device == "cuda") return {"cpu", "chain", winograd_use()};
  return {device, cpu::eigen_asked_for() ? "eigen" : "chain", winograd_use()};
}

}  // namespace nn
