// Every kernel of the GPU on the emulator: the bits of the `cpu` backend, whatever the order of
// threads, and no barrier that is not needed.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "nn/backend/gpu/emulator.h"
#include "nn/backend/winograd.h"
#include "tests/catch.h"
#include "tests/nn/backend/gpu/emulator_guard.h"
#include "tests/nn/backend/kernels.h"
#include "tests/skip.h"

namespace nn::testing {
namespace {

using gpu::emulator::Order;

/// Equal bits, where all NaN are equal: their other bits are no promise of any processor.
bool same(const Tensor& a, const Tensor& b) {
  if (!(a.shape() == b.shape())) return false;
  for (index i = 0; i < a.numel(); ++i) {
    if (std::isnan(a.data()[i]) && std::isnan(b.data()[i])) continue;
    if (std::memcmp(a.data() + i, b.data() + i, sizeof(real)) != 0) return false;
  }
  return true;
}

std::string name_of(const KernelCase& k, Write write) {
  return k.kernel + " " + k.shape + (write == Write::add ? " add" : " set");
}

/// The outputs of `k` whose bits `b` does not share with `expected`.
std::string differences(const Backend& b, const KernelCase& k, Write write,
                        const std::vector<NamedTensor>& expected) {
  std::string names;
  const std::vector<NamedTensor> got = k.run(b, write);
  for (std::size_t o = 0; o < got.size(); ++o) {
    if (!same(got[o].value, expected[o].value)) names += " " + got[o].name;
  }
  return names;
}

/// Calls body(case, write) for all of the table, with every convolution by its definition, and then
/// for those that have a plan by Winograd's algorithm.
template <class Body>
void for_each_case(const Body& body) {
  for (const WinogradUse use : {WinogradUse::never, WinogradUse::always}) {
    const WinogradScope winograd(use);
    for (const KernelCase& k : every_kernel()) {
      const bool convolution = k.kernel.starts_with("conv");
      if (use == WinogradUse::always && !convolution) continue;
      body(k, Write::set);
      if (k.adds) body(k, Write::add);
    }
  }
}

/// Numbers whose products and sums are near the smallest normal number, of any sign and mantissa.
/// Biased exponents are in [low, high].
Tensor near_underflow(const Shape& shape, std::uint32_t low, std::uint32_t high,
                      std::uint32_t stream) {
  Rng rng(22, Purpose::test, stream);
  Tensor t(shape);
  for (real& v : t.values()) {
    const std::uint32_t bits = rng.bits();
    const std::uint32_t exponent = low + rng.below(high - low + 1);
    v = std::bit_cast<float>((bits & 0x807FFFFFU) | exponent << 23U);
  }
  return t;
}

/// y[p, o] = x[p] * w[o] + bias[o], each rounded once: what a device flushes to zero.
Tensor underflow(const Backend& b, index count) {
  const Tensor x = near_underflow({1, 1, count, 1}, 40, 80, 1);
  const Tensor w = near_underflow({1, 1, 1, count}, 30, 64, 2);
  const Tensor bias = near_underflow(vector_shape(count), 0, 3, 3);
  Tensor y({1, 1, count, count});
  b.run(Conv2dForward{{1, 1, 1, {}}, x, w, &bias, {&y}});
  return y;
}

}  // namespace

TEST_CASE("every kernel of the backend is in the table of cases", "[gpu]") {
  std::set<std::string> in_table;
  for (const KernelCase& k : every_kernel()) in_table.insert(k.kernel);
#define NN_CHECK(K) CHECK(in_table.contains(K::kName));
  NN_KERNELS(NN_CHECK)
#undef NN_CHECK
}

TEST_CASE("the smallest numbers are flushed to zero as on the cpu", "[gpu]") {
  const Tensor expected = underflow(*make_backend("cpu"), 256);
  CHECK(std::any_of(expected.values().begin(), expected.values().end(),
                    [](real v) { return v == 0; }));
  CHECK(std::any_of(expected.values().begin(), expected.values().end(),
                    [](real v) { return v != 0 && std::fabs(v) < 1e-37F; }));
  CHECK(same(underflow(*make_backend("emulated"), 256), expected));
}

TEST_CASE("on a GPU: every kernel has the bits of the cpu", "[cuda]") {
  std::unique_ptr<Backend> cuda;
  try {
    cuda = make_backend("cuda");
  } catch (const Error& none) {
    ct2ct_test::skip(none.what());
    return;
  }
  const auto cpu = make_backend("cpu");
  for_each_case([&](const KernelCase& k, Write write) {
    INFO(name_of(k, write));
    CHECK(differences(*cuda, k, write, k.run(*cpu, write)) == "");
  });
  const Tensor expected = underflow(*cpu, 2048);
  CHECK(same(underflow(*cuda, 2048), expected));
}

TEST_CASE("every kernel has the bits of the cpu, whatever the order of threads", "[gpu]") {
  const EmulatorGuard guard;
  const auto cpu = make_backend("cpu");
  const auto emulated = make_backend("emulated");
  int compared = 0;
  for_each_case([&](const KernelCase& k, Write write) {
    const std::vector<NamedTensor> expected = k.run(*cpu, write);
    for (const Order order : {Order::forward, Order::backward, Order::shuffled}) {
      gpu::emulator::set_order(order);
      INFO(name_of(k, write) << ", order " << static_cast<int>(order));
      CHECK(differences(*emulated, k, write, expected) == "");
      ++compared;
    }
  });
  CHECK(compared > 3000);
}

TEST_CASE("a barrier that is missing changes a result", "[gpu]") {
  const EmulatorGuard guard;
  const auto cpu = make_backend("cpu");
  const auto emulated = make_backend("emulated");
  // The cases that come to a barrier, the first ones of each kernel that do.
  struct Expected {
    KernelCase k;
    std::vector<NamedTensor> outputs;
    WinogradUse use;
  };
  std::vector<Expected> cases;
  std::map<std::string, int> of_kernel;
  for_each_case([&](const KernelCase& k, Write write) {
    const bool small = k.shape.size() < 12 && write == Write::set;
    if (!small || of_kernel[k.kernel + to_string(winograd_use())]++ >= 4) return;
    cases.push_back({k, k.run(*cpu, write), winograd_use()});
    k.run(*emulated, write);
  });
  std::vector<std::string> barriers = gpu::emulator::barriers_met();
  std::erase_if(barriers, [](const std::string& b) { return b.starts_with("emulator_test.cpp"); });
  CHECK(barriers.size() >= 6);
  for (const std::string& barrier : barriers) {
    gpu::emulator::remove_barrier(barrier);
    int found = 0;
    for (const Expected& e : cases) {
      const WinogradScope winograd(e.use);
      for (const Order order : {Order::forward, Order::backward, Order::shuffled}) {
        gpu::emulator::set_order(order);
        if (differences(*emulated, e.k, Write::set, e.outputs) != "") ++found;
      }
      if (found > 0) break;
    }
    INFO("without the barrier at " << barrier);
    CHECK(found > 0);
  }
}

}  // namespace nn::testing
