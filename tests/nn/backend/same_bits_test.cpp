// The convolutions give the same bits on every instruction set, and those of the scalar
// specification: equality, not closeness. CT2CT_GEMM=eigen is the exception (see conv_kernels.h).
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "nn/backend/cpu/conv_kernels.h"
#include "nn/backend/cpu/micro_kernel.h"
#include "nn/backend/winograd.h"
#include "nn/core/parallel.h"
#include "tests/catch.h"
#include "tests/nn/backend/kernels.h"

namespace nn::testing {
namespace {

/// Back to the machine's own at the end of a test.
class KernelGuard {
 public:
  KernelGuard() : before_(cpu::micro_kernel()) {}
  ~KernelGuard() { cpu::set_micro_kernel(before_); }
  KernelGuard(const KernelGuard&) = delete;
  KernelGuard& operator=(const KernelGuard&) = delete;

 private:
  const cpu::MicroKernel& before_;
};

std::vector<const cpu::MicroKernel*> available_kernels() {
  std::vector<const cpu::MicroKernel*> kernels;
  for (const char* isa : {"scalar", "avx2", "avx512"}) {
    if (const cpu::MicroKernel* kernel = cpu::micro_kernel_named(isa)) kernels.push_back(kernel);
  }
  return kernels;
}

/// Index of the first value that differs; -1: none. Zeros of both signs are equal: what is added to
/// a sum for padding may turn -0 into 0.
index first_difference(const Tensor& a, const Tensor& b) {
  for (index i = 0; i < a.numel(); ++i) {
    if (!(a.data()[i] == b.data()[i])) return i;
  }
  return -1;
}

}  // namespace

TEST_CASE("a micro-kernel is one chain of fused multiply-adds", "[backend]") {
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: the last term is lost if the product is rounded by itself.
  const float x = 1 + 0x1p-12F;
  // Terms of one column, in order: 1 * -(1 + 2^-11), x * x, 2^-30 * 1; all other columns are 0.
  for (const cpu::MicroKernel* kernel : available_kernels()) {
    const std::vector<float> a{1, x, 0x1p-30F};
    for (index cols = kernel->lanes; cols <= kernel->wide; cols += kernel->lanes) {
      INFO(kernel->isa << ", " << cols << " columns");
      const auto size = static_cast<std::size_t>(cols);
      std::vector<float> b(3 * size);
      b[size - 1] = -(1 + 0x1p-11F);
      b[2 * size - 1] = x;
      b[3 * size - 1] = 1;
      std::vector<float> c(size, 7);
      const index vectors = cols / kernel->lanes;
      const auto multiply = [&](bool accumulate) {
        kernel->multiply({a.data(), 3, 1, b.data(), cols, b.data(), c.data(), cols, 3, accumulate},
                         1, vectors);
      };
      multiply(false);
      CHECK(c.back() == 0x1p-24F + 0x1p-30F);
      CHECK(std::all_of(c.begin(), c.end() - 1, [](float v) { return v == 0; }));
      c.back() = 1;
      multiply(true);
      // From 1: 1 - (1 + 2^-11) = -2^-11, then + x * x = 1 + 2^-24 rounded to even: 1, then +
      // 2^-30.
      CHECK(c.back() == 1);
    }
  }
}

TEST_CASE("every instruction set gives the bits of the specification", "[backend]") {
  if (cpu::eigen_asked_for()) return;
  const WinogradUse use = GENERATE(WinogradUse::never, WinogradUse::always);
  const KernelGuard guard;
  const WinogradScope winograd(use);
  const auto ref = make_backend("ref");
  const auto cpu = make_backend("cpu");
  int compared = 0;
  for (const KernelCase& k : every_kernel()) {
    if (k.kernel.rfind("conv", 0) != 0) continue;
    for (const Write write : {Write::set, Write::add}) {
      if (write == Write::add && !k.adds) continue;
      const std::vector<NamedTensor> expected = k.run(*ref, write);
      for (const cpu::MicroKernel* kernel : available_kernels()) {
        cpu::set_micro_kernel(*kernel);
        const std::vector<NamedTensor> got = k.run(*cpu, write);
        for (std::size_t o = 0; o < got.size(); ++o) {
          INFO(k.kernel << " " << k.shape << " " << got[o].name << " on " << kernel->isa
                        << (write == Write::add ? " add" : " set")
                        << (use == WinogradUse::always ? ", Winograd" : ""));
          const index at = first_difference(got[o].value, expected[o].value);
          CHECK(at == -1);
          if (at >= 0) {
            CHECK(got[o].value.data()[at] == expected[o].value.data()[at]);
          }
          ++compared;
        }
      }
    }
  }
  CHECK(compared >= 200);
}

TEST_CASE("fixed weights are refused by another instruction set than theirs", "[backend]") {
  if (cpu::eigen_asked_for()) return;
  const KernelGuard guard;
  for (const bool transposed : {false, true}) {
    for (const index channels : {1, 40}) {  // read in place, and turned
      cpu::set_micro_kernel(*cpu::micro_kernel_named("scalar"));
      const auto fixed =
          make_backend("cpu")->fix({}, transposed, noise({4, 4, channels, channels}, 1));
      const Tensor x = noise({1, 16, 16, channels}, 2);
      Tensor y(transposed ? Shape{1, 32, 32, channels} : Shape{1, 8, 8, channels});
      CHECK_NOTHROW(fixed->forward(ConvAlgorithm::direct, x, nullptr, y));
      if (cpu::micro_kernel_named("avx2") == nullptr) return;
      cpu::set_micro_kernel(*cpu::micro_kernel_named("avx2"));
      CHECK_THROWS_AS(fixed->forward(ConvAlgorithm::direct, x, nullptr, y), Error);
    }
  }
}

TEST_CASE("a fused multiply-add by double has the bits of the processor's", "[backend]") {
  set_denormal_mode();
  const auto equal = [](float a, float b, float c) {
    const float got = cpu::fused_by_double(a, b, c), expected = std::fma(a, b, c);
    if (std::isnan(got) && std::isnan(expected)) return true;
    return std::bit_cast<std::uint32_t>(got) == std::bit_cast<std::uint32_t>(expected);
  };
  CHECK(cpu::fused_by_double(1 + 0x1p-12F, 1 + 0x1p-12F, -(1 + 0x1p-11F)) == 0x1p-24F);
  // Just above the middle between two floats, where double holds the middle.
  CHECK(cpu::fused_by_double(1 + 0x1p-12F, 1 + 0x1p-12F, 0x1p-60F) == 1 + 0x1p-11F + 0x1p-23F);
  // Any bits, then numbers of about one size, then tiny ones.
  std::uint32_t state = 1;
  const auto next = [&] { return state = state * 1664525U + 1013904223U; };
  const auto number = [&](std::uint32_t keep, std::uint32_t exponent) {
    const std::uint32_t high = next() & 0xFFFF0000U;  // low bits of this generator repeat soon
    return std::bit_cast<float>(((high | next() >> 16U) & keep) | exponent);
  };
  index wrong = 0;
  for (int i = 0; i < 300'000; ++i) {
    const float a = number(~0U, 0), b = number(~0U, 0), c = number(~0U, 0);
    const float d = number(0x81FFFFFFU, 0x3E000000U), e = number(0x80FFFFFFU, 0x3F000000U),
                f = number(0x81FFFFFFU, 0x3C000000U);
    const float g = number(0x83FFFFFFU, 0x20000000U), h = number(0x83FFFFFFU, 0x20000000U);
    wrong +=
        !equal(a, b, c) + !equal(d, e, f) + !equal(g, h, 0) + !equal(g, h, number(~0U >> 6U, 0));
  }
  CHECK(wrong == 0);
}

TEST_CASE("an instruction set that does not exist is no micro-kernel", "[backend]") {
  CHECK(cpu::micro_kernel_named("neon") == nullptr);
  CHECK(cpu::micro_kernel_named("scalar") != nullptr);
}

}  // namespace nn::testing
