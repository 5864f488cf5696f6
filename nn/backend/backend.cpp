#include "nn/backend/backend.h"

#include <charconv>
#include <optional>

#include "nn/backend/ref/ref_backend.h"
#include "nn/core/error.h"
#ifndef CT2CT_REAL_DOUBLE
#include "nn/backend/cpu/cpu_backend.h"
#include "nn/backend/gpu/gpu_backend.h"
#include "nn/backend/wrappers.h"
#endif

namespace nn {
namespace {

#ifdef CT2CT_REAL_DOUBLE
using FirstBackend = RefBackend;
#else
using FirstBackend = CpuBackend;
#endif

struct Chosen {
  std::unique_ptr<Backend> backend = std::make_unique<FirstBackend>();
  WinogradUse winograd = WinogradUse::where_faster;
};

Chosen& chosen() {
  static Chosen of_this_process;
  return of_this_process;
}

#ifndef CT2CT_REAL_DOUBLE
/// N of "cuda:N", 0 of "cuda"; nothing for other names.
std::optional<int> cuda_number(const std::string& name) {
  if (name == "cuda") return 0;
  if (!name.starts_with("cuda:")) return std::nullopt;
  int number = 0;
  const char* const end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data() + 5, end, number);
  if (error != std::errc() || at != end || number < 0) return std::nullopt;
  return number;
}
#endif

std::string hw(const Shape& s) { return std::to_string(s.h) + "x" + std::to_string(s.w); }

}  // namespace

Shape conv2d_output_shape(const Conv2dSpec& s, const Shape& x, index cout) {
  const index h = x.h + s.pad.top + s.pad.bottom - s.kernel_h;
  const index w = x.w + s.pad.left + s.pad.right - s.kernel_w;
  require(h >= 0 && w >= 0, "conv2d", "an image of " + hw(x),
          "at least the kernel's size after padding", "use a larger image or fewer levels");
  return {x.n, h / s.stride + 1, w / s.stride + 1, cout};
}

Shape conv_transpose2d_output_shape(const Conv2dSpec& s, const Shape& x, index cout) {
  const index h = (x.h - 1) * s.stride + s.kernel_h - s.pad.top - s.pad.bottom;
  const index w = (x.w - 1) * s.stride + s.kernel_w - s.pad.left - s.pad.right;
  require(h >= 1 && w >= 1, "conv_transpose2d", "an image of " + hw(x),
          "an output of at least one pixel");
  return {x.n, h, w, cout};
}

std::string to_string(WinogradUse use) {
  return use == WinogradUse::never    ? "never"
         : use == WinogradUse::always ? "always"
                                      : "where-faster";
}

const Backend& backend() { return *chosen().backend; }
void set_backend(std::unique_ptr<Backend> wanted) { chosen().backend = std::move(wanted); }
WinogradUse winograd_use() { return chosen().winograd; }
void set_winograd_use(WinogradUse wanted) { chosen().winograd = wanted; }

#ifndef CT2CT_REAL_DOUBLE
std::unique_ptr<Backend> make_backend(const std::string& name) {
  if (name == "cpu") return std::make_unique<CpuBackend>();
  if (name == "ref") return std::make_unique<RefBackend>();
  if (name == "emulated") {
    return std::make_unique<gpu::GpuBackend>(name, gpu::emulated_device());
  }
  if (const auto number = cuda_number(name)) {
    return std::make_unique<gpu::GpuBackend>("cuda", gpu::cuda_device(*number));
  }
  const auto comma = name.find(',');
  if (name.rfind("check:", 0) == 0 && comma != std::string::npos) {
    return make_check_backend(make_backend(name.substr(6, comma - 6)),
                              make_backend(name.substr(comma + 1)));
  }
  throw Error(Fault::input, "--device", "'" + name + "'",
              "cpu, ref, cuda, cuda:N, emulated or check:A,B of these");
}
#endif

}  // namespace nn
