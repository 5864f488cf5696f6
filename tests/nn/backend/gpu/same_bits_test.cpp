// Every kernel of the GPU on the emulator: the bits of the `cpu` backend, whatever the order of
// threads, and no barrier that is not needed.
#include <cmath>
#include <cstring>
#include <map>
#include <set>

#include "nn/backend/gpu/emulator.h"
#include "nn/backend/winograd.h"
#include "tests/catch.h"
#include "tests/nn/backend/gpu/emulator_guard.h"
#include "tests/nn/backend/kernels.h"

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

}  // namespace

TEST_CASE("every kernel of the backend is in the table of cases", "[gpu]") {
  std::set<std::string> in_table;
  for (const KernelCase& k : every_kernel()) in_table.insert(k.kernel);
#define NN_CHECK(K) CHECK(in_table.contains(K::kName));
  NN_KERNELS(NN_CHECK)
#undef NN_CHECK
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
  const std::vector<std::string> barriers = gpu::emulator::barriers_met();
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
